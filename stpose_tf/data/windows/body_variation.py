"""The same motion in bodies of other proportions and sizes."""

import functools

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.augment import augmentation
from stpose_tf.geometry import skeletons

_FACE = ("nose", "eye", "ear", "head", "mouth")
# Keypoints that are no joint of the pose move with the joint named here.
_CARRIERS = {
    "toe": "ankle",
    "heel": "ankle",
    "foot": "ankle",
    "thumb": "wrist",
    "index": "wrist",
    "pinky": "wrist",
    "hand": "wrist",
    "neck": "thorax",
    "clavicle": "thorax",
    "collar": "thorax",
    "spine1": "spine",
    "spine2": "spine",
    "spine3": "spine",
    "spine4": "thorax",
    "pelvis": "hip",
    "hip": "hip",
}


def vary_body(
    joints_world: tf.Tensor,
    keypoints_world: tf.Tensor,
    *,
    seed: tf.Tensor,
    limb_scale: float,
    body_scale: float,
    output_skeleton: str = "h36m17",
    input_skeleton: str = "coco17",
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the motion of a body with other limb lengths and another size.

    Each bone's length is multiplied by a log-normal factor that its mirror image
    shares; bone directions stay. Keypoints move with their joint (so those that
    coincide still do), the face as one piece. The root's path is scaled with the
    legs' length, so that feet stay on the floor and do not slide; at last the whole
    body and its path are scaled.

    Args:
        joints_world: Joint positions in mm, z up, `[time, joints, 3]`.
        keypoints_world: Keypoint positions in mm, `[time, keypoints, 3]`.
        seed: Stateless seed, `[2]`.
        limb_scale: Standard deviation of each bone pair's log length.
        body_scale: Standard deviation of the body's log size.
        output_skeleton: Name of the joints' skeleton, a tree.
        input_skeleton: Name of the keypoints' skeleton.

    Returns:
        The new joints and keypoints, shaped as given.
    """
    skeleton = skeletons.get(output_skeleton)
    limb_seed, body_seed = augmentation.seeds(seed, 2)
    groups = tf.constant(_bone_groups(output_skeleton))
    logs = limb_scale * tf.random.stateless_normal([len(skeleton.bones)], limb_seed)
    scales = tf.exp(tf.gather(logs, groups))  # [bones]
    bone_matrix = tf.constant(skeleton.bone_matrix)
    bones = tf.einsum("bj,tjd->tbd", bone_matrix, joints_world)
    legs = tf.constant(_leg_bones(output_skeleton))
    lengths = tf.reduce_mean(tf.norm(bones, axis=-1), axis=0) * legs
    leg_scale = tf.math.divide_no_nan(
        tf.reduce_sum(lengths * scales), tf.reduce_sum(lengths)
    )
    root = joints_world[:, skeleton.root_index, tf.newaxis] * leg_scale
    ancestors = tf.constant(skeleton.ancestor_matrix)
    joints = root + tf.einsum("jb,tbd->tjd", ancestors, bones * scales[:, tf.newaxis])
    moved = tf.gather(
        joints - joints_world,
        tf.constant(carrier_indices(output_skeleton, input_skeleton)),
        axis=1,
    )
    size = tf.exp(body_scale * tf.random.stateless_normal([], body_seed))
    return joints * size, (keypoints_world + moved) * size


@functools.cache
def _bone_groups(name: str) -> np.ndarray:
    """Returns each bone's group, int32 `[bones]`; mirrored bones share theirs."""
    skeleton = skeletons.get(name)
    mirror = skeleton.mirror_permutation
    bones = [tuple(bone) for bone in skeleton.bones]
    mirrored = [bones.index((mirror[a], mirror[b])) for a, b in bones]
    return np.array([min(pair) for pair in enumerate(mirrored)], np.int32)


@functools.cache
def _leg_bones(name: str) -> np.ndarray:
    """Returns 1 for the bones from hip to ankle, float32 `[bones]`."""
    skeleton = skeletons.get(name)
    lower = {"left_knee", "left_ankle", "right_knee", "right_ankle"}
    return np.array(
        [skeleton.joints[child] in lower for _, child in skeleton.bones], np.float32
    )


@functools.cache
def carrier_indices(output_name: str, input_name: str) -> np.ndarray:
    """Returns the joint that each keypoint moves with, int32 `[keypoints]`."""
    joints = skeletons.get(output_name).joints
    keypoints = skeletons.get(input_name).joints
    carriers = [_carrier(keypoint, joints) for keypoint in keypoints]
    return np.array([joints.index(name) for name in carriers], np.int32)


def _carrier(keypoint: str, joints: tuple[str, ...]) -> str:
    if keypoint in joints and not keypoint.startswith("head"):
        return keypoint
    words = keypoint.split("_")
    if any(word in _FACE for word in words):
        return next(name for name in ("nose", "head") if name in joints)
    for word, carrier in _CARRIERS.items():
        sides = [*words[:1], ""] if words[0] in ("left", "right") else [""]
        for side in sides:
            name = f"{side}_{carrier}" if side else carrier
            if word in words and name in joints:
                return name
    if keypoint in joints:
        return keypoint
    raise errors.InputError(
        f"Keypoint {keypoint}: expected a joint that it moves with among "
        f"{', '.join(joints)}. Received: none known; set data.virtual_views=False"
    )
