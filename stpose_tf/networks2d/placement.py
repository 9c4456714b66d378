"""Where heat maps lie in their image, as 2x3 affine matrices.

Heat-map px count from the center of the first pixel (`geometry.heatmaps`); image px
count from the image's upper left corner, so the first pixel's center is (0.5, 0.5).
A crop is center x, center y, side in px and roll in rad (`geometry.crops`); unit
coordinates are (0, 0) at its upper left and (1, 1) at its lower right corner. Over maps
that are no squares its side is their height, and so is the unit. NumPy only: this runs
for every frame.
"""

import numpy as np


def of_crop(crops: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the matrices from heat-map px to image px, float64 `[..., 2, 3]`.

    Args:
        crops: `[..., 4]`.
        size: Height and width of the maps that cover the crops.
    """
    crops = np.asarray(crops, np.float64)
    height, width = size
    pixel, roll = crops[..., 2] / height, crops[..., 3]
    cosine, sine = pixel * np.cos(roll), pixel * np.sin(roll)
    across, down = (width - 1) / 2.0, (height - 1) / 2.0
    matrices = np.empty((*crops.shape[:-1], 2, 3))
    matrices[..., 0, 0] = matrices[..., 1, 1] = cosine
    matrices[..., 0, 1] = -sine
    matrices[..., 1, 0] = sine
    matrices[..., 0, 2] = crops[..., 0] - (cosine * across - sine * down)
    matrices[..., 1, 2] = crops[..., 1] - (sine * across + cosine * down)
    return matrices


def of_unit(crops: np.ndarray) -> np.ndarray:
    """Returns the matrices from unit crop coordinates to image px, `[..., 2, 3]`.

    Args:
        crops: `[..., 4]`.
    """
    return compose(of_crop(crops, (1, 1)), np.array([[1.0, 0, -0.5], [0, 1.0, -0.5]]))


def apply(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Returns points moved by matrices.

    Args:
        matrices: `[..., 2, 3]`.
        points: `[..., points, 2]`.
    """
    turned = points @ np.swapaxes(matrices[..., :2], -1, -2)
    return turned + matrices[..., np.newaxis, :, 2]


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Returns the matrix that moves points by `inner` and then by `outer`."""
    turn = outer[..., :2] @ inner[..., :2]
    shift = outer[..., :2] @ inner[..., 2:] + outer[..., 2:]
    return np.concatenate([turn, shift], axis=-1)


def inverse(matrices: np.ndarray) -> np.ndarray:
    """Returns the matrices that undo these, `[..., 2, 3]`."""
    (a, b), (c, d) = np.moveaxis(matrices[..., :2], (-2, -1), (0, 1))
    turn = np.empty((*matrices.shape[:-2], 2, 2))
    turn[..., 0, 0], turn[..., 0, 1] = d, -b
    turn[..., 1, 0], turn[..., 1, 1] = -c, a
    turn /= (a * d - b * c)[..., np.newaxis, np.newaxis]
    return np.concatenate([turn, -turn @ matrices[..., 2:]], axis=-1)


def within(relative: np.ndarray, crops: np.ndarray) -> np.ndarray:
    """Returns crops that are given relative to other crops, in the image.

    Args:
        relative: Center in unit coordinates of the other crop, side in its sides and
            roll against it, `[..., 4]`.
        crops: The other crops, `[..., 4]`.

    Returns:
        Crops of the image, float64 `[..., 4]`.
    """
    relative = np.asarray(relative, np.float64)
    crops = np.asarray(crops, np.float64)
    side, roll = crops[..., 2], crops[..., 3]
    x, y = np.moveaxis((relative[..., :2] - 0.5) * side[..., np.newaxis], -1, 0)
    cosine, sine = np.cos(roll), np.sin(roll)
    return np.stack(
        [
            crops[..., 0] + cosine * x - sine * y,
            crops[..., 1] + sine * x + cosine * y,
            relative[..., 2] * side,
            wrapped(relative[..., 3] + roll),
        ],
        axis=-1,
    )


def wrapped(angles: np.ndarray) -> np.ndarray:
    """Returns angles in rad, in [-pi, pi)."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi
