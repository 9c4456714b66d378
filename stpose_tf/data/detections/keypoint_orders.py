"""Which skeleton a file's keypoints are, by their names or by their number."""

import dataclasses
import re
from collections.abc import Mapping, Sequence

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import skeletons

# OpenPose's 18 points, as AlphaPose writes them too: nose, neck, right arm, left arm,
# right leg, left leg, eyes, ears. The neck is left out.
_OPENPOSE_18_TO_COCO = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)
_BY_COUNT: Mapping[int, tuple[str, tuple[int, ...] | None]] = {
    13: ("penn13", None),
    16: ("mpii16", None),
    17: ("coco17", None),
    18: ("coco17", _OPENPOSE_18_TO_COCO),
    25: ("body25", None),
    26: ("halpe26", None),
    33: ("blazepose33", None),
    133: ("coco17", tuple(range(17))),  # COCO-WholeBody: body, feet, face, hands
    136: ("halpe26", tuple(range(26))),  # Halpe: body with feet, face, hands
}
_ALIASES = {
    "mouth_left": "left_mouth",
    "mouth_right": "right_mouth",
    "left_foot_index": "left_foot",
    "right_foot_index": "right_foot",
    "left_pinky_1": "left_pinky",
    "right_pinky_1": "right_pinky",
    "left_index_1": "left_index",
    "right_index_1": "right_index",
    "left_thumb_2": "left_thumb",
    "right_thumb_2": "right_thumb",
}
# Human3.6M's points as MMPose calls them; only where all of them are meant.
_MMPOSE_H36M = {
    "root": "hip",
    "right_foot": "right_ankle",
    "left_foot": "left_ankle",
    "neck_base": "nose",
}


@dataclasses.dataclass(frozen=True, slots=True)
class KeypointOrder:
    """How a file's keypoints become a skeleton's.

    Attributes:
        skeleton: Its name.
        given: How many keypoints the file has.
        picks: For each joint of the skeleton, the file's keypoint; None if the orders
            are the same.
    """

    skeleton: str
    given: int
    picks: tuple[int, ...] | None = None

    def pick(self, values: np.ndarray) -> np.ndarray:
        """Returns the skeleton's rows of `[keypoints, ...]`."""
        return values if self.picks is None else values[list(self.picks)]

    def pick_in_time(self, values: np.ndarray) -> np.ndarray:
        """Returns the skeleton's columns of `[time, keypoints, ...]`."""
        return values if self.picks is None else values[:, list(self.picks)]


def by_count(count: int, *, where: str, skeleton: str | None = None) -> KeypointOrder:
    """Returns the order of files that hold this many keypoints.

    Args:
        count: Keypoints in the file.
        where: The file, for the error.
        skeleton: The order that the user says it is.

    Raises:
        InputError: If no known order has as many, or not the named one.
    """
    if skeleton is not None:
        expected = skeletons.get(skeleton).num_joints
        if expected == count:
            return KeypointOrder(skeleton, count)
        usual = _BY_COUNT.get(count)
        if usual is not None and usual[0] == skeleton:
            return KeypointOrder(skeleton, count, usual[1])
        raise errors.InputError(
            f"{where}: expected the {expected} keypoints of {skeleton}. "
            f"Received: {count}"
        )
    if count not in _BY_COUNT:
        known = ", ".join(map(str, sorted(_BY_COUNT)))
        raise errors.InputError(
            f"{where}: expected a known number of keypoints ({known}), or names of "
            f"them, or a skeleton named by the user. Received: {count}"
        )
    name, picks = _BY_COUNT[count]
    return KeypointOrder(name, count, picks)


def by_names(
    names: Sequence[str], *, where: str, skeleton: str | None = None
) -> KeypointOrder:
    """Returns the order of keypoints that a file names.

    Of the known skeletons whose joints are all there, the one with the most.

    Args:
        names: In the file's order; upper and lower case, spaces and camel case do
            not matter.
        where: The file, for the error.
        skeleton: The wanted one.

    Raises:
        InputError: If a name appears twice, or no known skeleton is complete.
    """
    known = [known_name(name) for name in names]
    if "neck_base" in known and "root" in known:
        known = [_MMPOSE_H36M.get(name, name) for name in known]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise errors.InputError(
            f"{where}: expected each keypoint once. Received: {', '.join(twice)} twice"
        )
    candidates = (
        list(skeletons.KNOWN.values())
        if skeleton is None
        else [skeletons.get(skeleton)]
    )
    complete = [s for s in candidates if set(s.joints) <= set(known)]
    if not complete:
        closest = min(candidates, key=lambda s: len(set(s.joints) - set(known)))
        missing = [joint for joint in closest.joints if joint not in known]
        raise errors.InputError(
            f"{where}: expected the keypoints of a known skeleton. Received: "
            f"{', '.join(names)[:200]}; the closest is {closest.name}, which also has "
            f"{', '.join(missing)}"
        )
    best = max(complete, key=lambda s: s.num_joints)
    picks = tuple(known.index(joint) for joint in best.joints)
    same = picks == tuple(range(len(names)))
    return KeypointOrder(best.name, len(names), None if same else picks)


def known_name(name: str) -> str:
    """Returns `left_shoulder` for `LEFT_SHOULDER`, `leftShoulder`, `Left shoulder`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    plain = re.sub(r"[\s\-.]+", "_", spaced).lower()
    return _ALIASES.get(plain, plain)
