"""Where the five points of a face are, from the head's orientation."""

import numpy as np

from stpose_tf.motion import axis_rotation

# Offsets from the top of the head in mm (x forward, y left, z up) for a head whose
# top is 115 mm above the joint in the neck; rounded averages of adults.
_OFFSETS = {
    "nose": (112.0, 0.0, -142.0),
    "left_eye": (88.0, 32.0, -112.0),
    "right_eye": (88.0, -32.0, -112.0),
    "left_ear": (2.0, 76.0, -128.0),
    "right_ear": (2.0, -76.0, -128.0),
}
_HEAD = 115.0


def keypoints(
    head_top: np.ndarray, orientation: np.ndarray, head_length: float
) -> dict[str, np.ndarray]:
    """Returns nose, eyes and ears by name, mm in the world, `[..., 3]` each.

    Args:
        head_top: Top of the head in mm, `[..., 3]`.
        orientation: Head to world, `[..., 3, 3]`.
        head_length: Length of the bone `head` in mm.
    """
    scale = head_length / _HEAD
    return {
        name: head_top + axis_rotation.rotate(orientation, scale * np.asarray(offset))
        for name, offset in _OFFSETS.items()
    }
