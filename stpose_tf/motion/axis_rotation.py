"""Rotation matrices about the axes of a body: x forward, y left, z up."""

import numpy as np


def yaw_pitch_roll(angles: np.ndarray) -> np.ndarray:
    """Returns `Rz(yaw) Ry(pitch) Rx(roll)`.

    Positive yaw turns to the left, positive pitch bends forward, positive roll raises
    the left side.

    Args:
        angles: Yaw, pitch and roll in radians, `[..., 3]`.

    Returns:
        Matrices that take body to outer coordinates, `[..., 3, 3]`.
    """
    cz, cy, cx = np.moveaxis(np.cos(angles), -1, 0)
    sz, sy, sx = np.moveaxis(np.sin(angles), -1, 0)
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def turn(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Returns `vectors [..., 2 or 3]` turned left by `yaw [...]` radians."""
    c, s = np.cos(yaw), np.sin(yaw)
    x, y = vectors[..., 0], vectors[..., 1]
    turned = np.stack([c * x - s * y, s * x + c * y], axis=-1)
    return np.concatenate([turned, vectors[..., 2:]], axis=-1)


def rotate(matrices: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Returns `matrices [..., 3, 3]` times `vectors [..., 3]`."""
    return np.einsum("...ij,...j->...i", matrices, vectors)
