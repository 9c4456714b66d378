"""Random processes over a window that change slowly from frame to frame."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import tensorflow as tf


def gaussian(seed: tf.Tensor, shape: Sequence[int], *, correlation: float) -> tf.Tensor:
    """Returns a stationary first-order autoregressive process.

    Every value is standard normal; neighbours in time correlate by `correlation`.

    Args:
        seed: Stateless seed `[2]`.
        shape: `[time, ...]` of the result.
        correlation: From 0 (white) to 1 (constant over the window).
    """
    white = tf.random.stateless_normal([shape[0], math.prod(shape[1:])], seed)
    time = np.arange(shape[0])
    lag = time[:, np.newaxis] - time
    response = np.where(lag >= 0, float(correlation) ** np.maximum(lag, 0), 0.0)
    # All frames but the first bring in only what keeps the variance at 1.
    response[:, 1:] *= (1 - correlation**2) ** 0.5
    return tf.reshape(tf.constant(response, tf.float32) @ white, shape)


def uniform_of(values: tf.Tensor) -> tf.Tensor:
    """Returns standard normal values mapped to uniform ones, from 0 to 1."""
    return 0.5 * tf.math.erfc(values * -(0.5**0.5))


def mask(
    seed: tf.Tensor,
    shape: Sequence[int],
    *,
    rate: float,
    correlation: float,
) -> tf.Tensor:
    """Returns runs of True over time, bool `[time, ...]`.

    Args:
        seed: Stateless seed `[2]`.
        shape: `[time, ...]` of the result.
        rate: Expected share of True, from 0 to 1.
        correlation: Correlation of the process beneath; more makes longer runs.
    """
    return gaussian(seed, shape, correlation=correlation) < quantile(rate)


def quantile(rate: float) -> float:
    """Returns the value below which a standard normal lies at this rate."""
    if not 0 < rate < 1:
        return float("inf") if rate > 0 else float("-inf")
    return statistics.NormalDist().inv_cdf(rate)
