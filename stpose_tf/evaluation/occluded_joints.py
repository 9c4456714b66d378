"""Which output joints an occlusion of input keypoints leaves unseen."""

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeleton_maps

Mask = npt.NDArray[np.bool_]


def support(input_skeleton: str, output_skeleton: str) -> Mask:
    """Returns which keypoints show each joint, `[joints, keypoints]`.

    A keypoint shows a joint if the map between the two skeletons uses it. A joint
    that the map cannot give has no keypoint.
    """
    linear_map = skeleton_maps.linear_map(input_skeleton, output_skeleton)
    used: Mask = np.asarray(linear_map.matrix) != 0
    return used & np.asarray(linear_map.valid)[:, np.newaxis]


def from_keypoints(hidden: Mask, support: Mask) -> Mask:
    """Returns which joints are hidden: those of which every keypoint is.

    The middle of two hips is still seen when one of them is. A joint without
    keypoints is never counted as hidden, because it was never shown.

    Args:
        hidden: Hidden keypoints, `[..., keypoints]`.
        support: What `support` returned, `[joints, keypoints]`.

    Returns:
        `[..., joints]`.
    """
    seen = (~hidden).astype(np.int64) @ support.T.astype(np.int64)
    return (seen == 0) & support.any(axis=1)
