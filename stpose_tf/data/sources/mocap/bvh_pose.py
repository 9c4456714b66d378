"""From the joints of a .bvh file to `h36m17` and `coco17`.

Of the spine `h36m17` knows one joint, which is put where CMU's lower back ends: 0.44 of
the way from the hips to the thorax along the file's spine.
"""

import dataclasses

import numpy as np

from stpose_tf import errors
from stpose_tf.data.sources.bodies import body_completion, head_points, world_axes
from stpose_tf.data.sources.mocap import bvh_motion
from stpose_tf.data.sources.mocap.bvh_hierarchy import BvhFile
from stpose_tf.data.sources.mocap.bvh_joint_names import BvhBody
from stpose_tf.geometry import skeletons

_SPINE = 0.44  # of the way; 0.43 to 0.45 in 13 of CMU's subjects
# Human3.6M's nose to the top of the head, of the thorax to the top of the head: 0.49 to
# 0.53 in 13 of CMU's subjects.
_HEAD_LENGTH = 0.5
# The thorax to the top of the head, of a leg: 0.29 in the middle of CMU's subjects.
_HEAD_HEIGHT = 0.29
_LEAST_HEAD = 0.08  # of a leg; a shorter end of the head is none
# Millimetres in the units in use: mm, cm, inches, CMU's own, m.
_UNITS = (1.0, 10.0, 25.4, 25.4 / 0.45, 1000.0)
_LEGS = (520.0, 1200.0)  # mm from the hip to the ankle, of a grown-up
_USUAL_LEG = 820.0
_STANDING = 0.9  # least cosine with the vertical at rest
_UPRIGHT = 0.5  # least mean cosine with the vertical in motion
_AHEAD = -0.3  # least mean cosine of the toes with the front
AXES = ("auto", "y", "z")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class BvhPose:
    """A motion in a z-up world, in mm.

    Attributes:
        joints: `h36m17`, `[time, 17, 3]`.
        keypoints: `coco17`, `[time, 17, 3]`.
    """

    joints: np.ndarray
    keypoints: np.ndarray


def pose(
    file: BvhFile, body: BvhBody, rows: np.ndarray, *, scale: float | None, up: str
) -> BvhPose:
    """Returns the poses of some rows.

    Args:
        file: The joints.
        body: Which of them is which.
        rows: Some of the file's rows, `[frames, channels]`.
        scale: Millimetres in a unit of the file; None takes the unit in use that gives
            the legs a human length.
        up: The axis that points up, `y` or `z`; `auto` finds it.

    Raises:
        InputError: If no unit gives human legs, or the toes point backwards: left and
            right are exchanged.
    """
    places, turns = bvh_motion.world(file, rows, body.all)
    resting = bvh_motion.rest(file, body.all)
    leg = _leg(body, places)
    scale = _scale(file, leg) if scale is None else scale
    if up == "auto":
        up = _up(body, places, resting)
    points = {place: _z_up(p * scale, up) for place, p in places.items()}
    flat = {place: _z_up(p * scale, up) for place, p in resting.items()}
    limbs = {name: points[place] for name, place in body.limbs.items()}
    _check_toes(file, body, points, limbs)
    joints = dict(limbs)
    joints["hip"] = (limbs["left_hip"] + limbs["right_hip"]) / 2.0
    joints["thorax"] = _thorax(body, points, limbs)
    spine = [joints["hip"], *(points[p] for p in body.spine), joints["thorax"]]
    joints["spine"] = _along(spine, _SPINE)
    head_turn = _z_up_rotation(turns[body.head], up)
    orientation = head_turn @ _front_at_rest(body, flat, joints, points, head_turn)
    joints["head"] = _head_top(
        body, points, joints["thorax"], orientation[..., 2], leg * scale
    )
    joints["nose"] = head_points.nose(
        joints["thorax"], joints["head"], orientation[..., 0]
    )
    stacked = np.stack([joints[n] for n in skeletons.get("h36m17").joints], axis=1)
    height = np.median(np.linalg.norm(joints["head"] - joints["thorax"], axis=-1))
    keypoints = head_points.with_face(
        stacked, orientation, _HEAD_LENGTH * float(height)
    )
    return BvhPose(stacked, keypoints)


def _leg(body: BvhBody, places: dict[int, np.ndarray]) -> float:
    lengths = []
    for side in ("left", "right"):
        hip, knee, ankle = (
            places[body.limbs[f"{side}_{part}"]] for part in ("hip", "knee", "ankle")
        )
        lengths.append(_length(knee - hip) + _length(ankle - knee))
    return sum(lengths) / 2.0


def _length(vectors: np.ndarray) -> float:
    return float(np.median(np.linalg.norm(vectors, axis=-1)))


def _scale(file: BvhFile, leg: float) -> float:
    lengths = [unit * leg for unit in _UNITS]
    best = min(lengths, key=lambda length: abs(np.log(max(length, 1e-9) / _USUAL_LEG)))
    if not _LEGS[0] <= best <= _LEGS[1]:
        raise errors.InputError(
            f"{file.path}: expected legs of a human length in mm, cm, inches, CMU's "
            "units or m, or millimetres in a unit from the user. "
            f"Received: {leg:.4g} from hip to ankle"
        )
    return _UNITS[lengths.index(best)]


def _up(
    body: BvhBody, places: dict[int, np.ndarray], resting: dict[int, np.ndarray]
) -> str:
    """Returns the axis that points up: that of the body at rest or in motion.

    In doubt it is y, as the format has it.
    """
    low = [body.limbs["left_hip"], body.limbs["right_hip"]]
    trunk = places[body.head] - np.mean([places[place] for place in low], axis=0)
    moving = body_completion.unit(trunk).mean(axis=0)
    still = body_completion.unit(
        resting[body.head] - np.mean([resting[p] for p in low], axis=0)
    )
    if still[1] > _STANDING or moving[1] > _UPRIGHT:
        return "y"
    return "z" if still[2] > _STANDING or moving[2] > _UPRIGHT else "y"


def _z_up(points: np.ndarray, up: str) -> np.ndarray:
    return world_axes.z_up(points) if up == "y" else points


def _z_up_rotation(turns: np.ndarray, up: str) -> np.ndarray:
    """Returns rotations of the z-up world: C R C^-1."""
    if up != "y":
        return turns
    change = world_axes.z_up(np.eye(3)).T
    return change @ turns @ change.T


def _thorax(
    body: BvhBody, points: dict[int, np.ndarray], limbs: dict[str, np.ndarray]
) -> np.ndarray:
    """Returns the base of the neck, level with the shoulders."""
    if body.neck is None:
        return (limbs["left_shoulder"] + limbs["right_shoulder"]) / 2.0
    neck = points[body.neck]
    if body.upper_neck is None:
        return neck
    # CMU's body has two bones in the neck; see `cmu`.
    return (neck + points[body.upper_neck]) / 2.0


def _along(points: list[np.ndarray], share: float) -> np.ndarray:
    """Returns the point at this share of a line's length, `[time, 3]`."""
    line = np.stack(points, axis=1)  # [time, points, 3]
    lengths = np.linalg.norm(np.diff(line, axis=1), axis=-1)
    ends = np.cumsum(lengths, axis=1)
    wanted = share * ends[:, -1:]
    piece = np.argmax(ends >= wanted - 1e-9, axis=1)
    frames = np.arange(len(line))
    before = ends[frames, piece] - lengths[frames, piece]
    part = (wanted[:, 0] - before) / np.maximum(lengths[frames, piece], 1e-9)
    begin, end = line[frames, piece], line[frames, piece + 1]
    return begin + part[:, np.newaxis] * (end - begin)


def _front_at_rest(
    body: BvhBody,
    flat: dict[int, np.ndarray],
    joints: dict[str, np.ndarray],
    points: dict[int, np.ndarray],
    head_turn: np.ndarray,
) -> np.ndarray:
    """Returns the head's front, left and top in its own frame, columns `[3, 3]`.

    A file whose joints stand upright at rest has its head straight there. In others
    the head is taken to face, on the average of the clip, like the chest.
    """
    sides = [flat[body.limbs[f"{side}_shoulder"]] for side in ("left", "right")]
    hips = np.mean([flat[body.limbs[f"{s}_hip"]] for s in ("left", "right")], axis=0)
    feet = np.mean([flat[body.limbs[f"{s}_ankle"]] for s in ("left", "right")], axis=0)
    left = body_completion.unit((sides[0] - sides[1]) * [1.0, 1.0, 0.0])
    stands = (
        body_completion.unit(flat[body.head] - hips)[2] > _STANDING
        and body_completion.unit(hips - feet)[2] > _STANDING
        and abs(body_completion.unit(sides[0] - sides[1])[2]) < 1.0 - _STANDING
    )
    if stands:
        top = np.array([0.0, 0.0, 1.0])
        return np.stack([np.cross(left, top), left, top], axis=-1)
    top = points[body.head] - joints["thorax"]
    if _length(top) < 1e-6:
        top = joints["thorax"] - joints["hip"]
    across = joints["left_shoulder"] - joints["right_shoulder"]
    chest = body_completion.like_chest(top, across)
    mean = np.einsum("tji,tjk->ik", head_turn, chest)
    u, _, v = np.linalg.svd(mean)
    return u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v


def _head_top(
    body: BvhBody,
    points: dict[int, np.ndarray],
    thorax: np.ndarray,
    top: np.ndarray,
    leg: float,
) -> np.ndarray:
    """Returns the top of the head: the end of its bone, or where it usually is."""
    head = points[body.head]
    if body.head_top is not None:
        end = points[body.head_top]
        if _length(end - head) > _LEAST_HEAD * leg:
            return end
    missing = _HEAD_HEIGHT * leg - _length(head - thorax)
    return head + max(missing, _LEAST_HEAD * leg) * top


def _check_toes(
    file: BvhFile,
    body: BvhBody,
    points: dict[int, np.ndarray],
    limbs: dict[str, np.ndarray],
) -> None:
    """Refuses a mirrored body, whose toes point backwards."""
    left = limbs["left_hip"] - limbs["right_hip"]
    trunk = (
        limbs["left_shoulder"]
        + limbs["right_shoulder"]
        - limbs["left_hip"]
        - limbs["right_hip"]
    )
    front = body_completion.unit(np.cross(left, trunk))
    cosines = [
        np.sum(
            body_completion.unit(points[toe] - points[ankle]) * front, axis=-1
        ).mean()
        for ankle, toe in body.toes
        if _length(points[toe] - points[ankle]) > 1e-6
    ]
    if cosines and max(cosines) < _AHEAD:
        raise errors.InputError(
            f"{file.path}: expected toes that point to the body's front. Received: "
            "the other way: left and right are exchanged, or the world is left-handed"
        )
