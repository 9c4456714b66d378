"""Kinematic chain space (KCS) of poses and its change in time (TKCS).

`B` holds a pose's bone vectors. `Psi = B^T B` has the squared bone lengths on its
diagonal and the inner products of bones, their angles weighted by length, off it
(Wandt and Rosenhahn 2019). `Phi` is its change over an interval (Cheng et al. 2020,
Eq. 4). Neither changes when the pose is moved, turned or mirrored as a whole.

Half-precision poses are raised to float32: Psi in mm² overflows float16.
"""

from typing import Any

import keras

from stpose_tf import errors
from stpose_tf.geometry import skeletons


def bone_vectors(poses: Any, skeleton: skeletons.Skeleton) -> Any:
    """Returns the vector of each bone, from parent to child.

    Args:
        poses: Joint positions in mm or m, `[..., joints, 3]`.
        skeleton: The tree that `poses` is laid out by.

    Returns:
        Bone vectors in the unit of `poses`, `[..., bones, 3]`.
    """
    poses = keras.ops.convert_to_tensor(poses)
    if keras.backend.standardize_dtype(poses.dtype) != "float64":
        poses = keras.ops.cast(poses, "float32")
    matrix = keras.ops.cast(skeleton.bone_matrix, poses.dtype)
    return keras.ops.einsum("bj,...jd->...bd", matrix, poses)


def kcs(poses: Any, skeleton: skeletons.Skeleton) -> Any:
    """Returns Psi, the inner products of all pairs of bones.

    Args:
        poses: Joint positions in mm or m, `[..., joints, 3]`.
        skeleton: The tree that `poses` is laid out by.

    Returns:
        Psi in mm² or m², `[..., bones, bones]`.
    """
    bones = bone_vectors(poses, skeleton)
    return keras.ops.einsum("...bd,...cd->...bc", bones, bones)


def temporal_kcs(poses: Any, skeleton: skeletons.Skeleton, interval: int = 1) -> Any:
    """Returns Phi, how Psi changes over `interval` frames (Eq. 4).

    Args:
        poses: Joint positions in mm or m, `[..., time, joints, 3]`.
        skeleton: The tree that `poses` is laid out by.
        interval: Frames between the two poses compared.

    Returns:
        `Psi(t + interval) - Psi(t)`, `[..., time - interval, bones, bones]`.

    Raises:
        InputError: If `interval` is below 1, or not below the number of frames
            where that number is known.
    """
    time = poses.shape[-3]
    if interval < 1 or (time is not None and interval >= time):
        raise errors.InputError(
            f"The interval of Phi must be at least 1 frame and less than the {time} "
            f"frames of the window. Received: interval={interval}"
        )
    psi = kcs(poses, skeleton)
    return psi[..., interval:, :, :] - psi[..., :-interval, :, :]
