"""How sure a joint is, and whether it was seen."""

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RADIUS = 100.0  # mm


def within(log_sigma: npt.ArrayLike, radius: float = RADIUS) -> Array:
    """Returns how likely joints are nearer than `radius` to where they are said to be.

    The errors of a joint's three coordinates are normal and equal, so that their length
    has Maxwell's distribution: with x = radius / sigma, erf(x / sqrt(2)) - sqrt(2 / pi)
    x exp(-x^2 / 2).

    Args:
        log_sigma: Log of the standard error of a coordinate in mm, `[...]`.
        radius: In mm.

    Returns:
        0 to 1, `[...]`.
    """
    x = radius * np.exp(-np.asarray(log_sigma, np.float64))
    x = np.clip(x, 0.0, 20.0)  # from there on it is 1
    erf = np.asarray(_erf(x / math.sqrt(2.0)))
    inside = erf - math.sqrt(2.0 / math.pi) * x * np.exp(-0.5 * x * x)
    return np.clip(inside, 0.0, 1.0)


def seen_joints(
    visible: npt.NDArray[np.bool_], support: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Returns which joints were seen: those of which a keypoint was, or that have none.

    Args:
        visible: Whether the network was shown a keypoint, `[..., keypoints]`.
        support: Which keypoints show a joint, `[joints, keypoints]`; see
            `occluded_joints.support`.

    Returns:
        `[..., joints]`. Joints that no keypoint shows are seen where anything is.
    """
    shown = visible.astype(np.int64) @ support.T.astype(np.int64) > 0
    anything = visible.any(axis=-1, keepdims=True)
    return np.where(support.any(axis=1), shown, anything)


_erf = np.vectorize(math.erf, otypes=[np.float64])
