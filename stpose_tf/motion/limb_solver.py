"""Where the middle joint of a two-bone limb goes."""

import numpy as np
from numpy.typing import ArrayLike

from stpose_tf.motion import smooth_curve

LARGEST_FLEXION = np.deg2rad(148.0)  # of knees and elbows
_STRAIGHTEST = 0.999  # share of the limb's length that it may span


def solve(
    origin: np.ndarray,
    goal: np.ndarray,
    normal: np.ndarray,
    lengths: tuple[float, float],
    *,
    slack: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the middle and the end of a limb that reaches for a goal.

    The end meets the goal exactly while the limb spans more than its shortest (a
    flexion of `LARGEST_FLEXION`) and less than 99.5 % of its length, or 93.5 % where it
    has slack; beyond, it stops short, smoothly.

    Args:
        origin: Hip or shoulder in mm, `[..., 3]`.
        goal: Where ankle or wrist should be, in mm, `[..., 3]`.
        normal: Direction to which the middle joint bends out, any length,
            `[..., 3]`; only its part across the limb counts.
        lengths: Upper and lower bone in mm.
        slack: 0 for a limb that may be almost straight, 1 for one that slows down
            well before it is, as one in free swing does; `[..., 1]` or a number.

    Returns:
        Middle and end in mm, `[..., 3]` each.
    """
    upper, lower = lengths
    total = upper + lower
    span = goal - origin
    distance = np.maximum(np.linalg.norm(span, axis=-1, keepdims=True), 1e-6)
    direction = span / distance
    shortest = np.sqrt(
        upper**2 + lower**2 + 2 * upper * lower * np.cos(LARGEST_FLEXION)
    )
    slack = np.asarray(slack)
    longest = (_STRAIGHTEST - 0.024 * slack) * total
    reach = smooth_curve.smaller(distance, longest, (0.004 + 0.036 * slack) * total)
    reach = smooth_curve.larger(reach, shortest, 0.02 * total)
    across = normal - np.sum(normal * direction, axis=-1, keepdims=True) * direction
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    along = (upper**2 - lower**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    return origin + along * direction + out * across, origin + reach * direction
