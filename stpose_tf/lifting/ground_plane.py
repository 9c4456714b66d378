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
_STRAIGHT = 0.9  # cosine between shin, thigh and trunk of somebody who stands upright
_FEWEST_UPRIGHT = 0.3  # s
_TILT = 0.12  # rad that people's uprights are wrong by
_CAMERA_TILT = 0.2  # rad that cameras are not level by
_DEPTH = 0.06  # share of their depth that steps are wrong by
_STEP = 0.5  # s that one step takes
_LEAST_HEIGHT = 100.0  # mm between the camera and the ankles
_ROUNDS = 30


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
    # One leg is enough: the other is carried while somebody walks.
    straight = ((thighs * shins).sum(-1) > _STRAIGHT) & (
        (thighs * trunk).sum(-1) > _STRAIGHT
    )
    upright = _unit(shoulders.mean(axis=1) - ankles.mean(axis=1))
    speed = np.zeros(ankles.shape[:2])
    if len(positions) > 1:
        speed = np.linalg.norm(np.gradient(ankles, axis=0), axis=-1) * fps
    return Steps(
        ankles=ankles[speed < _STILL].reshape(-1, 3),
        uprights=upright[straight.any(axis=1)],
        fps=fps,
    )


def fit(people: Sequence[Steps]) -> Ground | None:
    """Returns the floor that most steps stand on; None if there is no step.

    Where a step is in the image is known well, how far away it is is not. So a plane is
    sought whose depth along the steps' rays is theirs: with p = z u on the plane
    m' p = 1 that is 1 / z = m' u, of which only the left side is uncertain (a plane
    through noisy points would tilt until it held the camera). Its upright may differ
    little from that of people who stand straight and from the camera's. Steps that are
    far from the others' plane count little.

    Args:
        people: Of each person or stretch what `steps` returned.
    """
    standing = [one for one in people if len(one.ankles)]
    if not standing:
        return None
    ankles = np.concatenate([one.ankles for one in standing])
    weights = np.concatenate(
        [np.full(len(one.ankles), 1.0 / (_STEP * one.fps)) for one in standing]
    )
    up, tilt = _upright(people)
    axes = np.stack([-up, *_across(up)])
    points = ankles @ axes.T  # how far below the camera, and across
    height = _lowest(points[:, 0], weights)
    plane = np.array([1.0 / height, 0.0, 0.0])
    spread = 0.4
    for _ in range(_ROUNDS):
        off = points @ plane - 1.0
        robust = weights / (1.0 + (off / spread) ** 2) ** 2
        normal = (points * robust[:, np.newaxis]).T @ points / _DEPTH**2
        slope_trust = 1.0 / (tilt * plane[0]) ** 2
        normal[[1, 2], [1, 2]] += slope_trust
        plane = np.linalg.solve(normal, (points.T @ robust) / _DEPTH**2)
        spread = max(0.8 * spread, 2.0 * _DEPTH)
    down = plane @ axes
    length = np.linalg.norm(down) * np.sign(plane[0])
    rotation = _rotation(-down / length)
    camera_height = 1.0 / length + _ANKLE_HEIGHT
    return Ground(rotation=rotation, translation=np.array([0.0, camera_height, 0.0]))


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


def _lowest(depths: Array, weights: Array) -> float:
    """Returns how far below the camera the lower quarter of the steps begins, not 0."""
    order = np.argsort(-depths)
    share = np.cumsum(weights[order]) / weights.sum()
    found = float(depths[order][np.searchsorted(share, 0.25)])
    return float(np.copysign(max(abs(found), _LEAST_HEIGHT), found))


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
