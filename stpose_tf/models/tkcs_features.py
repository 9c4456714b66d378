"""What the discriminator sees of a motion (Cheng et al. 2020, Eq. 4 and 5)."""

from typing import Any

import keras
import numpy as np
from keras import ops

from stpose_tf.geometry import kcs, skeletons

_TYPICAL_LENGTH = {  # meters, by the bone's end
    "hip": 0.13,
    "knee": 0.45,
    "ankle": 0.44,
    "spine": 0.23,
    "thorax": 0.25,
    "nose": 0.12,
    "head": 0.12,
    "shoulder": 0.15,
    "elbow": 0.28,
    "wrist": 0.25,
}
_OTHER_LENGTH = 0.2
_CHANGE_GAIN = 10.0  # Psi changes by about a tenth of itself in one frame
_COORDINATE_GAIN = 2.0


def motion_features(
    poses: Any,
    rotation: Any,
    skeleton: skeletons.Skeleton,
    *,
    interval: int,
    spatial: bool,
    temporal: bool,
) -> Any:
    """Returns Psi, Phi and the rotated coordinates of each frame, all of order 1.

    Psi and Phi are divided by typical lengths of their two bones. The rotation acts
    on the coordinates alone: nothing else would notice it.

    Args:
        poses: Joints in meters, relative to the root, `[batch, time, joints, 3]`.
        rotation: R of Eq. 5 for each clip, `[batch, 3, 3]`.
        skeleton: The tree that `poses` is laid out by.
        interval: i of Eq. 4, the frames from one Psi to the other.
        spatial: Whether Psi is among the features.
        temporal: Whether Phi is among the features.

    Returns:
        float32 `[batch, time, features]`.
    """
    poses = ops.cast(poses, "float32")
    rotation = ops.cast(rotation, "float32")
    batch, time, joints, _ = ops.shape(poses)
    rotated = ops.einsum("bij,btkj->btki", rotation, poses)
    features = [_COORDINATE_GAIN * ops.reshape(rotated, (batch, time, 3 * joints))]
    if spatial or temporal:
        psi = pairs_of_bones(poses, skeleton)
        if temporal:
            features.insert(0, _CHANGE_GAIN * change(psi, interval))
        if spatial:
            features.insert(0, psi)
    return ops.concatenate(features, axis=-1)


def num_features(skeleton: skeletons.Skeleton, *, spatial: bool, temporal: bool) -> int:
    """Returns how many features a frame has."""
    bones = len(skeleton.bones)
    pairs = bones * (bones + 1) // 2
    return (spatial + temporal) * pairs + 3 * skeleton.num_joints


def pairs_of_bones(poses: Any, skeleton: skeletons.Skeleton) -> Any:
    """Returns the upper triangle of Psi in units of typical bone lengths.

    Args:
        poses: Joints in meters, `[..., joints, 3]`.
        skeleton: The tree that `poses` is laid out by.

    Returns:
        `[..., bones * (bones + 1) / 2]`, row by row with the diagonal.
    """
    lengths = typical_lengths(skeleton)
    rows, columns = np.triu_indices(len(lengths))
    psi = kcs.kcs(poses, skeleton)
    flat = ops.reshape(psi, (*ops.shape(psi)[:-2], len(lengths) ** 2))
    upper = ops.take(flat, rows * len(lengths) + columns, axis=-1)
    return upper / keras.ops.cast(lengths[rows] * lengths[columns], upper.dtype)


def change(psi: Any, interval: int) -> Any:
    """Returns how Psi changes over `interval` frames (Eq. 4).

    Args:
        psi: `[batch, time, pairs]`.
        interval: i, at least 1.

    Returns:
        `psi[t + i] - psi[t]`, `[batch, time, pairs]`; 0 in the last i frames, which
        have no later one.
    """
    known = psi[:, interval:] - psi[:, :-interval]
    unknown = ops.zeros_like(psi[:, :interval])
    return ops.concatenate([known, unknown], axis=1)


def typical_lengths(skeleton: skeletons.Skeleton) -> np.ndarray:
    """Returns an adult's length of each bone in meters, `[bones]`."""
    ends = [skeleton.joints[child].rsplit("_", 1)[-1] for _, child in skeleton.bones]
    lengths = [_TYPICAL_LENGTH.get(end, _OTHER_LENGTH) for end in ends]
    return np.array(lengths, np.float32)
