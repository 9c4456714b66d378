"""Where the floor is in a world whose heights mean little."""

import numpy as np

from stpose_tf.geometry import skeletons

# Of the lower ankle's lowest percentile in mm: on average in CMU's clips, and lowest
# and highest where the file's own floor is kept.
_USUAL_ANKLE = 70.0
_KEPT = (0.0, 200.0)


def lift(joints: np.ndarray) -> np.ndarray:
    """Returns what to add to all points to have the floor near z = 0, `[3]`.

    Zero where the feet already are near it.

    Args:
        joints: `h36m17` joints in mm, z up, `[time, 17, 3]`.
    """
    index = skeletons.get("h36m17").index
    ankles = joints[:, [index("left_ankle"), index("right_ankle")], 2]
    lowest = float(np.percentile(ankles.min(axis=1), 1))
    height = 0.0 if _KEPT[0] <= lowest <= _KEPT[1] else _USUAL_ANKLE - lowest
    return np.array([0.0, 0.0, height])
