"""Where a 2D network has to look for a person whose keypoints a data set gives."""

import numpy as np

from stpose_tf.data.clip import View
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork

# Of a body over its keypoints: these lack hair, hands and feet.
_BODY = 1.15
_SMALLEST = 16.0  # px
_HIPS = ("left_hip", "right_hip")
_SHOULDERS = ("left_shoulder", "right_shoulder")


def crops(view: View, skeleton: str, network: HeatmapNetwork) -> np.ndarray:
    """Returns the crop that a network sees a person in, frame by frame.

    Upright crops of a network that wants none turned; else squares around the circle
    about the middle of the hips that holds the body, turned as the trunk is. Without
    hips or shoulders it is the middle of the keypoints, upright.

    Args:
        view: Its keypoints of confidence 0 that are not labelled are absent.
        skeleton: Their order.
        network: Says how large its crops are and whether they turn with the people.

    Returns:
        Center x, center y, side in px and roll in rad, `[time, 4]`; NaN in frames
        without keypoints.
    """
    there = (view.confidence > 0.0) | view.labelled
    places = np.where(there[..., np.newaxis], view.keypoints, np.nan)
    places = places.astype(np.float64)
    found = np.full((len(places), 4), np.nan)
    filled = there.any(axis=1)
    places, there = places[filled], there[filled]
    low, high = np.nanmin(places, axis=1), np.nanmax(places, axis=1)
    center, roll = (low + high) / 2.0, np.zeros(len(places))
    if network.upright:
        hips, shoulders = (
            _middle(places, skeleton, names) for names in (_HIPS, _SHOULDERS)
        )
        up = shoulders - hips
        turned = np.isfinite(up).all(axis=1) & (np.abs(up).sum(axis=1) > 0.0)
        center[turned] = hips[turned]
        roll[turned] = np.arctan2(up[turned, 0], -up[turned, 1])
        away = np.linalg.norm(places - center[:, np.newaxis], axis=-1)
        size = 2.0 * np.nanmax(away, axis=1)
    else:
        height, width = network.input_size
        size = ((high - low) / [width / height, 1.0]).max(axis=1)
    side = np.maximum(network.margin * _BODY * size, _SMALLEST)
    found[filled] = np.column_stack([center, side, roll])
    return found


def _middle(places: np.ndarray, skeleton: str, names: tuple[str, str]) -> np.ndarray:
    """Returns the point between two joints, NaN where one is absent, `[time, 2]`."""
    joints = skeletons.get(skeleton).joints
    if not set(names) <= set(joints):
        return np.full((len(places), 2), np.nan)
    left, right = (places[:, joints.index(name)] for name in names)
    middle: np.ndarray = (left + right) / 2.0
    return middle
