"""The loss of the network's own error estimate."""

import math

import tensorflow as tf
from keras import ops

from stpose_tf.losses import supervised

_MM_PER_M = 1000.0


def likelihood(
    log_sigma: tf.Tensor, poses: tf.Tensor, *, targets: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and the count of an isotropic Gaussian's negative log likelihood.

    It teaches sigma alone: no gradient flows into `poses`. It is least where
    3 sigma^2 is the mean squared distance.

    Args:
        log_sigma: Log of the standard error of one coordinate in mm,
            `[..., joints]`.
        poses: Predicted joints in m, `[..., joints, 3]`.
        targets: True joints in m, `[..., joints, 3]`.
        weights: 1 where a joint is labelled, `[..., joints]`.

    Returns:
        Sum in nats, and the number of labelled joints.
    """
    squared = supervised.squared_errors(
        ops.stop_gradient(poses), targets, weights=weights
    )
    exponents = 0.5 * squared * _MM_PER_M**2 * ops.exp(-2.0 * log_sigma)
    nats = 3.0 * log_sigma + exponents + 1.5 * math.log(2.0 * math.pi)
    return ops.sum(weights * nats), ops.sum(weights)
