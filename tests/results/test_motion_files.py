import csv

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.detections import point_table
from stpose_tf.data.sources.mocap import bvh_hierarchy, bvh_motion
from stpose_tf.geometry import skeletons
from stpose_tf.results import (
    bone_rotations,
    bvh_writer,
    csv_writer,
    pose_result,
    trc_writer,
)


@pytest.fixture
def body(h36m):
    """A body at rest, in mm."""
    rest = np.zeros((1, 17, 3))
    rng = np.random.default_rng(3)
    for parent, child in h36m.edges:
        direction = rng.normal(size=3)
        rest[:, child] = rest[:, parent] + 300.0 * direction / np.linalg.norm(direction)
    return bone_rotations.rest_offsets(rest, h36m)


def test_the_body_at_rest_stands_in_a_t_pose(body, h36m):
    still = np.broadcast_to(np.eye(3), (1, 17, 3, 3))
    (pose,) = bone_rotations.forward(np.zeros((1, 3)), still, body, h36m)
    assert pose[h36m.index("left_wrist"), 0] == pytest.approx(900)  # three bones
    assert pose[h36m.index("right_wrist"), 0] == pytest.approx(-900)
    assert pose[h36m.index("left_ankle"), 1] == pytest.approx(-600)
    assert pose[h36m.index("head"), 1] == pytest.approx(1200)


def test_a_rigid_body_comes_back_from_the_file(turns, body, h36m, tmp_path):
    rng = np.random.default_rng(0)
    local = turns(rng, (40, 17), 2.0)
    roots = rng.normal(scale=2000, size=(40, 3))
    positions = bone_rotations.forward(roots, local, body, h36m)
    bvh_writer.write(tmp_path / "a.bvh", positions, h36m, fps=50)
    file = bvh_hierarchy.read(tmp_path / "a.bvh")
    assert file.fps == pytest.approx(50)
    named = {joint.name: place for place, joint in enumerate(file.joints)}
    places, _ = bvh_motion.world(file, file.rows, range(len(file.joints)))
    for number, joint in enumerate(h36m.joints):
        np.testing.assert_allclose(
            places[named[joint]] * 10, positions[:, number], atol=0.2, err_msg=joint
        )


def test_limbs_of_a_changing_body_keep_their_directions(turns, body, h36m, tmp_path):
    rng = np.random.default_rng(1)
    positions = bone_rotations.forward(
        np.zeros((30, 3)), turns(rng, (30, 17), 1.0), body, h36m
    )
    positions = positions * rng.uniform(0.8, 1.2, (30, 1, 1))
    bvh_writer.write(tmp_path / "a.bvh", positions, h36m, fps=30)
    file = bvh_hierarchy.read(tmp_path / "a.bvh")
    named = {joint.name: place for place, joint in enumerate(file.joints)}
    places, _ = bvh_motion.world(file, file.rows, range(len(file.joints)))
    for end in ("left_wrist", "right_ankle", "left_knee", "head"):
        child = h36m.index(end)
        parent = h36m.parents[child]
        bone = places[named[end]] - places[named[h36m.joints[parent]]]
        seen = positions[:, child] - positions[:, parent]
        cosine = (bone * seen).sum(-1) / np.linalg.norm(bone, axis=-1)
        np.testing.assert_allclose(
            cosine / np.linalg.norm(seen, axis=-1), 1, atol=1e-6, err_msg=end
        )
        lengths = np.linalg.norm(bone, axis=-1)
        np.testing.assert_allclose(lengths, lengths[0], rtol=1e-4)


def _matrix(angles):
    """Independent: elementary matrices, R = Rz Rx Ry."""
    z, x, y = np.radians(angles)
    c, s = np.cos, np.sin
    about_z = np.array([[c(z), -s(z), 0], [s(z), c(z), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c(x), -s(x)], [0, s(x), c(x)]])
    about_y = np.array([[c(y), 0, s(y)], [0, 1, 0], [-s(y), 0, c(y)]])
    return about_z @ about_x @ about_y


def test_angles_turn_through_every_pole_without_jumps():
    # Twice around x, past +-90 degrees, where the other two angles flip by 180.
    asked = np.stack([np.full(200, 20.0), np.linspace(0, 720, 200), np.full(200, 5)], 1)
    local = np.stack([_matrix(angles) for angles in asked])[:, None]
    angles = bone_rotations.euler_zxy(local)[:, 0]
    assert np.abs(np.diff(angles, axis=0)).max() < 4.0
    np.testing.assert_allclose(
        np.stack([_matrix(a) for a in angles]), local[:, 0], atol=1e-9
    )


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_angles_at_the_pole_are_the_same_turn(pole):
    local = _matrix([33.0, pole, 21.0])[None, None]
    (angles,) = bone_rotations.euler_zxy(local)[0]
    np.testing.assert_allclose(_matrix(angles), local[0, 0], atol=1e-6)


@pytest.mark.parametrize(
    "end", [(1, 0, 0), (0, 2, 0), (-3, 0, 0), (1, -2, 0.5), (-1, 1e-7, 0)]
)
def test_the_smallest_turn_is_a_turn_that_gets_there(end):
    turn = bone_rotations.smallest_turn([2.0, 0.0, 0.0], np.array([end], float))[0]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(turn) == pytest.approx(1)
    np.testing.assert_allclose(
        turn @ [1, 0, 0], np.array(end) / np.linalg.norm(end), atol=1e-6
    )
    # The smallest: its angle is that between the two directions.
    cosine = (np.trace(turn) - 1) / 2
    assert cosine == pytest.approx(end[0] / np.linalg.norm(end), abs=1e-6)


def test_nothing_turns_to_a_bone_without_length():
    turn = bone_rotations.smallest_turn([0.0, 1.0, 0.0], np.zeros((2, 3)))
    np.testing.assert_array_equal(turn, np.broadcast_to(np.eye(3), (2, 3, 3)))


def test_a_bvh_needs_numbers(h36m, tmp_path):
    for positions in (np.zeros((0, 17, 3)), np.full((2, 17, 3), np.nan)):
        with pytest.raises(errors.InputError, match="Received"):
            bvh_writer.write(tmp_path / "a.bvh", positions, h36m, fps=30)
    assert not list(tmp_path.iterdir())


def test_a_trc_is_laid_out_as_opensim_reads_it(tmp_path):
    skeleton = skeletons.get("penn13")
    positions = np.arange(2 * 13 * 3).reshape(2, 13, 3) / 8
    path = tmp_path / "walk.trc"
    trc_writer.write(
        path,
        positions,
        skeleton,
        frames=np.array([5, 7]),
        times=np.array([0.5, 0.7]),
        fps=10.0,
    )
    lines = path.read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\twalk.trc"
    names = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert names == {
        "DataRate": "10",
        "CameraRate": "10",
        "NumFrames": "3",
        "NumMarkers": "13",
        "Units": "mm",
        "OrigDataRate": "10",
        "OrigDataStartFrame": "6",
        "OrigNumFrames": "3",
    }
    assert lines[3].split("\t")[:3] == ["Frame#", "Time", "head"]
    assert lines[3].split("\t")[5] == "left_shoulder"
    assert lines[4].split("\t")[:6] == ["", "", "X1", "Y1", "Z1", "X2"]
    assert lines[5] == ""
    rows = [line.split("\t") for line in lines[6:9]]
    # Each row has a cell for each of 13 x 3 numbers, the frame and the time.
    assert {len(row) for row in rows} == {41}
    assert [row[:2] for row in rows] == [
        ["6", "0.500000"],
        ["7", "0.600000"],
        ["8", "0.700000"],
    ]
    assert set(rows[1][2:]) == {""}
    for row, pose in zip((rows[0], rows[2]), positions, strict=True):
        np.testing.assert_allclose(np.array(row[2:], float), pose.ravel(), atol=5e-4)
    assert lines[9:] == [""]


def test_the_table_is_one_that_our_reader_reads(person, result, tmp_path):
    people = [person([0, 1, 5], name="0"), person([1], name="1", seed=2)]
    csv_writer.write(result(*people), tmp_path / "poses.csv")
    table = point_table.read(tmp_path / "poses.csv")
    assert table.joints == skeletons.get("h36m17").joints
    assert table.columns == ("x", "y", "z", "confidence")
    for one in people:
        assert sorted(table.rows[one.id]) == one.frames.tolist()
        for row, frame in enumerate(one.frames.tolist()):
            points = table.rows[one.id][frame]
            there = one.poses[row] + one.roots[row]
            np.testing.assert_allclose(points[:, :3], there, atol=0.0051)
            np.testing.assert_allclose(points[:, 3], one.confidence[row], atol=1e-4)


def test_every_row_of_the_table_names_its_frame(person, result, tmp_path):
    made = result(person([0], roots=False), person([0, 1], name="1", smoothed=True))
    csv_writer.write(made, tmp_path / "poses.csv")
    with (tmp_path / "poses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == csv_writer.COLUMNS
    assert {row["frame_of_reference"] for row in rows if row["person"] == "0"} == {
        f"{pose_result.FRAME}, root at 0"
    }
    assert {row["frame_of_reference"] for row in rows if row["person"] == "1"} == {
        pose_result.FRAME
    }
    first = next(row for row in rows if row["person"] == "1")
    smoothed = made.people[1].smoothed[0, 0] + made.people[1].roots[0]
    np.testing.assert_allclose(
        [float(first[axis]) for axis in "xyz"], smoothed, atol=0.0051
    )
