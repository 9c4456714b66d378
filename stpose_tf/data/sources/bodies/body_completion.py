"""From the joints of any known skeleton in 3D to `h36m17` and `coco17`.

What a skeleton lacks is put where it usually is: the spine, the nose and the top of the
head, and the face.
"""

import numpy as np

from stpose_tf import errors
from stpose_tf.data.sources.bodies import head_points
from stpose_tf.geometry import skeleton_maps, skeletons

_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_SPINE = 0.44  # of the way from the hips to the thorax, as in CMU's bodies
# The thorax to the top of the head, of a leg: in the middle of CMU's subjects.
_HEAD_HEIGHT = 0.29
# Human3.6M's nose to the top of the head, of the thorax to the top of the head.
_HEAD_LENGTH = 0.5
# Above the middle of the ears, of the distance between them.
_ABOVE_EARS = 128.0 / 152.0
# Skeletons whose "head" is no top of the head.
_NO_TOP = ("coco17", "blazepose33", "body25", "smpl24")
_COMPUTED_NOSE = (*_NO_TOP, "halpe26", "mpii16")  # theirs are other points
_LIMBS = tuple(
    f"{side}_{part}"
    for side in ("left", "right")
    for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
)


def leg_length(joints: np.ndarray, skeleton: str) -> float:
    """Returns the median length from hip over knee to ankle, in the joints' unit.

    Args:
        joints: `[time, joints, 3]`.
        skeleton: Name of their order.

    Raises:
        InputError: If the skeleton has no legs.
    """
    index = skeletons.get(skeleton).index
    lengths = []
    for side in ("left", "right"):
        hip, knee, ankle = (
            joints[:, index(f"{side}_{part}")] for part in ("hip", "knee", "ankle")
        )
        upper = np.linalg.norm(knee - hip, axis=-1)
        lengths.append(upper + np.linalg.norm(ankle - knee, axis=-1))
    return float(np.median(lengths))


def complete(joints: np.ndarray, skeleton: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns `h36m17` joints and `coco17` keypoints.

    Args:
        joints: In mm, z up, `[time, joints, 3]`.
        skeleton: Name of their order.

    Returns:
        Two arrays in mm, `[time, 17, 3]`.

    Raises:
        InputError: If a joint can neither be mapped nor estimated; names it.
    """
    linear_map = skeleton_maps.linear_map(skeleton, "h36m17")
    names = skeletons.get("h36m17").joints
    mapped = skeleton_maps.apply(joints, linear_map)
    places = {
        name: mapped[:, row] for row, name in enumerate(names) if linear_map.valid[row]
    }
    missing = [name for name in _LIMBS if name not in places]
    if missing:
        raise errors.InputError(
            f"skeleton: expected one with {', '.join(missing)}. Received: {skeleton}"
        )
    left, right = places["left_hip"], places["right_hip"]
    places.setdefault("hip", (left + right) / 2.0)
    across = places["left_shoulder"] - places["right_shoulder"]
    middle = (places["left_shoulder"] + places["right_shoulder"]) / 2.0
    thorax = places.setdefault("thorax", middle)
    places.setdefault("spine", places["hip"] + _SPINE * (thorax - places["hip"]))
    face = _face(joints, skeleton)
    if skeleton in _NO_TOP:
        bottom = places.pop("head")
        leg = leg_length(joints, skeleton)
        places["head"] = _top(thorax, bottom, across, face, leg)
    if "head" not in places:
        raise errors.InputError(
            f"skeleton: expected one with a head. Received: {skeleton}"
        )
    top = places["head"] - thorax
    orientation = like_chest(top, across) if face is None else _facing(face)
    if skeleton in _COMPUTED_NOSE or "nose" not in places:
        places["nose"] = head_points.nose(thorax, places["head"], orientation[..., 0])
    stacked = np.stack([places[name] for name in names], axis=1)
    height = float(np.median(np.linalg.norm(top, axis=-1)))
    keypoints = head_points.with_face(stacked, orientation, _HEAD_LENGTH * height)
    if face is not None:
        order = skeletons.get("coco17")
        for name in _FACE:
            keypoints[:, order.index(name)] = face[name]
    return stacked, keypoints


def like_chest(top: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Returns columns to the front, left and top of a head that faces like the chest.

    Args:
        top: To the top of the head, `[time, 3]`.
        left: From the right to the left shoulder, `[time, 3]`.

    Returns:
        `[time, 3, 3]`.
    """
    top = unit(top)
    left = unit(left - np.sum(left * top, axis=-1, keepdims=True) * top)
    return np.stack([np.cross(left, top), left, top], axis=-1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Returns vectors of length 1, `[..., 3]`; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)


def _face(joints: np.ndarray, skeleton: str) -> dict[str, np.ndarray] | None:
    """Returns the skeleton's own nose, eyes and ears, if it has all of them."""
    order = skeletons.get(skeleton)
    if not set(_FACE) <= set(order.joints):
        return None
    return {name: joints[:, order.index(name)] for name in _FACE}


def _facing(face: dict[str, np.ndarray]) -> np.ndarray:
    """Returns columns to the front, left and top of the head that has this face."""
    left = unit(face["left_ear"] - face["right_ear"])
    ears = (face["left_ear"] + face["right_ear"]) / 2.0
    eyes = (face["left_eye"] + face["right_eye"]) / 2.0
    front = eyes - ears  # level in a head that is held upright, but for 16 mm of 86
    front = unit(front - np.sum(front * left, axis=-1, keepdims=True) * left)
    top = np.cross(front, left)
    # The eyes lie 16 mm above the ears' line, 86 mm before it.
    tilt = np.arctan2(16.0, 86.0)
    level = np.cos(tilt) * front - np.sin(tilt) * top
    return np.stack([level, left, np.cross(level, left)], axis=-1)


def _top(
    thorax: np.ndarray,
    bottom: np.ndarray,
    across: np.ndarray,
    face: dict[str, np.ndarray] | None,
    leg: float,
) -> np.ndarray:
    """Returns the top of a head, from its face or from where its bottom is."""
    if face is not None:
        ears = (face["left_ear"] + face["right_ear"]) / 2.0
        width = np.median(np.linalg.norm(face["left_ear"] - face["right_ear"], axis=-1))
        return ears + _ABOVE_EARS * width * _facing(face)[..., 2]
    orientation = like_chest(bottom - thorax, across)
    return thorax + _HEAD_HEIGHT * leg * orientation[..., 2]
