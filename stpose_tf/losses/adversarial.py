"""The objectives of the two networks of the GAN, on logits of patches of time."""

from collections.abc import Callable

import tensorflow as tf
from keras import ops

from stpose_tf import config as configs

# What a network pays for each logit if that should say real (or false).
Objective = Callable[[tf.Tensor], tf.Tensor]


def says_real(form: configs.AdversarialForm) -> Objective:
    """Returns the cost of logits that should say "real".

    Both networks use it: the discriminator on real motion, and the generator on its
    own poses (`Lgen`; in the standard form the non-saturating one).
    """
    if form == configs.AdversarialForm.LEAST_SQUARES:
        return lambda logits: ops.square(logits - 1.0)
    return lambda logits: ops.softplus(-logits)


def says_false(form: configs.AdversarialForm) -> Objective:
    """Returns the cost of logits that should say "false"."""
    if form == configs.AdversarialForm.LEAST_SQUARES:
        return ops.square
    return ops.softplus


def threshold(form: configs.AdversarialForm) -> float:
    """Returns the logit above which the discriminator says "real"."""
    return 0.5 if form == configs.AdversarialForm.LEAST_SQUARES else 0.0


def objective(
    logits: tf.Tensor, cost: Objective, *, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and the count of a cost over patches.

    Args:
        logits: One for each patch of a window, `[batch, patches]`.
        cost: `says_real(form)`, `says_false(form)` or any other function of them.
        weights: Of the windows, `[batch]`.
    """
    costs = ops.cast(cost(ops.cast(logits, "float32")), "float32")
    weights = weights[:, None] * ops.ones_like(costs)
    return ops.sum(weights * costs), ops.sum(weights)


def gradient_penalty(
    gradients: tf.Tensor, *, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and the count of the R1 penalty (Mescheder et al. 2018, Eq. 9).

    Args:
        gradients: Of a window's mean logit to its real poses in m,
            `[batch, time, joints, 3]`.
        weights: Of the windows, `[batch]`.
    """
    squared = ops.sum(ops.square(gradients), axis=(1, 2, 3))
    return ops.sum(weights * squared), ops.sum(weights)
