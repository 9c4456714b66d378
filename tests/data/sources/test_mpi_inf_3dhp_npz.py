import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.mpi import mpi_inf_3dhp_npz
from stpose_tf.geometry import cameras, skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("mpi_inf_3dhp_files.py")))
)
H36M = skeletons.get("h36m17")
SAME = {"hip": 4, "head": 7, "left_wrist": 11, "right_knee": 24, "left_ankle": 20}


def held_out_entry(*, invalid=(), **options):
    arrays = FILES.held_out_arrays(30, invalid=invalid, **options)
    return {
        "data_2d": arrays["annot2"][:, 0],
        "data_3d": arrays["univ_annot3"][:, 0],
        "valid": arrays["valid_frame"][:, 0],
    }


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    root = tmp_path_factory.mktemp("packed")
    world = FILES.motion(50)
    content = {
        "S1 Seq1": FILES.packed_train(world),
        "S1 Seq2": FILES.packed_train(world[:30], fps=50),
    }
    FILES.write_packed(root / "data_train_3dhp.npz", content)
    tested = {"TS1": held_out_entry(invalid=(4,)), "TS5": held_out_entry()}
    FILES.write_packed(root / "data_test_3dhp.npz", tested)
    return root, world


@pytest.fixture(scope="module")
def clips(packed):
    return {plan.clip_id: plan.read() for plan in mpi_inf_3dhp_npz.find(packed[0])}


def test_every_camera_that_is_found_projects_the_joints_on_the_2d_ones(clips):
    clip = clips["S1_Seq1"]
    assert [len(clip.views), clip.num_frames] == [4, 50]
    for view in clip.views:
        assert_allclose(view.camera.focal, FILES.FOCAL, rtol=1e-4)
        assert_allclose(view.camera.center, FILES.CENTER, rtol=1e-3)
        points = cameras.world_to_camera(clip.keypoints_world, view.camera)
        pixels = cameras.project(points, view.camera)
        assert np.abs(pixels - view.keypoints).max() < 0.1


def test_joints_are_those_of_the_first_camera_and_views_agree(packed, clips):
    clip, world = clips["S1_Seq1"], packed[1]
    for view, number in zip(clip.views, (0, 2, 5, 8), strict=True):
        points = FILES.SCALE * (world @ FILES.camera(number)[0].T)
        points = points - points[:, 4:5]
        found = clip.pose_world - clip.pose_world[:, :1]
        found = found @ view.camera.rotation.T
        for name, row in SAME.items():
            assert_allclose(
                found[:, H36M.index(name)], points[:, row], atol=0.05, err_msg=name
            )


def test_level_cameras_tell_which_way_is_up(packed, clips):
    clip, world = clips["S1_Seq1"], packed[1]
    for name, row in SAME.items():
        height = clip.pose_world[:, H36M.index(name), 2]
        expected = FILES.SCALE * world[:, row, 1]
        assert np.ptp(height - expected) < 0.1, name
        assert np.abs(height - expected).max() < 50, name


def test_names_rates_and_the_test_set(clips):
    assert list(clips) == ["S1_Seq1", "S1_Seq2", "TS1", "TS5"]
    assert {clip.fps for clip in clips.values()} == {25.0}
    assert clips["S1_Seq2"].num_frames == 15
    first, last = clips["TS1"], clips["TS5"]
    assert (first.action, last.action) == ("green_screen", "outdoor")
    assert last.views[0].image_size == (1920, 1080)
    assert np.flatnonzero(~first.pose_valid.all(axis=1)).tolist() == [4]
    expected = held_out_entry()["data_3d"]
    expected = expected - expected[:, 14:15]
    found = (last.pose_world - last.pose_world[:, :1]) @ last.views[0].camera.rotation.T
    assert_allclose(found[:, H36M.index("left_wrist")], expected[:, 7], atol=0.05)


def test_plans_can_be_pickled_and_chosen(packed):
    root, _ = packed
    plans = list(mpi_inf_3dhp_npz.find(root, subjects=("TS1",)))
    assert [plan.clip_id for plan in plans] == ["TS1"]
    assert pickle.loads(pickle.dumps(plans)) == plans
    only = mpi_inf_3dhp_npz.find(root / "data_train_3dhp.npz", fps=50.0)
    skipped, fast = only
    assert isinstance(skipped, Skipped)
    assert fast.read().num_frames == 30


def short_2d(cameras_):
    cameras_["5"]["data_2d"] = cameras_["5"]["data_2d"][:-1]


def other_motion(cameras_):
    cameras_["5"]["data_3d"] = cameras_["5"]["data_3d"][::-1]
    cameras_["5"]["data_2d"] = cameras_["5"]["data_2d"][::-1]


def nan(cameras_):
    cameras_["2"]["data_3d"][7, 3] = np.nan


def joints_14(cameras_):
    cameras_["0"]["data_3d"] = cameras_["0"]["data_3d"][:, :14]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (short_2d, "as many frames in all of S1 Seq1. Received: 49 and 50"),
        (other_motion, "camera 5: expected the joints of the first camera"),
        (nan, "data_3d of S1 Seq1, camera 2. Received: nan in frame 7"),
        (joints_14, r"\[frames, 17, 3\] in data_3d of .* Received: \(50, 14, 3\)"),
        (lambda c: c["8"].pop("data_2d"), "camera 8: expected numbers in data_2d"),
        (lambda c: c.update({"9": 3}), "camera 9: expected numbers in data_2d"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    entry = FILES.packed_train(FILES.motion(50))
    change(entry[0])
    FILES.write_packed(tmp_path / "data_train_3dhp.npz", {"S1 Seq1": entry})
    (planned,) = mpi_inf_3dhp_npz.find(tmp_path)
    with pytest.raises(errors.InputError, match=message):
        planned.read()


@pytest.mark.parametrize("entry", [5, [{}, 25], [{"0": {}}], [{"0": {}}, "fast"]])
def test_entries_of_another_form_are_skipped_and_named(tmp_path, entry):
    good = FILES.packed_train(FILES.motion(9), names=("0",))
    path = tmp_path / "data_train_3dhp.npz"
    FILES.write_packed(path, {"S1 Seq1": entry, "S2 Seq1": good})
    skipped, planned = mpi_inf_3dhp_npz.find(path)
    assert skipped.name == "S1_Seq1"
    assert "S1 Seq1: expected" in skipped.reason
    assert planned.read().num_frames == 9


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return eval, (f"open({str(self.path)!r}, 'w')",)


def test_other_files_and_code_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"expected data_train_3dhp\.npz or"):
        list(mpi_inf_3dhp_npz.find(tmp_path))
    path = tmp_path / "data_train_3dhp.npz"
    path.write_bytes(b"nothing")
    with pytest.raises(errors.InputError, match=r"expected an \.npz file"):
        list(mpi_inf_3dhp_npz.find(path))
    np.savez(path, other=np.zeros(3))
    with pytest.raises(errors.InputError, match="expected an entry data"):
        list(mpi_inf_3dhp_npz.find(path))
    FILES.write_packed(path, np.zeros(3))
    with pytest.raises(errors.InputError, match="expected sequences by name"):
        list(mpi_inf_3dhp_npz.find(path))
    FILES.write_packed(path, {"S1 Seq1": Malicious(tmp_path / "made")})
    with pytest.raises(errors.InputError, match=r"data_train_3dhp\.npz: data"):
        list(mpi_inf_3dhp_npz.find(path))
    assert not (tmp_path / "made").exists()
