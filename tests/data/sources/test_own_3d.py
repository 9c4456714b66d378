import pickle
import re
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.own import own_3d
from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("own_3d_files.py")))
)
H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")
LIMBS = [name for name in H36M.joints if name.startswith(("left", "right"))]


def read(path, **options):
    (clip,) = own_3d.find(path, **options)
    return pickle.loads(pickle.dumps(clip)).read()


def save(path, order="h36m17", *, axes=("z", "right"), scale=1.0, **others):
    names = list(skeletons.get(order).joints)
    if order.startswith("mpi_inf"):  # its "head" is in the middle of the head
        names[names.index("head")] = "nose"
    joints = scale * FILES.in_axes(FILES.figure(names), *axes)
    facts = {"joints": joints, "skeleton": order, "fps": 50.0} | others
    np.savez(path, **{name: v for name, v in facts.items() if v is not None})


def check(motion, names=H36M.joints, atol=1e-2):
    for name in names:
        expected = FILES.figure([name])[:, 0]
        found = motion.joints_world[:, H36M.index(name)]
        assert_allclose(found, expected, atol=atol, err_msg=name)
    for name in LIMBS:
        joints = motion.joints_world[:, H36M.index(name)]
        assert_allclose(motion.keypoints_world[:, COCO.index(name)], joints)
    left = motion.joints_world[:, H36M.index("left_hip")]
    left = left - motion.joints_world[:, H36M.index("right_hip")]
    for nose in (
        motion.joints_world[:, H36M.index("nose")]
        - motion.joints_world[:, H36M.index("thorax")],
        motion.keypoints_world[:, COCO.index("nose")]
        - motion.keypoints_world[:, COCO.index("left_ear")],
    ):
        assert (np.sum(np.cross(left, [0, 0, 1]) * nose, axis=-1) > 0).all()
    ears = motion.keypoints_world[:, COCO.index("left_ear")]
    ears = ears - motion.keypoints_world[:, COCO.index("right_ear")]
    assert (np.sum(ears * left, axis=-1) > 0).all()


@pytest.mark.parametrize("up", ["z", "y", "-y"])
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.001, 1 / 25.4])
def test_units_and_directions_are_found(tmp_path, up, scale):
    save(tmp_path / "walk.npz", axes=(up, "right"), scale=scale)
    motion = read(tmp_path)
    assert (motion.clip_id, motion.subject, motion.fps) == ("walk", "walk", 50.0)
    assert motion.joints_world.dtype == motion.keypoints_world.dtype == np.float32
    check(motion)


def test_units_and_directions_are_said(tmp_path):
    save(tmp_path / "a.npz", axes=("y", "left"), scale=0.1)
    facts = {"unit": "cm", "up": "y", "handedness": "left"}
    check(read(tmp_path, **facts))
    save(tmp_path / "a.npz", axes=("y", "left"), scale=0.1, **facts)
    check(read(tmp_path))
    with pytest.raises(errors.InputError, match=r"unit: .* in m\. Received: 84"):
        read(tmp_path, unit="m")
    with pytest.raises(errors.InputError, match="up: expected people who mostly stand"):
        read(tmp_path, up="-y")


@pytest.mark.parametrize(
    ("skeleton", "exact"),
    [
        ("h36m17", H36M.joints),
        ("mpi_inf_3dhp_17", [*LIMBS, "hip", "thorax", "head"]),
        ("mpi_inf_3dhp_28", [*LIMBS, "hip", "thorax", "head"]),
        ("mpii16", [*LIMBS, "hip", "thorax", "head"]),
        ("humaneva15", [*LIMBS, "hip", "thorax", "head"]),
        ("smpl24", [*LIMBS, "hip"]),
        ("coco17", [*LIMBS, "hip"]),
        ("body25", [*LIMBS, "hip", "thorax"]),
        ("halpe26", [*LIMBS, "hip", "thorax"]),
        ("blazepose33", [*LIMBS, "hip"]),
    ],
)
def test_other_skeletons_are_completed(tmp_path, skeleton, exact):
    save(tmp_path / "walk.npz", skeleton)
    motion = read(tmp_path)
    check(motion, exact)
    limits = {"thorax": 15, "spine": 60, "head": 60, "nose": 60}
    for name in set(H36M.joints) - set(exact):
        apart = motion.joints_world[:, H36M.index(name)] - FILES.figure([name])[:, 0]
        assert np.linalg.norm(apart, axis=-1).max() < limits[name], name


def test_a_made_up_person_of_coco17_gets_back_her_head(tmp_path):
    made = generator.generate("walk", seconds=2.0, fps=50.0, seed=5)
    np.savez(
        tmp_path / "walk.npz", joints=made.keypoints_world, skeleton="coco17", fps=50.0
    )
    motion = read(tmp_path)
    assert_allclose(motion.keypoints_world, made.keypoints_world, atol=1e-2)
    apart = np.linalg.norm(motion.joints_world - made.joints_world, axis=-1)
    for name, limit in {"head": 5, "nose": 50, "thorax": 40, "spine": 40}.items():
        assert apart[:, H36M.index(name)].max() < limit, name


def test_named_joints_may_come_in_any_order(tmp_path):
    names = ["Right Hip", "tail", *reversed(H36M.joints)]
    names.remove("right_hip")
    points = FILES.figure([n.lower().replace(" ", "_") for n in names])
    np.savez(tmp_path / "a.npz", joints=points, joint_names=names, fps=50.0)
    check(read(tmp_path))


@pytest.mark.parametrize("wide", [True, False])
def test_tables(tmp_path, wide):
    names = H36M.joints[::-1]
    points = FILES.figure(names)
    FILES.write_csv(tmp_path / "walk.csv", names, {None: points}, wide=wide)
    motion = read(tmp_path, source_fps=25.0)
    assert (motion.clip_id, motion.fps) == ("walk", 25.0)
    check(motion)
    people = {"ann": points, "ben": points[:20]}
    FILES.write_csv(tmp_path / "walk.csv", names, people, wide=wide)
    ann, ben = own_3d.find(tmp_path / "walk.csv", source_fps=25.0)
    assert (ann.clip_id, ann.subject) == ("walk_ann", "ann")
    check(ann.read())
    assert len(ben.read().joints_world) == 20


def test_an_npy_file_and_several_clips_in_one_npz(tmp_path):
    points = FILES.figure(H36M.joints)
    np.save(tmp_path / "a.npy", points.astype(np.float32))
    check(read(tmp_path, skeleton="h36m17", source_fps=50.0), atol=0.1)
    np.savez(
        tmp_path / "b.npz",
        jump=points,
        walk=points[:7],
        skeleton="h36m17",
        fps=50,
        subject="ann",
    )
    jump, walk = own_3d.find(tmp_path / "b.npz")
    assert (jump.clip_id, jump.subject) == ("b_jump", "ann")
    check(jump.read())
    assert len(walk.read().joints_world) == 7
    assert not list(own_3d.find(tmp_path / "b.npz", subjects=("ben",)))


def test_lower_rates_leave_frames_out(tmp_path):
    save(tmp_path / "walk.npz")
    full, half = read(tmp_path), read(tmp_path, fps=25.0)
    assert half.fps == 25.0
    assert_allclose(half.joints_world, full.joints_world[::2])
    with pytest.raises(errors.InputError, match=r"walk\.npz: --fps: expected a whole"):
        read(tmp_path, fps=30.0)


def test_a_floor_far_away_is_brought_to_zero(tmp_path):
    points = FILES.figure(H36M.joints) + np.array([0, 0, 4000])
    np.savez(tmp_path / "a.npz", joints=points, skeleton="h36m17", fps=50.0)
    motion = read(tmp_path)
    ankles = motion.joints_world[:, H36M.index("left_ankle"), 2]
    assert ankles.min() == pytest.approx(70.0, abs=1.0)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"skeleton": None}, r"expected a skeleton's name.* its 17 joints.*none"),
        ({"skeleton": "ghost"}, "The skeleton must be one of"),
        ({"skeleton": "mpii16"}, "expected the 16 keypoints of mpii16. Received: 17"),
        ({"fps": None}, "expected frames a second.*none"),
        ({"fps": 0.0}, "fps: expected a positive number. Received: 0"),
        ({"fps": "fast"}, "fps: expected a number. Received: fast"),
        ({"unit": "ell"}, "unit: expected one of mm, cm, m, inch. Received: ell"),
        ({"joint_names": ["hip"]}, "expected 17 names of joints. Received: 1"),
        ({"joints": np.zeros((4, 17))}, r"\[time, joints, 3\]. Received: \[4, 17\]"),
        ({"joints": np.zeros((0, 17, 3))}, r"Received: \[0, 17, 3\]"),
        ({"joints": np.zeros((4, 17, 3))}, "unit: expected legs of a human length"),
        ({"joints": np.full((4, 17, 3), np.nan)}, "nan.* in frame 0, joint 0"),
        ({"joints": np.full((4, 17, 3), "a")}, "expected numbers"),
        ({"joints": np.array([{}], object)}, "expected plain numbers in joints"),
    ],
)
def test_unusable_files_are_refused_in_one_line(tmp_path, others, message):
    save(tmp_path / "walk.npz", **others)
    with pytest.raises(errors.InputError, match=message) as error:
        read(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'walk.npz'}")
    assert "\n" not in str(error.value)


def test_a_lying_person_needs_the_direction_up(tmp_path):
    points = FILES.figure(H36M.joints)[:1].repeat(20, axis=0)
    lying = points[..., [2, 1, 0]] * [1, 1, -1]
    np.savez(tmp_path / "a.npz", joints=lying, skeleton="h36m17", fps=50.0)
    with pytest.raises(errors.InputError, match="up: expected people who mostly stand"):
        read(tmp_path)
    assert len(read(tmp_path, up="z").joints_world) == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a line of columns"),
        ("frame,x,y\n", "expected a line of columns"),
        ("a,b\n1,2\n", "line 1: expected a column frame"),
        ("frame,joint,x,z\n0,hip,1,2\n", "line 1: expected columns x and y"),
        ("frame,hip_x,hip_z\n0,1,2\n", "line 1: expected columns x and y"),
        ("frame,hip_x,hip_y,knee_x\n0,1,2,3\n", "none for knee"),
        ("frame,frame,joint,x,y\n0,0,a,1,2\n", "frame twice"),
        ("frame,joint,x,y,z\n0,hip,1,2\n", "line 2: expected 5 columns. Received: 4"),
        ("frame,joint,x,y,z\n0,hip,1,2,up\n", "line 2: expected a number.*up"),
        ("frame,joint,x,y,z\nA,hip,1,2,3\n", "line 2: expected a frame number"),
        ("frame,joint,x,y,z\n-1,hip,1,2,3\n", "line 2: expected a frame number"),
        ("frame,joint,x,y,z\n1e999,hip,1,2,3\n", "line 2: expected a frame number"),
        (
            "frame,joint,x,y,z\n0,hip,1,2,3\n0,hip,1,2,3\n",
            "line 3: expected each joint once",
        ),
        ("frame,hip_x,hip_y\n0,1,2\n0,1,2\n", "line 3: expected one row for each"),
        ("frame,joint,x,y\n0,hip,1,2\n", "expected columns x, y and z"),
        (
            "frame,joint,x,y,z\n0,hip,1,2,3\n",
            "expected the keypoints of a known skeleton",
        ),
        (
            "frame,joint,x,y,z\n0,hip,1,2,3\n5,hip,1,2,3\n",
            "consecutive frames. Received: none after 0",
        ),
    ],
)
def test_unusable_tables_are_refused_with_the_line(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    (clip,) = own_3d.find(tmp_path, source_fps=50.0)
    if isinstance(clip, Skipped):
        assert re.search(message, clip.reason)
        return
    with pytest.raises(errors.InputError, match=message):
        clip.read()


def test_gaps_in_a_table_are_nan(tmp_path):
    names = H36M.joints
    points = FILES.figure(names, 4)
    FILES.write_csv(tmp_path / "a.csv", names, {None: points}, wide=False)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "a.csv").write_text("\n".join(lines[:40] + lines[41:]))
    with pytest.raises(errors.InputError, match="expected finite positions"):
        read(tmp_path, source_fps=50.0)


def test_damaged_files_are_skipped_and_named(tmp_path):
    save(tmp_path / "good.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "good.npz").read_bytes()[:900])
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00" * 9)
    np.savez(tmp_path / "nothing.npz", fps=50.0)
    found = list(own_3d.find(tmp_path))
    skipped = {item.name: item.reason for item in found if isinstance(item, Skipped)}
    assert set(skipped) == {"cut", "empty", "binary", "nothing"}
    assert "expected an .npz file" in skipped["cut"]
    assert "expected joints, or clips" in skipped["nothing"]
    assert [c.clip_id for c in found if not isinstance(c, Skipped)] == ["good"]


def test_a_zip_bomb_is_refused(tmp_path):
    header = {"descr": "<f8", "fortran_order": False, "shape": (10**8, 17, 3)}
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("joints.npy", "w") as entry,
    ):
        np.lib.format.write_array_header_1_0(entry, header)
        for _ in range(64):
            entry.write(bytes(1 << 20))
    with pytest.raises(errors.InputError, match=r"expected up to .* bytes in joints"):
        read(tmp_path)


def test_missing_input_and_wrong_options_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match="expected files of 3D joints"):
        list(own_3d.find(tmp_path))
    for option in ({"unit": "ell"}, {"up": "x"}, {"handedness": "both"}):
        (name,) = option
        with pytest.raises(errors.InputError, match=f"{name}: expected one of"):
            list(own_3d.find(tmp_path, **option))
