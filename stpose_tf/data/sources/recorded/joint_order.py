"""Joints and keypoints in another skeleton's order, and which of them are known."""

import numpy as np

from stpose_tf.geometry import skeleton_maps


def change(
    positions: np.ndarray, known: np.ndarray, *, source: str, target: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns positions in the target's order, 0 where they are not known.

    Args:
        positions: In any unit, `[time, source joints, dimensions]`; anything, also
            NaN, where they are not known.
        known: Which of them are, bool, `[time, source joints]`.
        source: Name of their skeleton.
        target: Name of the wanted one.

    Returns:
        Positions, `[time, target joints, dimensions]`, and which are known, bool,
        `[time, target joints]`.

    Raises:
        InputError: If there is no map from the one skeleton to the other.
    """
    linear_map = skeleton_maps.linear_map(source, target)
    finite = np.where(known[..., np.newaxis], positions, 0.0)
    known = skeleton_maps.apply_to_valid(known, linear_map)
    mapped = skeleton_maps.apply(finite, linear_map)
    return np.where(known[..., np.newaxis], mapped, 0.0), known
