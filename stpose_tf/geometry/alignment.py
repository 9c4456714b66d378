"""Alignment of predicted poses to true ones: by root, by scale, by similarity.

NumPy in float64: these belong to metrics, not to losses. Joints whose mask is false
have no influence on an alignment, but are moved with the rest.
"""

import numpy as np


def center_on_root(poses: np.ndarray, root_index: int = 0) -> np.ndarray:
    """Returns the poses minus their root joint.

    Args:
        poses: Joint positions, `[..., joints, 3]`.
        root_index: The joint that becomes zero.

    Returns:
        Root-relative positions, float64 `[..., joints, 3]`.
    """
    poses = np.asarray(poses, np.float64)
    return poses - poses[..., root_index : root_index + 1, :]


def scale_align(
    predicted: np.ndarray, target: np.ndarray, *, mask: np.ndarray | None = None
) -> np.ndarray:
    """Returns the predicted poses at the scale that fits best (N-MPJPE).

    Each frame's scale is `sum <target, predicted> / sum <predicted, predicted>`; a
    pose of zeros stays zero.

    Args:
        predicted: Root-relative positions, `[..., joints, 3]`.
        target: Root-relative positions, `[..., joints, 3]`.
        mask: Which joints count, `[..., joints]`; None is all.

    Returns:
        The scaled predicted poses, float64 `[..., joints, 3]`.
    """
    predicted, target, weights = _prepare(predicted, target, mask)
    inner = (weights * predicted * target).sum(axis=(-2, -1), keepdims=True)
    squared = (weights * predicted * predicted).sum(axis=(-2, -1), keepdims=True)
    return predicted * _ratio(inner, squared)


def procrustes(
    predicted: np.ndarray, target: np.ndarray, *, mask: np.ndarray | None = None
) -> np.ndarray:
    """Returns the predicted poses moved onto the target (P-MPJPE).

    Each frame gets its own `similarity`.

    Args:
        predicted: Positions, `[..., joints, 3]`.
        target: Positions, `[..., joints, 3]`.
        mask: Which joints count, `[..., joints]`; None is all.

    Returns:
        The moved predicted poses, float64 `[..., joints, 3]`.
    """
    rotation, scale, translation = similarity(predicted, target, mask=mask)
    moved = np.einsum("...ij,...nj->...ni", rotation, np.asarray(predicted, np.float64))
    return scale[..., None, None] * moved + translation[..., None, :]


def similarity(
    predicted: np.ndarray, target: np.ndarray, *, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the rotation, scale and translation that fit best, never a reflection.

    The least-squares `s R p + t` by singular values; frames whose predicted joints
    all fall together, or that have none, get scale 0, which puts the predicted joints
    on the target's centroid.

    Args:
        predicted: Positions, `[..., joints, 3]`.
        target: Positions, `[..., joints, 3]`.
        mask: Which joints count, `[..., joints]`; None is all.

    Returns:
        Rotations `[..., 3, 3]`, scales `[...]` and translations `[..., 3]`, float64.
    """
    predicted, target, weights = _prepare(predicted, target, mask)
    count = weights.sum(axis=-2, keepdims=True)
    predicted_center = _ratio((weights * predicted).sum(-2, keepdims=True), count)
    target_center = _ratio((weights * target).sum(-2, keepdims=True), count)
    predicted, target = predicted - predicted_center, target - target_center
    covariance = np.einsum("...ni,...nj->...ij", weights * target, predicted)
    left, values, right = np.linalg.svd(covariance)
    handedness = np.sign(np.linalg.det(left) * np.linalg.det(right))
    left = (
        left
        * np.stack(
            [np.ones_like(handedness), np.ones_like(handedness), handedness], axis=-1
        )[..., None, :]
    )
    values = np.concatenate(
        [values[..., :2], values[..., 2:] * handedness[..., None]], -1
    )
    rotation = left @ right
    spread = (weights * predicted * predicted).sum(axis=(-2, -1))
    scale = _ratio(values.sum(axis=-1), spread)
    moved_center = np.einsum("...ij,...nj->...ni", rotation, predicted_center)
    translation = target_center - scale[..., None, None] * moved_center
    return rotation, scale, translation[..., 0, :]


def _prepare(
    predicted: np.ndarray, target: np.ndarray, mask: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns both poses in float64, zero where masked, and weights `[..., n, 1]`."""
    predicted = np.asarray(predicted, np.float64)
    target = np.asarray(target, np.float64)
    predicted, target = np.broadcast_arrays(predicted, target)
    if mask is None:
        return predicted, target, np.ones_like(predicted[..., :1])
    weights = np.broadcast_to(
        np.asarray(mask, np.float64)[..., None], (*predicted.shape[:-1], 1)
    )
    return predicted, np.where(weights > 0.0, target, 0.0), weights


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Returns `numerator / denominator`, 0 where the denominator is 0."""
    out = np.zeros(np.broadcast_shapes(numerator.shape, denominator.shape))
    return np.divide(numerator, denominator, out=out, where=denominator > 0.0)
