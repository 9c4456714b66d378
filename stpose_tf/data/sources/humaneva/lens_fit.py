"""A camera's lens from points at known places and their pixels.

For data sets that give their cameras' places but not their lenses.
"""

from typing import NamedTuple

import numpy as np

from stpose_tf import errors

# OpenCV's lens: its mixed tangential term counts twice.
TANGENTIAL_SCALE = 2.0
_FEWEST_POINTS = 100
_STEPS = 12
# What lenses are usually like, and how strongly that is believed: the standard
# deviations of k1, k2, p1, p2. Points in the middle of the image tell nothing of k2.
_USUAL = np.array([0.0, 0.0, 0.0, 0.0])
_SPREAD = np.array([0.3, 0.3, 0.005, 0.005])
_OUTLIER = 3.0  # times the median distance


class FittedLens(NamedTuple):
    """The lens, and how well it explains the pixels.

    Attributes:
        focal: In px, `[2]`.
        center: In px, `[2]`.
        radial: k1, k2 and 0, `[3]`.
        tangential: p1, p2 in OpenCV's order, `[2]`.
        error: Median distance in px of projected points from their pixels.
    """

    focal: tuple[float, ...]
    center: tuple[float, ...]
    radial: tuple[float, ...]
    tangential: tuple[float, ...]
    error: float


def fit(pixels: np.ndarray, points: np.ndarray) -> FittedLens:
    """Returns the lens of least squares, of which far misses are no part.

    Args:
        pixels: `[points, 2]`.
        points: In the camera frame, `[points, 3]`.

    Raises:
        InputError: If there are too few points before the camera, or no lens explains
            the pixels.
    """
    before = points[:, 2] > 1.0
    pixels = pixels[before].astype(np.float64)
    points = points[before].astype(np.float64)
    if len(points) < _FEWEST_POINTS:
        raise errors.InputError(
            f"2D and 3D joints: expected at least {_FEWEST_POINTS} before the camera. "
            f"Received: {len(points)}"
        )
    slopes = points[:, :2] / points[:, 2:]
    numbers = np.concatenate([_straight(slopes, pixels), _USUAL])
    weights = np.ones(len(points))
    for _ in range(_STEPS):
        numbers += _step(numbers, slopes, pixels, weights)
        misses = np.linalg.norm(_project(numbers, slopes) - pixels, axis=1)
        limit = max(_OUTLIER * float(np.median(misses)), 0.1)
        weights = np.minimum(1.0, limit / np.maximum(misses, 1e-9))
    error = float(np.median(misses))
    if not (np.isfinite(numbers).all() and (numbers[:2] > 10.0).all()):
        raise errors.InputError(
            "2D and 3D joints: expected those of one camera. "
            f"Received: focal lengths of {numbers[0]:.0f} and {numbers[1]:.0f} px"
        )
    focal, center, radial, tangential = np.split(numbers, [2, 4, 6])
    return FittedLens(
        focal=tuple(focal.tolist()),
        center=tuple(center.tolist()),
        radial=(*radial.tolist(), 0.0),
        tangential=tuple(tangential.tolist()),
        error=error,
    )


def _straight(slopes: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Returns focal lengths and center of a lens without distortion."""
    lines = [
        np.polynomial.polynomial.polyfit(slopes[:, axis], pixels[:, axis], 1)
        for axis in (0, 1)
    ]
    center, focal = np.stack(lines, axis=-1)
    return np.concatenate([focal, center])


def _project(numbers: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    focal, center, (k1, k2), (p1, p2) = np.split(numbers, [2, 4, 6])
    x, y = slopes.T
    r2 = x * x + y * y
    radial = 1.0 + r2 * (k1 + r2 * k2) + TANGENTIAL_SCALE * (p1 * y + p2 * x)
    bent = np.stack([x * radial + p2 * r2, y * radial + p1 * r2], axis=-1)
    return bent * focal + center


def _step(
    numbers: np.ndarray, slopes: np.ndarray, pixels: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Returns one Gauss-Newton step of the eight numbers."""
    now = _project(numbers, slopes)
    sizes = np.array([1.0, 1.0, 1.0, 1.0, 1e-4, 1e-4, 1e-5, 1e-5])
    columns = [
        (_project(numbers + size * unit, slopes) - now).ravel() / size
        for size, unit in zip(sizes, np.eye(8), strict=True)
    ]
    root = np.sqrt(np.repeat(weights, 2))
    matrix = np.stack(columns, axis=-1) * root[:, np.newaxis]
    misses = (pixels - now).ravel() * root
    # A pixel of noise at each point; what is usual counts as one point more.
    prior = np.eye(8)[4:] / _SPREAD[:, np.newaxis]
    matrix = np.concatenate([matrix, prior])
    misses = np.concatenate([misses, (_USUAL - numbers[4:]) / _SPREAD])
    return np.linalg.lstsq(matrix, misses)[0]
