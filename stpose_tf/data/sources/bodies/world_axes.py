"""Which way is up in a source's world."""

import numpy as np


def z_up(points: np.ndarray) -> np.ndarray:
    """Returns points of a y-up world in the z-up one, `[..., 3]`."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([x, -z, y], axis=-1)
