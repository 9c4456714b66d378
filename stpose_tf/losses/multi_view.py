"""The loss between two views of one motion."""

import tensorflow as tf
from keras import ops


def multi_view(
    first: tf.Tensor, second: tf.Tensor, *, rotation: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and the count of `Lmv` (Cheng et al. 2020, Eq. 2).

    Args:
        first: Joints predicted from the first view, in m, root-relative, in that
            view's camera frame, `[batch, time, joints, 3]`.
        second: The same of the second view, `[batch, time, joints, 3]`.
        rotation: From the first camera to the second, `[batch, 3, 3]`.
        weights: 1 for a frame of a pair of views, 0 for a frame outside its clip and
            for two unrelated windows, `[batch, time]`.

    Returns:
        Sum of the squared distances in m^2, and the number of joints compared.
    """
    rotated = ops.einsum("bed,btjd->btje", rotation, first)
    squared = ops.sum(ops.square(rotated - second), axis=(-2, -1))  # [batch, time]
    return ops.sum(weights * squared), ops.sum(weights) * first.shape[2]
