import numpy as np
import pytest

from stpose_tf.evaluation import metrics

# A tetrahedron and a distorted one; errors 0, 0.1, 0.2, 0.2 by eye.
TRUTH = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3.0]])
PREDICTION = np.array([[0, 0, 0], [1.1, 0, 0], [0, 1.8, 0], [0.2, 0, 3.0]])
ALL = np.ones(4, bool)


def _rotation(seed):
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    q[:, 0] *= np.linalg.det(q)
    return q


def test_known_errors_of_the_tetrahedron():
    np.testing.assert_allclose(
        metrics.joint_errors(PREDICTION, TRUTH), [0, 0.1, 0.2, 0.2], atol=1e-12
    )
    assert metrics.joint_errors(PREDICTION, TRUTH).mean() == pytest.approx(0.125)


def test_known_aligned_error_of_the_tetrahedron():
    error = metrics.aligned_errors(PREDICTION, TRUTH, valid=ALL).mean()
    assert error == pytest.approx(0.0726002, abs=1e-7)


def test_known_scaled_error_of_the_tetrahedron():
    # s = (1.1 + 3.6 + 9) / (1.21 + 3.24 + 9.04) = 13.7 / 13.49 = 1.0155671
    error = metrics.scaled_errors(PREDICTION, TRUTH, valid=ALL).mean()
    assert error == pytest.approx(0.1243791, abs=1e-7)


def test_a_mirrored_pose_is_not_aligned_away():
    mirrored = TRUTH * [-1, 1, 1]
    error = metrics.aligned_errors(mirrored, TRUTH, valid=ALL).mean()
    assert error == pytest.approx(0.5509382, abs=1e-7)


def test_aligned_error_ignores_every_similarity():
    rng = np.random.default_rng(0)
    truths = rng.normal(size=(20, 17, 3)) * 300
    moved = 0.7 * truths @ _rotation(1).T + [100, -200, 5000]
    valid = np.ones((20, 17), bool)
    assert metrics.aligned_errors(moved, truths, valid=valid).max() < 1e-9


def test_scaled_error_ignores_scale_alone():
    rng = np.random.default_rng(0)
    truths = rng.normal(size=(20, 17, 3)) * 300
    valid = np.ones((20, 17), bool)
    assert metrics.scaled_errors(0.3 * truths, truths, valid=valid).max() < 1e-9
    turned = truths @ _rotation(2).T
    assert metrics.scaled_errors(turned, truths, valid=valid).mean() > 10


def test_aligned_error_agrees_with_a_plain_loop():
    rng = np.random.default_rng(3)
    truths = rng.normal(size=(6, 17, 3)) * 300
    predictions = truths + rng.normal(size=truths.shape) * 80
    valid = np.ones((6, 17), bool)
    errors = metrics.aligned_errors(predictions, truths, valid=valid)
    for frame in range(6):
        g, p = truths[frame], predictions[frame]
        g0, p0 = g - g.mean(0), p - p.mean(0)
        norm_g, norm_p = np.linalg.norm(g0), np.linalg.norm(p0)
        U, s, Vt = np.linalg.svd((g0 / norm_g).T @ (p0 / norm_p))
        V = Vt.T
        if np.linalg.det(V @ U.T) < 0:
            V[:, -1] *= -1
            s[-1] *= -1
        aligned = s.sum() * norm_g / norm_p * p0 @ (V @ U.T) + g.mean(0)
        np.testing.assert_allclose(
            errors[frame], np.linalg.norm(aligned - g, axis=-1), rtol=1e-9
        )


def test_a_joint_that_is_not_valid_has_no_say():
    rng = np.random.default_rng(4)
    truths = rng.normal(size=(5, 17, 3)) * 300
    predictions = truths + rng.normal(size=truths.shape) * 50
    valid = np.ones((5, 17), bool)
    valid[:, 7] = False
    absurd = predictions.copy()
    absurd[:, 7] += 1e4
    for metric in (metrics.aligned_errors, metrics.scaled_errors):
        np.testing.assert_allclose(
            metric(predictions, truths, valid=valid)[valid],
            metric(absurd, truths, valid=valid)[valid],
        )


def test_a_prediction_without_extent_is_put_on_the_center_of_the_truth():
    error = metrics.aligned_errors(np.zeros((4, 3)), TRUTH, valid=ALL)
    center = TRUTH.mean(axis=0)
    np.testing.assert_allclose(error, np.linalg.norm(TRUTH - center, axis=-1))


def test_velocity_of_a_hand_made_drift():
    # The truth stands; the prediction drifts by 3 mm in x and 4 mm in y a frame.
    truths = np.zeros((4, 2, 3))
    predictions = np.arange(4)[:, None, None] * np.array([3.0, 4.0, 0.0])
    predictions = np.broadcast_to(predictions, (4, 2, 3))
    errors, follows = metrics.velocity_errors(
        predictions, truths, frames=np.array([0, 1, 5, 6])
    )
    np.testing.assert_allclose(errors, np.full((3, 2), 5.0))
    np.testing.assert_array_equal(follows, [True, False, True])


def test_a_constant_offset_has_no_velocity_error():
    rng = np.random.default_rng(5)
    truths = rng.normal(size=(30, 17, 3)) * 100
    errors, _ = metrics.velocity_errors(truths + 70, truths, frames=np.arange(30))
    assert errors.max() < 1e-9


def test_pck_and_auc_of_errors_of_75_mm():
    # 80, 85, ..., 150 are the 15 of 31 thresholds that 75 lies strictly below.
    errors = np.full((10, 14), 75.0)
    below = metrics.counts_below(errors, np.ones_like(errors, bool))
    assert metrics.pck(below, 140) == 100.0
    assert metrics.auc(below, 140) == pytest.approx(100 * 15 / 31)
    assert metrics.auc(below, 140) == pytest.approx(48.387, abs=1e-3)


def test_pck_is_strict_at_150_mm():
    errors = np.array([149.999, 150.0, 150.001, 0.0])
    below = metrics.counts_below(errors, np.ones(4, bool))
    assert metrics.pck(below, 4) == 50.0
    assert below[0] == 0  # an error of 0 is not below 0 mm


def test_counts_agree_with_plain_comparison():
    rng = np.random.default_rng(6)
    errors = rng.uniform(0, 200, size=(50, 17)).round(0)
    counted = rng.uniform(size=(50, 17)) < 0.7
    below = metrics.counts_below(errors, counted)
    plain = [(errors[counted] < threshold).sum() for threshold in range(0, 151, 5)]
    np.testing.assert_array_equal(below, plain)


def test_pck_is_over_the_14_joints_of_the_protocol():
    joints = (
        "hip right_hip right_knee right_ankle left_hip left_knee left_ankle spine "
        "thorax nose head left_shoulder left_elbow left_wrist right_shoulder "
        "right_elbow right_wrist"
    )
    chosen = metrics.pck_joints("h36m17", tuple(joints.split()), root=0)
    assert chosen.sum() == 14
    np.testing.assert_array_equal(np.flatnonzero(~chosen), [0, 7, 9])
    np.testing.assert_array_equal(
        metrics.pck_joints("other", ("a", "b", "c"), root=1), [True, False, True]
    )
