import numpy as np
import pytest
import scipy.spatial

from stpose_tf.geometry import alignment

TARGET = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], float)
PREDICTED = np.array([[0, 0, 0], [1.1, 0, 0], [0, 1.8, 0], [0.2, 0, 3]], float)


def _error(predicted, target):
    return np.linalg.norm(predicted - target, axis=-1).mean()


def _random_rotations(rng, count):
    matrices = np.linalg.qr(rng.normal(size=(count, 3, 3)))[0]
    return matrices * np.sign(np.linalg.det(matrices))[:, None, None]


def test_known_errors_of_a_four_joint_pose():
    # Computed once with independent code: joint errors 0, .1, .2, .2.
    assert _error(PREDICTED, TARGET) == pytest.approx(0.125)
    moved = alignment.procrustes(PREDICTED, TARGET)
    assert _error(moved, TARGET) == pytest.approx(0.0726002, abs=5e-8)
    _, scale, _ = alignment.similarity(PREDICTED, TARGET)
    assert scale == pytest.approx(1.0231304, abs=5e-8)
    scaled = alignment.scale_align(PREDICTED, TARGET)
    assert _error(scaled, TARGET) == pytest.approx(0.1243791, abs=5e-8)
    assert scaled[1, 0] / PREDICTED[1, 0] == pytest.approx(1.0155671, abs=5e-8)


def test_a_mirrored_pose_is_not_reflected_back():
    mirrored = TARGET * [-1.0, 1.0, 1.0]
    moved = alignment.procrustes(mirrored, TARGET)
    assert _error(moved, TARGET) == pytest.approx(0.5509382, abs=5e-8)
    rotation, _, _ = alignment.similarity(mirrored, TARGET)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_similarity_is_undone():
    rng = np.random.default_rng(0)
    target = rng.normal(size=(50, 17, 3)) * 300.0
    rotations = _random_rotations(rng, 50)
    scales = rng.uniform(0.2, 3.0, size=(50, 1, 1))
    shifts = rng.normal(size=(50, 1, 3)) * 1000.0
    predicted = scales * target @ np.swapaxes(rotations, 1, 2) + shifts
    np.testing.assert_allclose(
        alignment.procrustes(predicted, target), target, atol=1e-9
    )
    rotation, scale, _ = alignment.similarity(predicted, target)
    np.testing.assert_allclose(rotation, np.swapaxes(rotations, 1, 2), atol=1e-9)
    np.testing.assert_allclose(scale, 1.0 / scales[:, 0, 0], atol=1e-9)


def test_procrustes_agrees_with_scipy():
    rng = np.random.default_rng(1)
    target = rng.normal(size=(20, 17, 3))
    predicted = target + 0.3 * rng.normal(size=target.shape)
    moved = alignment.procrustes(predicted, target)
    for frame in range(20):
        # SciPy centers both, gives the target norm 1, and may reflect: here it
        # has no reason to.
        unit, expected, _ = scipy.spatial.procrustes(target[frame], predicted[frame])
        center = target[frame].mean(axis=0)
        norm = np.linalg.norm(target[frame] - center)
        np.testing.assert_allclose(unit * norm + center, target[frame])
        np.testing.assert_allclose(moved[frame], expected * norm + center, atol=1e-9)


def test_no_rotation_near_the_best_one_is_better():
    rng = np.random.default_rng(2)
    target = rng.normal(size=(8, 3))
    predicted = rng.normal(size=(8, 3)) * [-1, 1, 1]
    best = np.square(alignment.procrustes(predicted, target) - target).sum()
    rotation, scale, translation = alignment.similarity(predicted, target)
    for _ in range(200):
        axis = rng.normal(size=3) * 0.05
        skew = np.cross(np.eye(3), axis)
        step = np.linalg.qr(np.eye(3) + skew)[0]
        step = step * np.sign(np.diag(step))
        moved = (scale + rng.normal() * 0.02) * predicted @ (step @ rotation).T
        moved = moved + translation + rng.normal(size=3) * 0.02
        assert np.square(moved - target).sum() >= best - 1e-9


@pytest.mark.parametrize("align", [alignment.scale_align, alignment.procrustes])
def test_masked_joints_have_no_influence(align):
    rng = np.random.default_rng(3)
    target = rng.normal(size=(6, 2, 17, 3))
    predicted = target + rng.normal(size=target.shape)
    mask = rng.uniform(size=(6, 2, 17)) < 0.6
    absurd = np.where(mask[..., None], target, 1e6)
    lost = np.where(mask[..., None], target, np.nan)
    expected = align(predicted, target, mask=mask)
    np.testing.assert_allclose(align(predicted, absurd, mask=mask), expected)
    np.testing.assert_allclose(align(predicted, lost, mask=mask), expected)
    wild = np.where(mask[..., None], predicted, -1e6)
    np.testing.assert_allclose(align(wild, target, mask=mask)[mask], expected[mask])
    # As if the masked joints were absent.
    kept = mask[0, 0]
    alone = align(predicted[0, 0, kept], target[0, 0, kept])
    np.testing.assert_allclose(expected[0, 0, kept], alone)


def test_degenerate_poses_give_finite_results():
    zeros = np.zeros((2, 4, 3))
    np.testing.assert_array_equal(alignment.scale_align(zeros, TARGET), zeros)
    moved = alignment.procrustes(zeros, TARGET)
    np.testing.assert_allclose(moved, np.broadcast_to(TARGET.mean(0), (2, 4, 3)))
    nothing = alignment.procrustes(PREDICTED, TARGET, mask=np.zeros(4, bool))
    np.testing.assert_array_equal(nothing, np.zeros((4, 3)))
    line = np.outer(np.arange(4.0), [1.0, 2.0, 2.0])
    np.testing.assert_allclose(alignment.procrustes(2 * line, line), line, atol=1e-12)


def test_centering_puts_the_root_at_zero():
    centered = alignment.center_on_root(TARGET.astype("float32") + 5, 1)
    assert centered.dtype == np.float64
    np.testing.assert_array_equal(centered, TARGET - TARGET[1])
