"""The 2D loss of clips without 3D."""

import tensorflow as tf
from keras import ops

from stpose_tf.geometry import crops, skeleton_maps


def reprojection(
    poses: tf.Tensor,
    labels: tf.Tensor,
    *,
    weights: tf.Tensor,
    keypoint_map: skeleton_maps.LinearMap,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and the count of `L2d` (Cheng et al. 2020, Eq. 3).

    Orth is a scaled orthographic projection: one scale for the window, one shift for
    each frame, both fitted in closed form over the labelled keypoints. Keypoints
    hidden by augmentation stay supervised.

    Args:
        poses: Predicted joints in m in the crop frame, `[batch, time, joints, 3]`.
        labels: True keypoints in upright unit crop coordinates,
            `[batch, time, keypoints, 2]`.
        weights: 1 where a keypoint is labelled, `[batch, time, keypoints]`.
        keypoint_map: From the predicted joints to the labelled keypoints; those
            that it cannot tell (the face) are left out.

    Returns:
        Sum of the squared errors (over x and y) in crop sides^2, and the number of
        labelled keypoints.
    """
    weights = weights * ops.cast(keypoint_map.valid, weights.dtype)
    labels = ops.where(weights[..., None] > 0, labels, 0.0)
    matrix = ops.convert_to_tensor(keypoint_map.matrix, dtype=poses.dtype)
    keypoints = ops.einsum("kj,btjd->btkd", matrix, poses)
    projected, _ = crops.fit_orthographic(keypoints, labels, weights)
    squared = ops.sum(ops.square(projected - labels), axis=-1)
    return ops.sum(weights * squared), ops.sum(weights)
