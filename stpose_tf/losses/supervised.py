"""The 3D loss."""

import tensorflow as tf
from keras import ops

Term = tuple[tf.Tensor, tf.Tensor]


def supervised_3d(poses: tf.Tensor, targets: tf.Tensor, *, weights: tf.Tensor) -> Term:
    """Returns the sum and the count of `L3d` (Cheng et al. 2020, Eq. 1).

    Joints hidden by augmentation stay supervised: only `weights` leaves joints out.

    Args:
        poses: Predicted joints in m, `[..., joints, 3]`.
        targets: True joints in m, `[..., joints, 3]`; any value where unlabelled.
        weights: 1 where a joint is labelled, else 0, `[..., joints]`.

    Returns:
        Sum of the squared errors (over x, y and z) in m^2, and the number of
        labelled joints.
    """
    squared = squared_errors(poses, targets, weights=weights)
    return ops.sum(weights * squared), ops.sum(weights)


def squared_errors(
    poses: tf.Tensor, targets: tf.Tensor, *, weights: tf.Tensor
) -> tf.Tensor:
    """Returns squared distances `[..., joints]`, 0 where `weights` is 0.

    Args:
        poses: Predicted joints, `[..., joints, 3]`.
        targets: True joints in the same unit, `[..., joints, 3]`.
        weights: 0 where `targets` means nothing (it may even be NaN there),
            `[..., joints]`.
    """
    differences = ops.where(weights[..., None] > 0, poses - targets, 0.0)
    return ops.sum(ops.square(differences), axis=-1)
