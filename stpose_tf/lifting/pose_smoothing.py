"""Poses without their jitter, beside the raw ones."""

import numpy as np
import numpy.typing as npt

from stpose_tf.lifting import banded_system

Array = npt.NDArray[np.float64]

ACCELERATION = 12000.0  # mm/s^2: limbs of people who exercise


def smooth(
    poses: npt.ArrayLike,
    log_sigma: npt.ArrayLike,
    *,
    fps: float,
    acceleration: float = ACCELERATION,
) -> Array:
    """Returns the curves that are likeliest if accelerations are of some size.

    The Whittaker-Henderson smoother of each coordinate; a joint of which the model is
    less sure is smoothed more.

    Args:
        poses: In mm, `[time, joints, 3]`, without gaps.
        log_sigma: Log of the standard error of a coordinate in mm, `[time, joints]`.
        fps: Frames a second.
        acceleration: Standard deviation of a coordinate's in mm/s^2; smaller is
            smoother.

    Returns:
        `[time, joints, 3]`.
    """
    poses = np.asarray(poses, np.float64)
    certainty = np.exp(-2.0 * np.asarray(log_sigma, np.float64))
    stiffness = (fps**2 / acceleration) ** 2
    smoothed = np.empty_like(poses)
    for joint in range(poses.shape[1]):
        weights = certainty[:, joint, np.newaxis, np.newaxis]
        smoothed[:, joint] = banded_system.smooth_minimum(
            weights, weights * poses[:, joint, np.newaxis], stiffness=stiffness
        )[:, 0]
    return smoothed
