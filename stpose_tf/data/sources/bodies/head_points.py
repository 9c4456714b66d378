"""The head's points, from where a head is and how it is turned."""

import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.motion import face

# From Human3.6M's nose to the top of the head, in lengths of CMU's bone `head`: 115 mm
# over 94 mm, the median of 16 subjects.
HEAD_LENGTH = 1.22
_NOSE_FORWARD = 0.4  # of half the distance from the thorax to the top of the head


def nose(thorax: np.ndarray, head: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Returns Human3.6M's "nose": half-way up the head and before it.

    Args:
        thorax: Base of the neck in mm, `[time, 3]`.
        head: Top of the head in mm, `[time, 3]`.
        forward: Unit vectors to the head's front, `[time, 3]`.
    """
    half = np.linalg.norm(head - thorax, axis=-1, keepdims=True) / 2
    return (thorax + head) / 2 + _NOSE_FORWARD * half * forward


def with_face(
    joints: np.ndarray, orientation: np.ndarray, head_length: float
) -> np.ndarray:
    """Returns the `coco17` keypoints of `h36m17` joints.

    Args:
        joints: Joint positions in mm, `[time, 17, 3]`.
        orientation: Columns that point to the head's front, left and top,
            `[time, 3, 3]`.
        head_length: From Human3.6M's nose to the top of the head, in mm.

    Returns:
        Positions in mm, `[time, 17, 3]`; the twelve points of the limbs are copied.
    """
    source = skeletons.get("h36m17")
    top = joints[:, source.index("head")]
    points = face.keypoints(top, orientation, head_length)
    for name in source.joints:
        points.setdefault(name, joints[:, source.index(name)])
    return np.stack([points[n] for n in skeletons.get("coco17").joints], axis=1)
