import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.evaluation import lsp14, pose_sequence
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")


def _sequence(predictions, frames):
    count = len(frames)
    return pose_sequence.PoseSequence(
        clip=0,
        view=0,
        frames=np.asarray(frames),
        predictions=predictions,
        truths=np.zeros((count, 17, 3)),
        valid=np.ones((count, 17), bool),
        occluded=np.zeros((count, 17), bool),
        missing=np.zeros(count, bool),
        log_sigma=np.zeros((count, 17)),
        baseline=np.zeros((count, 17, 3)),
    )


def test_the_regressors_left_leg_first_rows_become_lsps_joints():
    # A regressor that picks one vertex for each of its 17 joints.
    regressor = np.zeros((17, lsp14.VERTICES))
    regressor[np.arange(17), 100 * np.arange(17)] = 1
    vertices = np.zeros((2, lsp14.VERTICES, 3))
    vertices[:, 100 * np.arange(17), 0] = np.arange(17)
    found = lsp14.from_vertices(vertices, regressor)
    # formats.md section 4: right ankle, knee, hip, left hip, knee, ankle, ...
    expected = [6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10]
    np.testing.assert_array_equal(found[1, :, 0], expected)
    with pytest.raises(errors.InputError, match=r"Received: \[2, 24, 3\]"):
        lsp14.from_vertices(vertices[:, :24], regressor)


def test_our_joints_stand_for_the_14():
    poses = np.arange(17)[:, None] * np.ones(3)
    names = [H36M.joints[int(value)] for value in lsp14.from_h36m17(poses)[:, 0]]
    assert names[:12] == list(lsp14.JOINTS[:12])
    assert names[12:] == ["thorax", "head"]


def test_place_and_size_do_not_count_after_alignment():
    rng = np.random.default_rng(0)
    truth = rng.normal(scale=300, size=(5, 14, 3))
    moved = lsp14.errors_mm(truth + np.array([10.0, 20.0, 30.0]), truth)
    assert moved["mpjpe_mm"] == pytest.approx(0.0, abs=1e-9)
    scaled = lsp14.errors_mm(1.1 * truth, truth)
    assert scaled["p_mpjpe_mm"] == pytest.approx(0.0, abs=1e-9)
    assert scaled["mpjpe_mm"] > 10
    # 30 mm on one of 14 joints, hips untouched.
    off = truth.copy()
    off[:, 6, 1] += 30
    assert lsp14.errors_mm(off, truth)["mpjpe_mm"] == pytest.approx(30 / 14)


def test_frames_are_those_of_the_records_and_unknown_ones_are_left_out(tmp_path):
    rng = np.random.default_rng(1)
    poses = rng.normal(scale=300, size=(4, 17, 3))
    truth = np.full((8, 14, 3), 1e6)
    truth[::2] = lsp14.from_h36m17(poses)
    truth[4] = np.nan
    path = tmp_path / "truth.npz"
    np.savez(path, walk_0=truth)
    truths = lsp14.load_truths(path)
    sequence = _sequence(poses, [0, 1, 2, 3])
    found = lsp14.score([sequence], truths, names=["walk_0"], stride=2)
    assert found["mpjpe_mm"] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(errors.InputError, match=r"7 frames of run_0\. Received: none"):
        lsp14.score([sequence], truths, names=["run_0"], stride=2)
    with pytest.raises(errors.InputError, match=r"10 frames of walk_0\. Received: 8"):
        lsp14.score([sequence], truths, names=["walk_0"], stride=3)


def test_damaged_archives_are_named(tmp_path):
    path = tmp_path / "truth.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(errors.InputError, match=r"truth\.npz: expected an \.npz"):
        lsp14.load_truths(path)
    np.savez(path, a=np.zeros((3, 17, 3)))
    with pytest.raises(errors.InputError, match=r"Received: \[3, 17, 3\]"):
        lsp14.load_truths(path)
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(errors.InputError, match=r"expected an \.npz archive of arrays"):
        lsp14.load_truths(path)
