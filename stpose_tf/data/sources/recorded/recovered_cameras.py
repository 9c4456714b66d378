"""Cameras that a data set does not give, from where it says that joints are.

All distances are in mm; camera frames are x right, y down, z forward.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import cameras

# World to camera of a level camera: the world's y is forward, its z up.
LEVEL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
# The least singular value of the cameras' x axes that tells which way is up.
_LEAST_SPREAD = 0.1
_NEAREST = 1.0  # mm


class Lens(NamedTuple):
    """Focal lengths and principal point in px, and how well they explain the pixels.

    Attributes:
        focal: `[2]`.
        center: `[2]`.
        error: Median distance in px of what is projected from what was given.
    """

    focal: np.ndarray
    center: np.ndarray
    error: float


class Move(NamedTuple):
    """A rigid move `Y = rotation X + translation`.

    Attributes:
        rotation: `[3, 3]`.
        translation: In mm, `[3]`.
        error: Median distance in mm of what is moved from where it should be.
    """

    rotation: np.ndarray
    translation: np.ndarray
    error: float


def fit_lens(pixels: np.ndarray, points: np.ndarray) -> Lens:
    """Returns the pinhole that projects points to pixels, by least squares.

    A second pass leaves out the points that the first one misses by far.

    Args:
        pixels: `[points, 2]`.
        points: In the camera frame, `[points, 3]`.

    Raises:
        InputError: If there are fewer than 8 points, one is not in front of the
            camera, or no positive focal length explains the pixels.
    """
    pixels, points = np.asarray(pixels, float), np.asarray(points, float)
    in_front = int((points[:, 2] > _NEAREST).sum())
    if len(points) < 8 or in_front < len(points):
        raise errors.InputError(
            "3D joints: expected 8 or more, all in front of the camera. "
            f"Received: {in_front} of {len(points)}"
        )
    slopes = points[:, :2] / points[:, 2:]
    kept = np.ones(len(points), bool)
    misses = np.zeros(len(points))
    for _ in range(2):
        lines = [
            np.polynomial.polynomial.polyfit(slopes[kept, axis], pixels[kept, axis], 1)
            for axis in (0, 1)
        ]
        offset, focal = np.stack(lines, axis=-1)
        misses = np.linalg.norm(slopes * focal + offset - pixels, axis=-1)
        kept = misses <= max(3.0 * float(np.median(misses)), 1e-3)
    if not (np.isfinite(focal).all() and (focal > 1.0).all()):
        raise errors.InputError(
            "2D and 3D joints: expected those of one pinhole camera. "
            f"Received: focal lengths of {focal[0]:.0f} and {focal[1]:.0f} px"
        )
    return Lens(focal, offset, float(np.median(misses)))


def fit_move(points: np.ndarray, moved: np.ndarray) -> Move:
    """Returns the rigid move, never a mirror, that fits best by least squares.

    Args:
        points: In mm, `[points, 3]`.
        moved: Where they should come to, in mm, `[points, 3]`.
    """
    points, moved = np.asarray(points, float), np.asarray(moved, float)
    middle, moved_middle = points.mean(axis=0), moved.mean(axis=0)
    left, _, right = np.linalg.svd((moved - moved_middle).T @ (points - middle))
    sign = np.sign(np.linalg.det(left @ right))
    rotation = left @ np.diag([1.0, 1.0, sign]) @ right
    translation = moved_middle - rotation @ middle
    misses = np.linalg.norm(points @ rotation.T + translation - moved, axis=-1)
    return Move(rotation, translation, float(np.median(misses)))


def upright(rotations: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the rotation from a z-up world to the first camera's frame.

    Cameras on tripods are level: their x axes lie in the plane of the floor. With all
    of them in one line, the first camera is taken to look straight ahead.

    Args:
        rotations: From the first camera's frame to each camera's, `[3, 3]` each.
    """
    sideways = np.stack([rotation[0] for rotation in rotations])
    _, spread, axes = np.linalg.svd(sideways)
    if len(spread) < 2 or spread[1] < _LEAST_SPREAD:
        return LEVEL
    return with_up(axes[2] * -np.sign(axes[2][1]))


def with_up(up: np.ndarray) -> np.ndarray:
    """Returns the rotation from a z-up world to a camera frame that has this up.

    The world's y is where the camera looks to, its x to the right.

    Args:
        up: Unit vector in the camera frame, not along its z, `[3]`.
    """
    forward = np.array([0.0, 0.0, 1.0]) - up[2] * up
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(forward, up), forward, up], axis=-1)


def pinhole(
    focal: np.ndarray,
    center: np.ndarray,
    *,
    rotation: np.ndarray,
    translation: np.ndarray,
) -> cameras.Camera:
    """Returns a camera without distortion, as float32 arrays.

    Args:
        focal: In px, `[2]`.
        center: In px, `[2]`.
        rotation: World to camera, `[3, 3]`.
        translation: In mm, `[3]`.
    """
    fields = (focal, center, np.zeros(3), np.zeros(2), rotation, translation, 1.0)
    return cameras.Camera(*(np.asarray(field, np.float32) for field in fields))
