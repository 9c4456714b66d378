"""Where a person stands: the root whose pose falls on the keypoints seen."""

import numpy as np
import numpy.typing as npt

from stpose_tf.lifting import banded_system

Array = npt.NDArray[np.float64]

_FACE = ("nose", "head", "head_top", "neck")  # defined differently by everyone
_NEAREST = 200.0  # mm in front of the camera
_FEWEST = 3  # joints that place a body
_STEPS = 12
_ACCELERATION = 2500.0  # mm/s^2, of a walking person's hip on the average
_LEAST_NOISE = 1e-3  # of the distance; one px of a usual camera


def shared_joints(
    keypoint_names: tuple[str, ...], joint_names: tuple[str, ...]
) -> tuple[tuple[int, int], ...]:
    """Returns (keypoint, joint) pairs that are one point of the body.

    Those of one name but for the head's, of which each skeleton means another point.
    """
    return tuple(
        (keypoint_names.index(name), joint)
        for joint, name in enumerate(joint_names)
        if name in keypoint_names and name not in _FACE
    )


def fit(
    poses: npt.ArrayLike,
    rays: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    fps: float,
) -> Array | None:
    """Returns the root in the camera frame in mm, `[time, 3]`.

    Least squares of what the projected joints miss their keypoints by, in which points
    that miss by much count little (Cauchy's weights at the clip's own scale), and of
    the root's acceleration. Frames in which nothing is seen are bridged.

    Args:
        poses: Camera frame, root-relative, in mm, `[time, joints, 3]`.
        rays: x / z and y / z of each joint's keypoint, `[time, joints, 2]`; anything
            where the weight is 0.
        weights: How sure the keypoints are, 0 where there is none, `[time, joints]`.
        fps: Frames a second.

    Returns:
        None if no frame shows enough of the person.
    """
    poses, rays = np.asarray(poses, np.float64), np.asarray(rays, np.float64)
    weights = np.asarray(weights, np.float64)
    rays = np.where(weights[..., np.newaxis] > 0.0, rays, 0.0)
    enough = (weights > 0.0).sum(axis=1) >= _FEWEST
    if not enough.any():
        return None
    noise = 0.05
    stiffness = (fps**2 / _ACCELERATION) ** 2
    roots = _start(poses, rays, weights * enough[:, np.newaxis], stiffness)
    for _ in range(_STEPS):
        depth = np.maximum(poses[..., 2] + roots[:, 2:], _NEAREST)
        seen = (poses[..., :2] + roots[:, np.newaxis, :2]) / depth[..., np.newaxis]
        missed = rays - seen
        size = np.linalg.norm(missed, axis=-1)
        noise = max(_scale(size, weights), _LEAST_NOISE)
        robust = weights / (1.0 + (size / (2.0 * noise)) ** 2) / noise**2
        slopes = _slopes(seen, depth)  # [time, joints, 2, 3]
        wanted = missed + np.einsum("tjik,tk->tji", slopes, roots)
        information = np.einsum("tj,tjia,tjib->tab", robust, slopes, slopes)
        targets = np.einsum("tj,tjia,tji->ta", robust, slopes, wanted)
        moved = _in_front(
            banded_system.smooth_minimum(
                information, targets[..., np.newaxis], stiffness=stiffness
            )[..., 0]
        )
        change = np.abs(moved - roots).max()
        roots = moved
        if change < 0.1:
            break
    return roots


def _start(poses: Array, rays: Array, weights: Array, stiffness: float) -> Array:
    """Returns roots without iteration: x + X = u (z + Z) is linear in the root."""
    shape = poses.shape[:2]
    slopes = np.zeros((*shape, 2, 3))
    slopes[..., 0, 0] = slopes[..., 1, 1] = 1.0
    slopes[..., 2] = -rays
    wanted = rays * poses[..., 2:] - poses[..., :2]
    # Misses of 100 mm are usual at the start.
    trust = weights / 100.0**2
    information = np.einsum("tj,tjia,tjib->tab", trust, slopes, slopes)
    targets = np.einsum("tj,tjia,tji->ta", trust, slopes, wanted)
    return _in_front(
        banded_system.smooth_minimum(
            information, targets[..., np.newaxis], stiffness=stiffness
        )[..., 0]
    )


def _in_front(roots: Array) -> Array:
    """Returns the roots, moved along their rays where they are behind the camera."""
    depth = np.maximum(roots[:, 2], 5.0 * _NEAREST)
    behind = roots[:, 2] < depth
    moved = roots.copy()
    moved[behind, 2] = depth[behind]
    return moved


def _slopes(seen: Array, depth: Array) -> Array:
    """Returns how a joint's image changes with the root, `[time, joints, 2, 3]`."""
    slopes = np.zeros((*depth.shape, 2, 3))
    slopes[..., 0, 0] = slopes[..., 1, 1] = 1.0 / depth
    slopes[..., 2] = -seen / depth[..., np.newaxis]
    return slopes


def _scale(size: Array, weights: Array) -> float:
    """Returns the standard deviation of a coordinate, by the median of the misses."""
    # The median length of a vector of two standard normal numbers is 1.1774.
    return float(np.median(size[weights > 0.0])) / 1.1774
