"""One motion's upper body on another motion's legs."""

import functools

import numpy as np
import tensorflow as tf

from stpose_tf.data.windows import body_variation
from stpose_tf.geometry import skeletons


def exchange_upper_body(
    joints_world: tf.Tensor,
    keypoints_world: tf.Tensor,
    *,
    other_joints: tf.Tensor,
    other_keypoints: tf.Tensor,
    output_skeleton: str = "h36m17",
    input_skeleton: str = "coco17",
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns a motion with everything above the pelvis taken from another motion.

    The other upper body is carried over in the pelvis' frame of reference (across the
    hips, along the spine), frame by frame: spine, arms and head move against the
    pelvis as they did. Legs and path stay.

    Args:
        joints_world: Joint positions in mm, z up, `[time, joints, 3]`.
        keypoints_world: Keypoint positions in mm, `[time, keypoints, 3]`.
        other_joints: The other motion's, shaped alike.
        other_keypoints: The other motion's, shaped alike.
        output_skeleton: Name of the joints' skeleton: a tree with hips and a spine.
        input_skeleton: Name of the keypoints' skeleton.

    Returns:
        The new joints and keypoints, shaped as given.
    """
    skeleton = skeletons.get(output_skeleton)
    here = _pelvis_axes(joints_world, skeleton)
    there = _pelvis_axes(other_joints, skeleton)
    turn = tf.matmul(here, there, transpose_b=True)  # [time, 3, 3]
    root = skeleton.root_index
    center = joints_world[:, root, tf.newaxis]
    other_center = other_joints[:, root, tf.newaxis]

    def carried(points: tf.Tensor) -> tf.Tensor:
        return center + tf.einsum("tij,tpj->tpi", turn, points - other_center)

    upper = _upper_joints(output_skeleton)
    carriers = body_variation.carrier_indices(output_skeleton, input_skeleton)
    return (
        tf.where(upper[:, np.newaxis], carried(other_joints), joints_world),
        tf.where(
            upper[carriers][:, np.newaxis], carried(other_keypoints), keypoints_world
        ),
    )


def _pelvis_axes(joints: tf.Tensor, skeleton: skeletons.Skeleton) -> tf.Tensor:
    """Returns orthonormal columns to the left, along the spine and to the back."""
    left = (
        joints[:, skeleton.index("left_hip")] - joints[:, skeleton.index("right_hip")]
    )
    left = tf.math.l2_normalize(left, axis=-1)
    up = joints[:, skeleton.index("spine")] - joints[:, skeleton.root_index]
    up -= tf.reduce_sum(up * left, axis=-1, keepdims=True) * left
    up = tf.math.l2_normalize(up, axis=-1)
    return tf.stack([left, up, tf.linalg.cross(left, up)], axis=-1)


@functools.cache
def _upper_joints(name: str) -> np.ndarray:
    """Returns which joints hang on the spine, itself included, bool `[joints]`."""
    skeleton = skeletons.get(name)
    spine = skeleton.index("spine")
    assert skeleton.parents is not None
    upper = np.zeros(skeleton.num_joints, bool)
    for joint, parent in enumerate(skeleton.parents):
        upper[joint] = joint == spine or (parent >= 0 and upper[parent])
    return upper
