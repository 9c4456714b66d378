import json

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.lifting import ground_plane
from stpose_tf.results import poses_json, poses_npz

WRITERS = pytest.mark.parametrize("file", [poses_json, poses_npz], ids=["json", "npz"])
GROUND = ground_plane.Ground(
    rotation=np.array([[1.0, 0, 0], [0, -0.8, -0.6], [0, 0.6, -0.8]]),
    translation=np.array([10.0, 1500.0, 0.0]),
)


def _same(first, second, *, atol):
    assert first.id == second.id
    np.testing.assert_array_equal(first.frames, second.frames)
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_allclose(first.times, second.times, atol=1e-6)
    np.testing.assert_allclose(first.confidence, second.confidence, atol=1e-4)
    for name in ("poses", "roots", "keypoints", "smoothed"):
        one, other = getattr(first, name), getattr(second, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_allclose(one, other, atol=atol, err_msg=name)


@WRITERS
def test_what_is_written_is_read_again(file, person, result, tmp_path):
    people = [
        person([0, 1, 2, 7], name="0", smoothed=True),
        person([3, 4], name="a/../b c.", seed=1, roots=False),
    ]
    made = result(*people, ground=GROUND)
    file.write(made, tmp_path / "poses")
    again = file.read(tmp_path / "poses")
    assert (again.source, again.camera) == (made.source, made.camera)
    assert (again.model, again.skeleton) == (made.model, made.skeleton)
    assert again.keypoint_skeleton == "coco17"
    np.testing.assert_allclose(again.ground.rotation, GROUND.rotation)
    np.testing.assert_allclose(again.ground.translation, GROUND.translation)
    for one, other in zip(people, again.people, strict=True):
        _same(one, other, atol=0.005001)
    assert [path.name for path in tmp_path.iterdir()] == ["poses"]


@WRITERS
def test_nobody_is_a_result_too(file, result, tmp_path):
    file.write(result(), tmp_path / "poses")
    assert file.read(tmp_path / "poses").people == ()


def test_the_json_is_the_published_schema(person, result, tmp_path):
    poses_json.write(result(person([4, 5])), tmp_path / "poses.json")
    text = (tmp_path / "poses.json").read_text()
    assert "NaN" not in text
    content = json.loads(text)
    assert content["schema"] == "stpose.poses/1"
    assert content["source"] == {"file": "a.mp4", "size": [1920, 1080], "fps": 30.0}
    assert content["unit"] == "mm"
    assert content["frame"] == "camera x right y down z forward"
    assert content["camera"]["origin"] == "fov"
    assert set(content["model"]) == {"preset", "sha256", "fps"}
    assert len(content["joints"]) == 17
    (one,) = content["people"]
    assert one["frame"] == [4, 5]
    assert np.shape(one["pose"]) == (2, 17, 3)
    assert np.shape(one["root"]) == (2, 3)
    assert one["keypoints_2d"]["skeleton"] == "coco17"
    assert one["keypoints_2d"]["xyc"][0][3] == [None, None, 0.0]
    assert np.shape(one["confidence"]) == (2, 17)
    assert set(np.ravel(one["state"])) <= {"seen", "occluded", "forecast"}


@WRITERS
@pytest.mark.parametrize("damage", ["cut", "schema", "joints", "missing"])
def test_damaged_files_are_refused(file, damage, person, result, tmp_path):
    path = tmp_path / "poses"
    file.write(result(person([4, 5])), path)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    elif file is poses_json:
        content = json.loads(path.read_text())
        content["schema" if damage == "schema" else "skeleton"] = "coco17"
        path.write_text(json.dumps(content))
    else:
        with np.load(path) as arrays:
            kept = dict(arrays)
        about = json.loads(str(kept["about"]))
        about["schema" if damage == "schema" else "skeleton"] = "coco17"
        with path.open("wb") as out:
            np.savez(out, **{**kept, "about": json.dumps(about)})
    with pytest.raises(errors.InputError, match=r"expected .* Received: "):
        file.read(path)


def test_stretches_are_what_lies_between_missing_frames(person):
    parts = list(person([2, 3, 4, 9, 11, 12]).stretches())
    assert parts == [slice(0, 3), slice(3, 4), slice(4, 6)]


def test_people_stand_where_the_frame_says(person, result):
    somebody, nowhere = person([0, 1]), person([0, 1], roots=False)
    there = somebody.poses + somebody.roots[:, None]
    positions, name = result(somebody).standing(somebody)
    np.testing.assert_allclose(positions, there * [1, -1, -1])
    assert name == "camera x right y up z backward"
    # By hand: x + 10, -0.8 y - 0.6 z + 1500, 0.6 y - 0.8 z.
    positions, name = result(somebody, ground=GROUND).standing(somebody)
    x, y, z = np.moveaxis(there, -1, 0)
    expected = np.stack([x + 10, -0.8 * y - 0.6 * z + 1500, 0.6 * y - 0.8 * z], -1)
    np.testing.assert_allclose(positions, expected)
    assert "floor" in name
    positions, name = result(nowhere, ground=GROUND).standing(nowhere)
    np.testing.assert_allclose(positions, nowhere.poses * [1, -1, -1])
    assert "root at 0" in name
