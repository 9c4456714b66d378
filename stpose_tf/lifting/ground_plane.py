"""The floor under the feet, in the frame of a camera that stands still."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons

Array = npt.NDArray[np.float64]

FRAME = "ground x right y up z towards the camera, floor at y 0"
_ANKLE_HEIGHT = 80.0  # mm of the joint above the floor, standing
_STILL = 350.0  # mm/s: slower ankles stand
_STRAIGHT = 0.94  # cosine between shin, thigh and trunk of somebody who stands upright
_FEWEST_UPRIGHT = 0.3  # s
_TILT = 0.12  # rad that people's uprights are wrong by
_CAMERA_TILT = 0.2  # rad that cameras are not level by
_HEIGHT = 40.0  # mm that steps differ by
_STEP = 0.5  # s that one step takes
_ROUNDS = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """From the camera frame to one that stands on the floor.

    `X_ground = rotation X_camera + translation`; see `FRAME`. Its origin is below the
    camera.

    Attributes:
        rotation: `[3, 3]`.
        translation: In mm, `[3]`.
    """

    rotation: Array
    translation: Array

    def apply(self, points: npt.ArrayLike) -> Array:
        """Returns points `[..., 3]` of the camera frame in the ground's."""
        turned: Array = np.asarray(points, np.float64) @ self.rotation.T
        return turned + self.translation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """What a person tells of the floor.

    Attributes:
        ankles: Places of ankles that stand, camera frame, mm, `[steps, 3]`.
        uprights: Directions from the feet to the neck of somebody who stands straight,
            `[frames, 3]`.
        fps: Frames a second.
    """

    ankles: Array
    uprights: Array
    fps: float


def steps(
    positions: npt.ArrayLike, skeleton: skeletons.Skeleton, *, fps: float
) -> Steps:
    """Returns what one person's motion tells.

    Args:
        positions: Absolute, camera frame, mm, `[time, joints, 3]`, without gaps.
        skeleton: Order of the joints; has ankles, knees, hips and shoulders.
        fps: Frames a second.
    """
    positions = np.asarray(positions, np.float64)
    sides = ("left", "right")
    hips, knees, ankles, shoulders = (
        np.stack([positions[:, skeleton.index(f"{s}_{part}")] for s in sides], axis=1)
        for part in ("hip", "knee", "ankle", "shoulder")
    )
    trunk = _unit(shoulders.mean(axis=1) - hips.mean(axis=1))[:, np.newaxis]
    thighs, shins = _unit(hips - knees), _unit(knees - ankles)
    straight = ((thighs * shins).sum(-1) > _STRAIGHT) & (
        (thighs * trunk).sum(-1) > _STRAIGHT
    )
    upright = _unit(shoulders.mean(axis=1) - ankles.mean(axis=1))
    speed = np.zeros(ankles.shape[:2])
    if len(positions) > 1:
        speed = np.linalg.norm(np.gradient(ankles, axis=0), axis=-1) * fps
    return Steps(
        ankles=ankles[speed < _STILL].reshape(-1, 3),
        uprights=upright[straight.all(axis=1)],
        fps=fps,
    )


def fit(people: Sequence[Steps]) -> Ground | None:
    """Returns the floor that most steps stand on; None if there is no step.

    A plane through the ankles that stand, less the height of an ankle, whose upright
    may differ little from that of people who stand straight, or from the camera's
    where nobody does. Steps that are far from the others' plane count little.

    Args:
        people: Of each person or stretch what `steps` returned.
    """
    weights = np.concatenate(
        [np.full(len(one.ankles), 1.0 / (_STEP * one.fps)) for one in people] or [[]]
    )
    if not len(weights):
        return None
    ankles = np.concatenate([one.ankles for one in people])
    up, tilt = _upright(people)
    side = np.stack(_across(up))
    # Lifted feet stand still at the top of their way, too: only low ones carry.
    heights = ankles @ up
    slope, height = np.zeros(2), _lowest(heights, weights)
    spread = 4.0 * _HEIGHT
    for _ in range(_ROUNDS):
        off = heights + ankles @ side.T @ slope - height
        robust = weights / (1.0 + (off / spread) ** 2) ** 2
        design = np.concatenate([ankles @ side.T, -np.ones((len(ankles), 1))], axis=1)
        normal = (design * robust[:, np.newaxis]).T @ design / _HEIGHT**2
        normal[:2, :2] += np.eye(2) / tilt**2
        # The floor's height is free, but for what a bad fit would do with it.
        normal[2, 2] += 1e-9
        target = (design * (robust * -heights)[:, np.newaxis]).sum(0) / _HEIGHT**2
        target[2] += 1e-9 * height
        *slope_list, height = np.linalg.solve(normal, target)
        slope = np.array(slope_list)
        spread = max(0.7 * spread, _HEIGHT)
    normal_up = up + slope @ side
    length = np.linalg.norm(normal_up)
    rotation = _rotation(normal_up / length)
    floor = height / length - _ANKLE_HEIGHT
    return Ground(rotation=rotation, translation=np.array([0.0, -floor, 0.0]))


def _upright(people: Sequence[Steps]) -> tuple[Array, float]:
    """Returns where up is, and by how much that may be wrong in rad."""
    camera = np.array([0.0, -1.0, 0.0])
    seconds = sum(len(one.uprights) / one.fps for one in people)
    if seconds < _FEWEST_UPRIGHT:
        return camera, _CAMERA_TILT
    uprights = np.concatenate([one.uprights for one in people])
    up = _unit(uprights.mean(axis=0))
    for _ in range(_ROUNDS):  # the median direction: some lean
        off = np.linalg.norm(uprights - up, axis=-1)
        up = _unit((uprights / np.maximum(off, 0.01)[:, np.newaxis]).sum(axis=0))
    # Both are guesses; each counts by how good it is.
    both = up / _TILT**2 + camera / _CAMERA_TILT**2
    return _unit(both), (1.0 / (1.0 / _TILT**2 + 1.0 / _CAMERA_TILT**2)) ** 0.5


def _lowest(heights: Array, weights: Array) -> float:
    """Returns a height near the lower ones: of a quarter of the steps."""
    order = np.argsort(heights)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(heights[order][np.searchsorted(share, 0.25)])


def _rotation(up: Array) -> Array:
    """Returns the rotation to a frame whose y is up; the camera looks along its -z."""
    forward = np.array([0.0, 0.0, 1.0])
    if abs(up @ forward) > 0.99:  # the camera looks straight up or down
        forward = np.array([0.0, 1.0, 0.0])
    backward = -_unit(forward - (forward @ up) * up)
    return np.stack([np.cross(up, backward), up, backward])


def _across(up: Array) -> tuple[Array, Array]:
    first = _unit(np.cross(up, np.eye(3)[np.abs(up).argmin()]))
    return first, np.cross(up, first)


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    out: Array = vectors / np.maximum(length, 1e-9)
    return out
