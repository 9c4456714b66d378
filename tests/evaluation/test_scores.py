import dataclasses

import numpy as np
import pytest

from stpose_tf.evaluation import metrics, pose_sequence, scores

JOINTS = 5
PCK = np.arange(JOINTS) > 0


def _sequence(frames=12, seed=0, **changes):
    rng = np.random.default_rng(seed)
    truths = rng.normal(size=(frames, JOINTS, 3)) * 200
    truths[:, 0] = 0
    predictions = truths + rng.normal(size=truths.shape) * 40
    predictions[:, 0] = 0
    sequence = pose_sequence.PoseSequence(
        clip=0,
        view=0,
        frames=np.arange(frames),
        predictions=predictions,
        truths=truths,
        valid=np.ones((frames, JOINTS), bool),
        occluded=np.zeros((frames, JOINTS), bool),
        missing=np.zeros(frames, bool),
        log_sigma=np.zeros((frames, JOINTS)),
        baseline=np.zeros((frames, JOINTS, 3)),
    )
    return dataclasses.replace(sequence, **changes)


def _score(sequence, fps=25.0):
    return scores.score(sequence, fps=fps, root=0, pck_joints=PCK)


def test_a_perfect_prediction_has_no_error():
    sequence = _sequence()
    summary = scores.summarize(_score(sequence.with_predictions(sequence.truths)))
    for name, value in summary.items():
        if name.endswith(("mm", "second", "frame")) and value is not None:
            assert value == pytest.approx(0, abs=1e-9), name
    assert summary["pck_150"] == 100
    assert summary["auc"] == pytest.approx(100 * 30 / 31)


def test_errors_across_and_along_the_cameras_axis_are_told_apart():
    sequence = _sequence()
    moved = sequence.truths + np.array([3.0, -4.0, 0.0])
    moved[:, 1] += [0, 0, -12.0]  # one of five joints; a 5-12-13 triangle
    summary = scores.summarize(_score(sequence.with_predictions(moved)))
    assert summary["across_mm"] == pytest.approx(5)
    assert summary["depth_mm"] == pytest.approx(12 / 5)
    assert summary["mpjpe_mm"] == pytest.approx((4 * 5 + 13) / 5)


def test_sums_over_parts_are_the_sum_over_the_whole():
    a, b = _sequence(seed=1), _sequence(frames=7, seed=2)
    errors = np.concatenate(
        [metrics.joint_errors(s.predictions, s.truths) for s in (a, b)]
    )
    summary = scores.summarize(_score(a) + _score(b))
    assert summary["mpjpe_mm"] == pytest.approx(errors.mean())
    assert summary["frames"] == 19


def test_velocity_is_weighted_by_the_frames_of_each_sequence():
    # Drifts of 5 and 10 mm a frame over 4 and 8 frames: (4 * 5 + 8 * 10) / 12.
    parts = []
    for frames, drift in ((4, 5.0), (8, 10.0)):
        sequence = _sequence(frames=frames)
        moved = sequence.truths + np.arange(frames)[:, None, None] * [drift, 0, 0]
        parts.append(_score(sequence.with_predictions(moved)))
    summary = scores.summarize(parts[0] + parts[1])
    assert summary["mpjve_mm_per_frame"] == pytest.approx(100 / 12)
    assert summary["mpjve_mm_per_second"] == pytest.approx(25 * 100 / 12)


def test_speed_uses_each_clips_own_rate():
    sequence = _sequence(frames=4)
    moved = sequence.truths + np.arange(4)[:, None, None] * [2.0, 0, 0]
    sequence = sequence.with_predictions(moved)
    both = _score(sequence, fps=10.0) + _score(sequence, fps=50.0)
    # 2 mm a frame is 20 mm/s at 10 fps and 100 mm/s at 50: 60 on average.
    assert scores.summarize(both)["mpjve_mm_per_second"] == pytest.approx(60)


def test_velocity_never_crosses_a_gap():
    sequence = _sequence(frames=4)
    jump = sequence.truths.copy()
    jump[2:] += 500.0
    sequence = dataclasses.replace(
        sequence.with_predictions(jump), frames=np.array([0, 1, 7, 8])
    )
    summary = scores.summarize(_score(sequence))
    assert summary["mpjve_mm_per_frame"] == pytest.approx(0, abs=1e-9)


def test_a_single_frame_has_no_velocity():
    assert scores.summarize(_score(_sequence(frames=1)))["mpjve_mm_per_frame"] is None


def test_unknown_truths_are_as_if_absent():
    sequence = _sequence()
    valid = sequence.valid.copy()
    valid[:, 3] = False
    valid[4] = False
    unknown = np.where(valid[..., None], sequence.truths, np.nan)
    masked = dataclasses.replace(sequence, truths=unknown, valid=valid)
    summary = scores.summarize(_score(masked))
    errors = metrics.joint_errors(sequence.predictions, sequence.truths)
    assert summary["mpjpe_mm"] == pytest.approx(errors[valid].mean())
    assert summary["frames"] == 11
    kept = np.arange(12) != 4
    joints = [0, 1, 2, 4]
    aligned = metrics.aligned_errors(
        sequence.predictions[kept][:, joints],
        sequence.truths[kept][:, joints],
        valid=np.ones((11, 4), bool),
    )
    assert summary["p_mpjpe_mm"] == pytest.approx(aligned.mean())


def test_occluded_joints_are_counted_apart_without_the_root():
    sequence = _sequence()
    occluded = np.zeros((12, JOINTS), bool)
    occluded[3, [0, 2]] = True
    occluded[5, 4] = True
    sequence = dataclasses.replace(sequence, occluded=occluded)
    summary = scores.summarize(_score(sequence))
    errors = metrics.joint_errors(sequence.predictions, sequence.truths)
    assert summary["occluded_joints"] == 2
    assert summary["occluded_mpjpe_mm"] == pytest.approx(
        (errors[3, 2] + errors[5, 4]) / 2
    )


def test_missing_frames_are_measured_over_all_their_joints():
    sequence = _sequence()
    missing = np.arange(12) // 4 == 1
    summary = scores.summarize(_score(dataclasses.replace(sequence, missing=missing)))
    errors = metrics.joint_errors(sequence.predictions, sequence.truths)
    assert summary["missing_frame_joints"] == 4 * JOINTS
    assert summary["missing_frame_mpjpe_mm"] == pytest.approx(errors[4:8].mean())


def test_nothing_hidden_is_none_and_not_zero():
    summary = scores.summarize(_score(_sequence()))
    assert summary["occluded_mpjpe_mm"] is None
    assert summary["missing_frame_mpjpe_mm"] is None


def test_each_joint_has_its_own_mean():
    sequence = _sequence()
    names = ("root", "a", "b", "c", "d")
    joints = scores.summarize_joints(_score(sequence), names)
    errors = metrics.joint_errors(sequence.predictions, sequence.truths)
    assert joints["root"]["mpjpe_mm"] == 0
    assert joints["c"]["mpjpe_mm"] == pytest.approx(errors[:, 3].mean())


def test_calibration_agrees_with_numpy_over_parts():
    parts, sigmas, errors = [], [], []
    for seed in range(3):
        sequence = _sequence(seed=seed)
        error = metrics.joint_errors(sequence.predictions, sequence.truths)
        noise = np.random.default_rng(seed + 10).normal(size=error.shape)
        log_sigma = np.log(np.maximum(error, 1)) + 0.5 * noise
        parts.append(_score(dataclasses.replace(sequence, log_sigma=log_sigma)))
        sigmas.append(np.exp(log_sigma[:, 1:]).ravel())
        errors.append(error[:, 1:].ravel())
    sigma, error = np.concatenate(sigmas), np.concatenate(errors)
    numbers = scores.calibration(parts[0] + parts[1] + parts[2])
    assert numbers["correlation"] == pytest.approx(np.corrcoef(sigma, error)[0, 1])
    assert numbers["log_correlation"] == pytest.approx(
        np.corrcoef(np.log(sigma), np.log(error))[0, 1]
    )
    assert numbers["rms_error_mm"] == pytest.approx(np.sqrt((error**2).mean()))


def test_the_sigma_that_made_the_errors_predicts_their_size():
    # 20 mm of noise in each of x, y, z: a root mean square of 20 sqrt(3) mm.
    sequence = _sequence(frames=4000)
    noise = np.random.default_rng(1).normal(size=sequence.truths.shape) * 20
    sequence = dataclasses.replace(
        sequence.with_predictions(sequence.truths + noise),
        log_sigma=np.full((4000, JOINTS), np.log(20.0)),
    )
    numbers = scores.calibration(_score(sequence))
    assert numbers["predicted_rms_mm"] == pytest.approx(20 * np.sqrt(3))
    assert numbers["rms_error_mm"] == pytest.approx(20 * np.sqrt(3), rel=0.02)


def test_a_constant_sigma_has_no_correlation():
    assert scores.calibration(_score(_sequence()))["correlation"] is None
