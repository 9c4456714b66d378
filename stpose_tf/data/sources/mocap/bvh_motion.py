"""Where the joints of a .bvh file are, and how they are turned.

A joint's rotation is the product of its channels' rotations in the order in which the
file lists them, for column vectors: `R = R_first R_second R_third`. It stands at its
parent plus the parent's rotation times its offset.
"""

from collections.abc import Iterable

import numpy as np

from stpose_tf.data.sources.mocap import bvh_hierarchy
from stpose_tf.data.sources.mocap.bvh_hierarchy import BvhFile, BvhJoint


def world(
    file: BvhFile, rows: np.ndarray, wanted: Iterable[int]
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Returns positions and rotations of some joints.

    Args:
        file: The joints.
        rows: Some of the file's rows, `[frames, channels]`.
        wanted: The joints' places among the file's.

    Returns:
        By the joint's place: positions in file units, `[frames, 3]`, and rotations to
        the world, `[frames, 3, 3]`.
    """
    needed: set[int] = set()
    wanted = set(wanted)
    for place in wanted:
        while place >= 0:
            needed.add(place)
            place = file.joints[place].parent
    positions: dict[int, np.ndarray] = {}
    turns: dict[int, np.ndarray] = {}
    for place in sorted(needed):
        joint = file.joints[place]
        shift = _shift(joint, rows)
        turn = _rotation(joint, rows)
        if joint.parent < 0:
            positions[place], turns[place] = shift, turn
            continue
        parent = turns[joint.parent]
        positions[place] = positions[joint.parent] + np.einsum(
            "tij,tj->ti", parent, shift
        )
        turns[place] = parent @ turn
    return (
        {place: positions[place] for place in wanted},
        {place: turns[place] for place in wanted},
    )


def rest(file: BvhFile, wanted: Iterable[int]) -> dict[int, np.ndarray]:
    """Returns where joints are with all channels at zero, from the root, `[3]`."""
    found = {}
    for place in wanted:
        position = np.zeros(3)
        at = place
        while file.joints[at].parent >= 0:
            position = position + file.joints[at].offset
            at = file.joints[at].parent
        found[place] = position
    return found


def _shift(joint: BvhJoint, rows: np.ndarray) -> np.ndarray:
    """Returns where the joint is in its parent's frame, `[frames, 3]`.

    Positions of a joint that are near its offset replace it, as many programs write
    them; others are added to it.
    """
    values = np.zeros((len(rows), 3))
    given = False
    for number, channel in enumerate(joint.channels):
        if channel in bvh_hierarchy.POSITIONS:
            axis = bvh_hierarchy.POSITIONS.index(channel)
            values[:, axis] = rows[:, joint.column + number]
            given = True
    if given and joint.parent >= 0:
        apart = np.median(np.linalg.norm(values - joint.offset, axis=-1))
        if apart < np.median(np.linalg.norm(values, axis=-1)):
            return values
    return values + joint.offset


def _rotation(joint: BvhJoint, rows: np.ndarray) -> np.ndarray:
    turn = np.broadcast_to(np.eye(3), (len(rows), 3, 3))
    for number, channel in enumerate(joint.channels):
        if channel in bvh_hierarchy.ROTATIONS:
            axis = bvh_hierarchy.ROTATIONS.index(channel)
            angles = np.radians(rows[:, joint.column + number])
            turn = turn @ _about(axis, angles)
    return turn


def _about(axis: int, angles: np.ndarray) -> np.ndarray:
    """Returns right-handed rotations about a coordinate axis, `[frames, 3, 3]`."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = np.zeros((len(angles), 3, 3))
    turn[:, axis, axis] = 1.0
    turn[:, first, first] = turn[:, second, second] = np.cos(angles)
    turn[:, second, first] = np.sin(angles)
    turn[:, first, second] = -turn[:, second, first]
    return turn
