import numpy as np
import pytest

from stpose_tf.evaluation import pose_sequence
from stpose_tf.lifting import calibration


def _sequence(sigma, errors, *, valid=None):
    time, joints = errors.shape[:2]
    return pose_sequence.PoseSequence(
        clip=0,
        view=0,
        frames=np.arange(time),
        predictions=errors,
        truths=np.zeros_like(errors),
        valid=np.ones((time, joints), bool) if valid is None else valid,
        occluded=np.zeros((time, joints), bool),
        missing=np.zeros(time, bool),
        log_sigma=np.log(np.broadcast_to(sigma, (time, joints))),
        baseline=np.zeros_like(errors),
    )


@pytest.fixture
def drawn():
    """Errors whose standard errors differ from joint to joint, and those."""
    rng = np.random.default_rng(0)
    sigma = rng.uniform(15, 150, (4000, 17))
    return sigma, rng.normal(size=(4000, 17, 3)) * sigma[..., None]


def _curve(sequence):
    counts = calibration.CalibrationCounts(root_index=0)
    every = np.ones(sequence.valid.shape, bool)
    # In two parts: counts add up.
    for part in (slice(None, 1000), slice(1000, None)):
        which = np.zeros_like(every)
        which[part] = True
        counts.add(sequence, which=which)
    return counts.curve()


def test_a_model_that_knows_its_errors_lies_on_the_diagonal(drawn):
    sigma, errors = drawn
    curve = _curve(_sequence(sigma, errors))
    assert curve.counts.sum() == 4000 * 16  # without the root
    np.testing.assert_allclose(curve.predicted, curve.measured, atol=0.03)
    assert curve.gap < 0.01
    assert curve.sigma_ratio == pytest.approx(1.0, abs=0.01)
    assert (np.diff(curve.errors) < 0).all()


def test_a_model_that_is_too_sure_lies_below(drawn):
    sigma, errors = drawn
    curve = _curve(_sequence(sigma / 2, errors))
    assert curve.sigma_ratio == pytest.approx(2.0, abs=0.02)
    assert (curve.predicted - curve.measured)[3:].min() > 0.05


def test_only_what_is_known_counts(drawn):
    sigma, errors = drawn
    valid = np.zeros(errors.shape[:2], bool)
    valid[:5, :3] = True
    curve = _curve(_sequence(sigma, errors, valid=valid))
    assert curve.counts.sum() == 10


def test_the_table_has_a_row_for_each_bin_with_joints(drawn):
    _, errors = drawn
    # By hand: 100 mm are two standard errors of 50 mm: confidence 0.7385.
    curve = _curve(_sequence(50.0, np.minimum(np.abs(errors), 10.0)))
    assert curve.predicted[7] == pytest.approx(0.7385, abs=1e-4)
    assert curve.measured[7] == 1.0
    lines = curve.table().splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| 0.7 to 0.8 | 64,000 | 73.9 % | 100.0 % |")
    numbers = curve.as_dict()
    assert numbers["predicted"][0] is None
    assert numbers["counts"][7] == 64000
