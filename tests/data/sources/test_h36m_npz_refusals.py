import importlib.util
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.human36m import h36m_npz

SOME = {"S1": ("Directions 1", "WalkDog 1"), "S9": ("Greeting", "Sitting 1")}


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


files = load("h36m_files")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("h36m")
    files.write_poses(path, SOME)
    files.write_keypoints(path, SOME)
    return path


BAD = [
    ("flat", np.zeros((24, 96), "f4"), r"expected the shape \[time, 32, 3\]"),
    ("17 joints", np.zeros((24, 17, 3), "f4"), r"Received: \[24, 17, 3\]"),
    ("empty", np.zeros((0, 32, 3), "f4"), "expected frames"),
    ("text", "none", r"expected an array \[time, 32, 3\]"),
    ("objects", np.array([None, 1], object), r"expected an array \[time, 32, 3\]"),
    ("nan", np.full((24, 32, 3), np.nan, "f4"), "expected finite 3D joints"),
    ("longer", np.zeros((99, 32, 3), "f4"), "at least the 99 frames.*Received: 24"),
    ("elsewhere", np.ones((24, 32, 3), "f4"), "within 100 px of the projected"),
]


@pytest.mark.parametrize(
    ("array", "reason"), [b[1:] for b in BAD], ids=[b[0] for b in BAD]
)
def test_a_bad_pose_is_named_and_the_others_are_read(tmp_path, array, reason):
    files.write_poses(tmp_path, SOME, S1__Directions_1=array)
    files.write_keypoints(tmp_path, SOME)
    good, bad = [], []
    for item in h36m_npz.find(tmp_path):
        try:
            if isinstance(item, Skipped):
                raise errors.InputError(item.reason)
            good.append(item.read())
        except errors.InputError as error:
            bad.append(str(error))
    assert len(good) == 3
    (message,) = bad
    assert "S1/Directions 1" in message
    assert "\n" not in message
    with pytest.raises(errors.InputError, match=reason):
        raise errors.InputError(message)


def _nan(views):
    views[2][5, 3] = np.nan
    return views


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda views: views[:3], "an array for each of 4 cameras. Received: 3"),
        (lambda views: views[0], "an array for each of 4 cameras. Received: 0"),
        (lambda views: [v[:20] for v in views], "at least the 24 frames.*Received: 20"),
        (lambda views: [v[:, :16] for v in views], "time, 17, 2 or 3.*Received: .*16"),
        (lambda views: [v[..., 0] for v in views], "time, 17, 2 or 3"),
        (lambda views: [v / 500 - 1 for v in views], "within 100 px of the projected"),
        (_nan, "camera 2: expected finite keypoints.*frame 5"),
    ],
)
def test_bad_keypoints_are_named_and_the_others_are_read(tmp_path, change, reason):
    def change_one(subject, name, views):
        return change(views) if (subject, name) == ("S9", "Sitting 1") else views

    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME, change=change_one)
    *good, bad = h36m_npz.find(tmp_path)
    assert all(item.read().num_frames == 24 for item in good)
    with pytest.raises(errors.InputError, match=reason) as caught:
        bad.read()
    assert "S9/Sitting 1" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sequence_without_2d_is_skipped(tmp_path):
    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, {"S1": SOME["S1"]})
    found = list(h36m_npz.find(tmp_path))
    reasons = [item.reason for item in found if isinstance(item, Skipped)]
    assert len(reasons) == 2
    assert "expected keypoints of S9/Greeting. Received: none" in reasons[0]


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (lambda path: None, "Received: no file"),
        (lambda path: path.write_bytes(b"PK"), "expected an .npz file"),
        (lambda path: np.savez(path, poses=np.zeros(3)), "expected an entry positions"),
        (
            lambda path: np.savez(path, positions_3d=np.zeros(3)),
            "expected a dictionary of subjects",
        ),
        (
            lambda path: np.savez(path, positions_3d={"S1": np.zeros(3)}),
            "expected a dictionary of sequences",
        ),
        (
            lambda path: np.savez(path, positions_3d={"S1": {"Walking": pytest.fail}}),
            "the name _pytest.outcomes",
        ),
    ],
)
def test_an_unusable_archive_is_refused(tmp_path, write, reason):
    write(tmp_path / "data_3d_h36m.npz")
    with pytest.raises(errors.InputError, match=reason) as caught:
        list(h36m_npz.find(tmp_path))
    assert "data_3d_h36m.npz" in str(caught.value)


def test_an_archive_that_is_cut_while_in_use(tmp_path):
    files.write_poses(tmp_path, SOME)
    path = tmp_path / "data_3d_h36m.npz"
    planned = list(h36m_npz.find(tmp_path))
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2 : len(changed) // 2 + 500] = bytes(500)
    path.write_bytes(changed)
    with pytest.raises(errors.InputError):
        [item.read() for item in planned]
    path.unlink()
    with pytest.raises(errors.InputError, match="Received: no file"):
        planned[0].read()


def test_keypoints_that_nobody_names_are_refused(tmp_path):
    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME, tag="mine", metadata={"num_joints": 17})
    with pytest.raises(errors.InputError, match="metadata that name the 17 keypoints"):
        list(h36m_npz.find(tmp_path))


@pytest.mark.parametrize("fps", [30.0, 100.0, -1.0])
def test_a_rate_that_does_not_divide_is_refused(folder, fps):
    with pytest.raises(errors.InputError, match="--fps"):
        list(h36m_npz.find(folder, fps=fps))
