import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import correlated_noise


@pytest.mark.parametrize("correlation", [0.0, 0.8, 1.0])
def test_the_process_is_stationary_with_the_given_correlation(correlation):
    values = correlated_noise.gaussian(
        (1, 2), [12, 20000], correlation=correlation
    ).numpy()
    np.testing.assert_allclose(values.std(axis=1), 1.0, atol=0.02)
    np.testing.assert_allclose(values.mean(axis=1), 0.0, atol=0.03)
    for lag in (1, 3):
        measured = (values[:-lag] * values[lag:]).mean(axis=1)
        np.testing.assert_allclose(measured, correlation**lag, atol=0.03)


def test_the_process_follows_its_recursion():
    # x_t = r x_(t-1) + sqrt(1 - r^2) e_t with x_0 = e_0.
    white = tf.random.stateless_normal([5, 3], (4, 4)).numpy()
    expected = [white[0]]
    for innovation in white[1:]:
        expected.append(0.6 * expected[-1] + 0.8 * innovation)
    values = correlated_noise.gaussian((4, 4), [5, 3], correlation=0.6)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.4, 1.0])
def test_a_mask_has_its_rate_in_every_frame(rate):
    mask = correlated_noise.mask((3, 0), [6, 20000], rate=rate, correlation=0.8)
    # Standard error at most sqrt(0.24 / 20000) = 0.0035.
    np.testing.assert_allclose(np.mean(mask, axis=1), rate, atol=0.015)


def test_correlation_makes_runs():
    lengths = {}
    for correlation in (0.0, 0.9):
        mask = correlated_noise.mask(
            (3, 0), [64, 2000], rate=0.1, correlation=correlation
        ).numpy()
        starts = np.sum(mask[1:] & ~mask[:-1])
        lengths[correlation] = mask.sum() / starts
    assert lengths[0.0] < 1.3
    assert lengths[0.9] > 2.5


def test_uniform_values_are_uniform():
    process = correlated_noise.gaussian((1, 0), [4, 20000], correlation=0.5)
    values = correlated_noise.uniform_of(process).numpy()
    counts = np.histogram(values, bins=10, range=(0, 1))[0] / values.size
    np.testing.assert_allclose(counts, 0.1, atol=0.01)
