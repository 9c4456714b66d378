"""Squares over a frame, in several sizes: for detectors of near people."""

import math

import numpy as np

_OVERLAP = 0.35  # of the tile's side, so that a person of that size is whole in one
_SMALLEST = 192  # px


def tiles(
    image_size: tuple[int, int], shares: tuple[float, ...] = (1.0, 0.6)
) -> np.ndarray:
    """Returns the whole frame as one square, and tiles of shares of its shorter side.

    Args:
        image_size: Width and height in px.
        shares: Sides of the tiles over the frame's shorter side, falling.

    Returns:
        Center x, center y, side and roll (0), float64 `[tiles, 4]`.
    """
    width, height = image_size
    whole = float(max(image_size))
    found = [[width / 2.0, height / 2.0, whole, 0.0]]
    for share in shares:
        side = share * min(image_size)
        if side > 0.9 * whole or side < _SMALLEST:
            continue
        for y in _centers(height, side):
            found += [[x, y, side, 0.0] for x in _centers(width, side)]
    return np.array(found)


def _centers(length: int, side: float) -> list[float]:
    if side >= length:
        return [length / 2.0]
    steps = math.ceil((length - side) / (side * (1.0 - _OVERLAP)))
    return [side / 2.0 + step * (length - side) / steps for step in range(steps + 1)]
