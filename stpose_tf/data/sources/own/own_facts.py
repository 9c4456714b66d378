"""What is said of your own 3D joints: their order, unit, axes and rate."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from stpose_tf import errors
from stpose_tf.data.sources.bodies import body_completion, world_axes
from stpose_tf.geometry import skeletons

UNITS: Mapping[str, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}
UPS = ("z", "y", "-y")
HANDS = ("right", "left")
_LEGS = (350.0, 1300.0)  # mm from hip to ankle, children and giants too
_USUAL_LEG = 820.0
_UPRIGHT = 0.5  # least mean cosine of the trunk with the vertical


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """What the user says of the files; it goes before what they say themselves.

    Attributes:
        skeleton: The order of the joints.
        unit: One of `UNITS`.
        up: One of `UPS`, the direction in the file that points up.
        handedness: One of `HANDS`, the world's.
        fps: Frames a second.
    """

    skeleton: str | None = None
    unit: str | None = None
    up: str | None = None
    handedness: str | None = None
    fps: float | None = None

    def __post_init__(self) -> None:
        if self.skeleton is not None:
            skeletons.get(self.skeleton)
        for name, value, known in (
            ("unit", self.unit, tuple(UNITS)),
            ("up", self.up, UPS),
            ("handedness", self.handedness, HANDS),
        ):
            if value is not None and value not in known:
                raise errors.InputError(
                    f"{name}: expected one of {', '.join(known)}. Received: {value}"
                )
        if self.fps is not None and not 0.0 < self.fps < float("inf"):
            raise errors.InputError(
                f"fps: expected a positive number. Received: {self.fps}"
            )


def joined(facts: OwnFacts, said: dict[str, str], where: str) -> OwnFacts:
    """Returns the user's facts, and where there are none the file's.

    Args:
        facts: The user's.
        said: The file's, by name.
        where: What to call the file in an error.

    Raises:
        InputError: If a fact of the file is unusable.
    """
    fps = facts.fps
    if fps is None and "fps" in said:
        try:
            fps = float(said["fps"])
        except ValueError:
            raise errors.InputError(
                f"{where}: fps: expected a number. Received: {said['fps'][:40]}"
            ) from None
    return OwnFacts(
        skeleton=facts.skeleton or said.get("skeleton"),
        unit=facts.unit or said.get("unit"),
        up=facts.up or said.get("up"),
        handedness=facts.handedness or said.get("handedness"),
        fps=fps,
    )


def scale(joints: np.ndarray, skeleton: str, facts: OwnFacts, where: str) -> float:
    """Returns millimetres in a unit of the joints.

    Raises:
        InputError: If legs have no human length in it, or in any.
    """
    leg = body_completion.leg_length(joints, skeleton)
    units = UNITS if facts.unit is None else {facts.unit: UNITS[facts.unit]}
    lengths = {name: mm * leg for name, mm in units.items()}
    best = min(
        lengths, key=lambda name: abs(np.log(max(lengths[name], 1e-9) / _USUAL_LEG))
    )
    if not _LEGS[0] <= lengths[best] <= _LEGS[1]:
        raise errors.InputError(
            f"{where}: unit: expected legs of a human length in {', '.join(units)}. "
            f"Received: {leg:.4g} from hip to ankle"
        )
    return UNITS[best]


def upright(
    joints: np.ndarray, skeleton: str, facts: OwnFacts, where: str
) -> np.ndarray:
    """Returns the joints in a right-handed z-up world.

    Raises:
        InputError: If the direction up cannot be found, or people stand on their heads
            in the one that is said.
    """
    index = skeletons.get(skeleton).index
    hips = (joints[:, index("left_hip")] + joints[:, index("right_hip")]) / 2.0
    neck = joints[:, index("left_shoulder")] + joints[:, index("right_shoulder")]
    trunk = body_completion.unit(neck / 2.0 - hips).mean(axis=0)
    found = {"z": trunk[2], "y": trunk[1], "-y": -trunk[1]}
    up = facts.up or max(found, key=lambda name: found[name])
    if found[up] < (-_UPRIGHT if facts.up else _UPRIGHT):
        raise errors.InputError(
            f"{where}: up: expected people who mostly stand, or the direction up from "
            f"the user ({', '.join(UPS)}). Received: trunks along "
            f"{np.round(trunk, 2).tolist()}"
        )
    if facts.handedness == "left":
        joints = joints * [-1.0, 1.0, 1.0]
    if up == "-y":  # half a turn about x
        joints = joints * [1.0, -1.0, -1.0]
    return joints if up == "z" else world_axes.z_up(joints)
