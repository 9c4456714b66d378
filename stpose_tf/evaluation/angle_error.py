"""The "mean angle error" of human motion forecasting, in NumPy float64.

Jain et al. 2016 as Martinez et al. 2017 computed it: exponential maps of joint
rotations become Euler angles, and a frame's error is the root of the sum of all
squared differences, in rad: neither a mean nor an angle, in spite of its name.

Positions do not tell how a limb is twisted about itself. Angles of 3D joints are
therefore those of `bone_rotations`, of predictions and truths alike.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.geometry import skeletons

Array = npt.NDArray[np.float64]

FPS = 25.0  # every second frame of the recordings
SEEN, PREDICTED = 50, 25  # frames
HORIZONS_MS = (80, 160, 320, 560, 1000)
WINDOWS = 8  # of each action
EXPMAP_COLUMNS = 99
_SEED = 1234567890
_FIRST, _ROOM = 16, 150  # first possible start; frames that must follow
_GLOBAL = 6  # columns of the whole body's place and rotation
_LEAST_STDDEV = 1e-4


def window_starts(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Returns the eight windows of one action: (which recording, first frame).

    Drawn as the published numbers' windows were: a generator seeded anew for each
    action, the two recordings in turn.

    Args:
        lengths: Frames of the two recordings at 25 fps.

    Raises:
        InputError: If there are not two, or one is too short.
    """
    if len(lengths) != 2 or min(lengths) <= _FIRST + _ROOM:
        raise errors.InputError(
            f"Forecasting windows: expected two recordings of more than "
            f"{_FIRST + _ROOM} frames at {FPS:g} fps. Received: {list(lengths)}"
        )
    # The legacy generator on purpose: its numbers are the protocol.
    random = np.random.RandomState(_SEED)
    return [
        (number % 2, int(random.randint(_FIRST, lengths[number % 2] - _ROOM)))
        for number in range(WINDOWS)
    ]


def from_expmaps(predictions: Array, truths: Array) -> Array:
    """Returns the error of each frame in rad, `[time]`.

    Args:
        predictions: A row of the data set's text files each, `[time, 99]`: place of
            the body, its rotation and 31 joints', exponential maps in rad.
        truths: Likewise.

    Raises:
        InputError: If they have another shape.
    """
    predictions, truths = np.asarray(predictions), np.asarray(truths)
    for rows in (predictions, truths):
        if rows.ndim != 2 or rows.shape[1] != EXPMAP_COLUMNS:
            raise errors.InputError(
                f"Angle error: expected rows of {EXPMAP_COLUMNS} numbers. "
                f"Received: {list(rows.shape)}"
            )
    return from_rotations(
        expmap_to_rotation(predictions[:, _GLOBAL:].reshape(len(predictions), -1, 3)),
        expmap_to_rotation(truths[:, _GLOBAL:].reshape(len(truths), -1, 3)),
    )


def from_positions(
    predictions: Array, truths: Array, *, skeleton: skeletons.Skeleton
) -> Array:
    """Returns the error of each frame in rad, `[time]`.

    Departs from the paper: it does not say how joints became angles; these are of
    `bone_rotations`, so that the numbers do not compare with the published ones.

    Args:
        predictions: Joint positions, `[time, joints, 3]`.
        truths: Joint positions, `[time, joints, 3]`.
        skeleton: Order of the joints.
    """
    return from_rotations(
        bone_rotations(predictions, skeleton), bone_rotations(truths, skeleton)
    )


def from_rotations(predictions: Array, truths: Array) -> Array:
    """Returns the error of each frame in rad, `[time]`.

    Angles whose truth does not change over the window are left out.

    Args:
        predictions: Local rotations, `[time, joints, 3, 3]`.
        truths: Local rotations, `[time, joints, 3, 3]`.
    """
    true_angles = rotation_to_euler(truths).reshape(len(truths), -1)
    angles = rotation_to_euler(predictions).reshape(len(predictions), -1)
    moving = true_angles.std(axis=0) > _LEAST_STDDEV
    difference = (true_angles - angles)[:, moving]
    return np.asarray(np.sqrt((difference**2).sum(axis=1)))


def expmap_to_rotation(expmaps: npt.ArrayLike) -> Array:
    """Returns Rodrigues' rotations, `[..., 3, 3]`, of exponential maps `[..., 3]`."""
    expmaps = np.asarray(expmaps, np.float64)
    angles = np.linalg.norm(expmaps, axis=-1)[..., np.newaxis, np.newaxis]
    axes = expmaps / np.maximum(angles[..., 0], np.finfo(np.float64).eps)
    cross = _cross_matrix(axes)
    return np.asarray(
        np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * (cross @ cross)
    )


def rotation_to_euler(rotations: npt.ArrayLike) -> Array:
    """Returns (E1, E2, E3) in rad, `[..., 3]`: `R = Rx(-E1) Ry(-E2) Rz(-E3)`.

    Args:
        rotations: `[..., 3, 3]`.
    """
    R = np.asarray(rotations, np.float64)
    sine = np.clip(R[..., 0, 2], -1.0, 1.0)
    second = -np.arcsin(sine)
    first = np.arctan2(R[..., 1, 2], R[..., 2, 2])
    third = np.arctan2(R[..., 0, 1], R[..., 0, 0])
    locked = np.abs(sine) >= 1.0
    turn = np.arctan2(R[..., 0, 1], R[..., 0, 2])
    return np.stack(
        [
            np.where(locked, turn, first),
            np.where(locked, -np.sign(sine) * np.pi / 2, second),
            np.where(locked, 0.0, third),
        ],
        axis=-1,
    )


def bone_rotations(poses: npt.ArrayLike, skeleton: skeletons.Skeleton) -> Array:
    """Returns how each bone is turned against its parent, `[..., bones, 3, 3]`.

    The root's frame lies in the hips: x from the right to the left hip, z in their
    plane with the spine. Every other rotation is the smallest one that takes the
    bone from where the skeleton at rest has it to where it is, both seen from its
    parent's frame: without any twist about the bone.

    Args:
        poses: Joint positions, any unit and frame, `[..., joints, 3]`.
        skeleton: Order of the joints; only `h36m17` has a pose at rest.

    Raises:
        InputError: If it is another skeleton.
    """
    if skeleton.name != "h36m17":
        raise errors.InputError(
            f"Angles of joints: expected the skeleton h36m17. Received: {skeleton.name}"
        )
    poses = np.asarray(poses, np.float64)
    root = _root_frame(poses, skeleton)
    frames = {skeleton.root_index: root}
    found = []
    for parent, child in skeleton.bones:  # parents come before their children
        direction = _unit(poses[..., child, :] - poses[..., parent, :])
        seen = np.einsum("...ij,...i->...j", frames[parent], direction)
        rest = np.array(_AT_REST[skeleton.joints[child]], np.float64)
        local = _smallest_rotation(np.broadcast_to(rest, seen.shape), seen)
        frames[child] = frames[parent] @ local
        found.append(local)
    return np.stack(found, axis=-3)


# A standing body with hanging arms: x to its left, y to its back, z up.
_AT_REST = {
    "right_hip": (-1, 0, 0),
    "right_knee": (0, 0, -1),
    "right_ankle": (0, 0, -1),
    "left_hip": (1, 0, 0),
    "left_knee": (0, 0, -1),
    "left_ankle": (0, 0, -1),
    "spine": (0, 0, 1),
    "thorax": (0, 0, 1),
    "nose": (0, 0, 1),
    "head": (0, 0, 1),
    "left_shoulder": (1, 0, 0),
    "left_elbow": (0, 0, -1),
    "left_wrist": (0, 0, -1),
    "right_shoulder": (-1, 0, 0),
    "right_elbow": (0, 0, -1),
    "right_wrist": (0, 0, -1),
}


def _root_frame(poses: Array, skeleton: skeletons.Skeleton) -> Array:
    """Returns the axes of the hips as columns, `[..., 3, 3]`."""
    left, right, spine = (
        poses[..., skeleton.index(name), :]
        for name in ("left_hip", "right_hip", "spine")
    )
    across = _unit(left - right)
    up = spine - poses[..., skeleton.root_index, :]
    up = _unit(up - (up * across).sum(axis=-1, keepdims=True) * across)
    return np.stack([across, np.cross(up, across), up], axis=-1)


def _smallest_rotation(start: Array, end: Array) -> Array:
    """Returns the rotations that take unit vectors `[..., 3]` to others."""
    axis = np.cross(start, end)
    cosine = (start * end).sum(axis=-1)[..., np.newaxis, np.newaxis]
    cross = _cross_matrix(axis)
    turned = np.eye(3) + cross + cross @ cross / np.maximum(1 + cosine, 1e-12)
    # Opposite vectors: half a turn about any axis across them, the same for all.
    aside = _unit(np.cross(start, np.roll(start, 1, axis=-1)))
    half = 2 * aside[..., :, np.newaxis] * aside[..., np.newaxis, :] - np.eye(3)
    return np.where(cosine < -1 + 1e-9, half, turned)


def _cross_matrix(vectors: Array) -> Array:
    """Returns K with `K v = vectors x v`, `[..., 3, 3]`."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
