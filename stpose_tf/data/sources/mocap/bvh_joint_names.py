"""Which joint of a .bvh file is which part of the body, by the names in use.

Known are, with any prefix and any way of writing left and right, the names of
MotionBuilder, Mixamo and CMU's BVH (LeftUpLeg, LeftLeg, LeftFoot, LeftArm,
LeftForeArm, LeftHand), 3ds Max (L Thigh, L Calf, L UpperArm), Poser and DAZ (lThigh,
lShin, lShldr), Unreal (thigh_l, calf_l), Blender (shin.L, upper_arm.L), SMPL (L_Hip,
L_Knee), ASF (lfemur, ltibia, lhumerus, lradius) and their likes.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence

from stpose_tf import errors
from stpose_tf.data.sources.mocap.bvh_hierarchy import BvhFile

# The first of a part's names that a file has is taken.
_LIMBS: Mapping[str, tuple[str, ...]] = {
    "hip": ("upleg", "upperleg", "thigh", "femur", "legupper", "thighbend", "hip"),
    "knee": ("lowleg", "lowerleg", "shin", "calf", "tibia", "leglower", "knee", "leg"),
    "ankle": ("ankle", "foot", "feet"),
    "shoulder": (
        "uparm",
        "upperarm",
        "uarm",
        "humerus",
        "shldr",
        "shldrbend",
        "armupper",
        "arm",
        "shoulder",
    ),
    "elbow": (
        "lowarm",
        "lowerarm",
        "forearm",
        "forearmbend",
        "farm",
        "radius",
        "armlower",
        "elbow",
    ),
    "wrist": ("wrist", "hand"),
}
_HEAD = ("head", "skull")
_NECK = ("neck", "lowerneck", "necklower", "neck0", "neck1", "neck01")
_UPPER_NECK = ("neck1", "upperneck", "neckupper")
_HEAD_TOP = ("headtop", "headtopend", "headend", "headnub", "topofhead", "headsite")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_NO_PART = ("c", "j", "bip", "def", "jnt", "joint", "bone", "mixamorig", "skel", "b")
_PREFIX = re.compile(r"(?:bip|character|skeleton)\d*[\s_.\-]+", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
NAMEABLE = (
    *(f"{side}_{part}" for side in ("left", "right") for part in _LIMBS),
    "head",
    "neck",
    "head_top",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BvhBody:
    """The places of a body's parts among a file's joints.

    Attributes:
        limbs: Those of `left_hip`, `right_wrist` and so on, all twelve.
        head: Of the joint that turns the head.
        head_top: Of the end of the head, if the file has one.
        neck: Of the joint at the base of the neck, if it has one.
        upper_neck: Of CMU's second joint of the neck.
        spine: Of the joints from the pelvis to the neck, from below.
        toes: Of what hangs on the two ankles, if anything does.
    """

    limbs: Mapping[str, int]
    head: int
    head_top: int | None
    neck: int | None
    upper_neck: int | None
    spine: tuple[int, ...]
    toes: tuple[tuple[int, int], ...]

    @property
    def all(self) -> set[int]:
        """All the places."""
        others = (self.head, self.head_top, self.neck, self.upper_neck)
        toes = [place for pair in self.toes for place in pair]
        given = {place for place in others if place is not None}
        return {*self.limbs.values(), *self.spine, *toes, *given}


def match(file: BvhFile, names: Sequence[tuple[str, str]] = ()) -> BvhBody:
    """Returns which joint is which part.

    Args:
        file: The joints.
        names: Pairs of one of `NAMEABLE` and the name of the file's joint; they go
            before what is known here.

    Raises:
        InputError: If a part has no joint, lists those, or a named joint is not there.
    """
    given = _given(file, names)
    prefix = _shared_prefix(file)
    keys = [_key(joint.name, prefix) for joint in file.joints]
    found: dict[str, int] = {}
    for side in ("left", "right"):
        for part, aliases in _LIMBS.items():
            place = _first(keys, side, aliases)
            if place is not None:
                found[f"{side}_{part}"] = place
        # In names like LeftLeg, LeftKnee the leg is the thigh.
        knee, leg = found.get(f"{side}_knee"), _first(keys, side, ("leg",))
        if f"{side}_hip" not in found and leg is not None and leg != knee:
            found[f"{side}_hip"] = leg
    head = _first(keys, "", _HEAD)
    if head is not None:
        found["head"] = head
    found.update(given)
    missing = [
        name
        for name in NAMEABLE
        if name not in found and name not in ("neck", "head_top")
    ]
    if missing:
        held = ", ".join(joint.name for joint in file.joints if joint.name)
        raise errors.InputError(
            f"{file.path}: expected joints for {', '.join(missing)}, known by name or "
            f"named by the user. Received: {held[:600]}"
        )
    _check_order(file, found)
    head = found.pop("head")
    neck = found.pop("neck", None)
    top = found.pop("head_top", None)
    if neck is None:
        neck = next((p for p in _path(file, head) if keys[p] in _keyed(_NECK)), None)
    pelvis = _shared(file, found["left_hip"], found["right_hip"])
    chest = neck
    if chest is None:
        chest = _shared(file, found["left_shoulder"], found["right_shoulder"])
    above = _path(file, chest)
    upper = [p for p in _path(file, head) if keys[p] in _keyed(_UPPER_NECK)]
    return BvhBody(
        limbs=found,
        head=head,
        head_top=_head_top(file, keys, head) if top is None else top,
        neck=neck,
        upper_neck=next((p for p in upper if p != neck), None),
        spine=tuple(above[above.index(pelvis) + 1 :]) if pelvis in above else (),
        toes=_toes(file, found),
    )


def _keyed(aliases: Sequence[str]) -> set[tuple[str, str]]:
    return {("", alias) for alias in aliases}


def _given(file: BvhFile, names: Sequence[tuple[str, str]]) -> dict[str, int]:
    own = [joint.name for joint in file.joints]
    found = {}
    for part, name in names:
        if part not in NAMEABLE:
            raise errors.InputError(
                f"joint names: expected parts among {', '.join(NAMEABLE)}. "
                f"Received: {part}"
            )
        if own.count(name) != 1 or not name:
            raise errors.InputError(
                f"{file.path}: expected one joint {name!r} for {part}. "
                f"Received: {own.count(name)}"
            )
        found[part] = own.index(name)
    return found


def _key(name: str, prefix: str) -> tuple[str, str]:
    """Returns the side, or nothing, and the part in lower case without separators."""
    plain = name.removeprefix(prefix).rpartition(":")[2]
    words = _WORDS.findall(_PREFIX.sub("", plain, count=1))
    side = ""
    part = []
    for word in words:
        low = word.lower()
        if not side and low in _SIDES:
            side = _SIDES[low]
        elif not side and re.fullmatch("[LR][A-Z]", word):  # LUArm, RFArm
            side = _SIDES[low[0]]
            part.append(low[1])
        elif low not in _NO_PART:
            part.append(low)
    text = "".join(part)
    if not side and text[:1] in "lr" and _is_limb(text[1:]):
        side, text = _SIDES[text[0]], text[1:]
    return side, text


def _is_limb(text: str) -> bool:
    return any(text in aliases for aliases in _LIMBS.values())


def _shared_prefix(file: BvhFile) -> str:
    """Returns what all names but the root's begin with, up to a separator."""
    names = [joint.name for joint in file.joints if joint.name and joint.parent >= 0]
    if len(names) < 3:
        return ""
    low, high = min(names), max(names)
    same = 0
    while same < min(len(low), len(high)) and low[same] == high[same]:
        same += 1
    match = re.match(r".*[\s_.\-]", low[:same])
    return match[0] if match else ""


def _first(
    keys: Sequence[tuple[str, str]], side: str, aliases: Sequence[str]
) -> int | None:
    return next((keys.index((side, a)) for a in aliases if (side, a) in keys), None)


def _path(file: BvhFile, place: int) -> list[int]:
    """Returns the joints from the root to this one."""
    found = []
    while place >= 0:
        found.append(place)
        place = file.joints[place].parent
    return found[::-1]


def _shared(file: BvhFile, first: int, second: int) -> int:
    """Returns the lowest joint above both."""
    others = set(_path(file, second))
    return max((p for p in _path(file, first) if p in others), default=0)


def _check_order(file: BvhFile, found: Mapping[str, int]) -> None:
    """Refuses limbs whose joints do not hang on one another."""
    for side in ("left", "right"):
        for chain in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            names = [f"{side}_{part}" for part in chain]
            places = [found[name] for name in names]
            path = _path(file, places[-1])
            if not (
                places[0] in path and places[1] in path and places == sorted(places)
            ):
                held = ", ".join(file.joints[place].name for place in places)
                raise errors.InputError(
                    f"{file.path}: expected {', '.join(names)} one below the other. "
                    f"Received: {held}"
                )


def _head_top(file: BvhFile, keys: Sequence[tuple[str, str]], head: int) -> int | None:
    children = [p for p, joint in enumerate(file.joints) if joint.parent == head]
    named = [place for place in children if keys[place] in _keyed(_HEAD_TOP)]
    if named:
        return named[0]
    ends = [place for place in children if not file.joints[place].name]
    return ends[0] if len(ends) == 1 else None


def _toes(file: BvhFile, found: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """Returns (ankle, what hangs on it) pairs."""
    pairs = []
    for side in ("left", "right"):
        ankle = found[f"{side}_ankle"]
        toe = next((p for p, j in enumerate(file.joints) if j.parent == ankle), None)
        if toe is not None:
            pairs.append((ankle, toe))
    return tuple(pairs)
