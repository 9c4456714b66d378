"""Human3.6M's joints, sequences and their irregularities."""

import re

import numpy as np

from stpose_tf import errors

FPS = 50.0
# The official 32 joints have copies and ends of hands and feet; these are ours.
KEPT_JOINTS = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
NUM_JOINTS = 32
MM_PER_M = 1000.0
# One of its videos is broken; nobody uses the sequence.
BROKEN = frozenset({("S11", "Directions")})
# Their 3D drifts away from the images. In use by default, as in published numbers.
DAMAGED = frozenset({("S9", "Greeting"), ("S9", "SittingDown 1"), ("S9", "Waiting 1")})
# Subject 1's files have two actions' longer names.
_LONG_NAMES = {"TakingPhoto": "Photo", "WalkingDog": "WalkDog"}
_NAME = re.compile(r"[A-Za-z]+( \d+)?")


def is_named(sequence: str) -> bool:
    """Returns whether a sequence is one action; `_ALL` is all of them in one."""
    return _NAME.fullmatch(sequence) is not None


def canonical(sequence: str) -> str:
    """Returns `Photo 1` for `TakingPhoto 1`: the name that other subjects' have."""
    action, space, number = sequence.partition(" ")
    return f"{_LONG_NAMES.get(action, action)}{space}{number}"


def long_name(sequence: str) -> str:
    """Returns `TakingPhoto 1` for `Photo 1`, as subject 1's files are named."""
    action, space, number = sequence.partition(" ")
    names = {short: long for long, short in _LONG_NAMES.items()}
    return f"{names.get(action, action)}{space}{number}"


def action(sequence: str) -> str:
    """Returns the whole first word, for `Walking`, `WalkDog` are two actions."""
    return canonical(sequence).partition(" ")[0]


def is_left_out(subject: str, sequence: str, *, skip_damaged: bool) -> bool:
    """Returns whether the sequence is not to be converted.

    Args:
        subject: Such as `S9`.
        sequence: Its canonical name.
        skip_damaged: Leave out those whose 3D drifts away from the images too.
    """
    name = (subject, sequence)
    return name in BROKEN or (skip_damaged and name in DAMAGED)


def ours(positions: np.ndarray, *, where: str) -> np.ndarray:
    """Returns the 17 joints of `h36m17`, float64, `[time, 17, 3]`.

    Args:
        positions: The official joints, `[time, 32, 3]`.
        where: Names them in the error.

    Raises:
        InputError: If they have another shape.
    """
    if positions.ndim != 3 or positions.shape[1:] != (NUM_JOINTS, 3):
        raise errors.InputError(
            f"{where}: expected the shape [time, {NUM_JOINTS}, 3]. "
            f"Received: {list(positions.shape)}"
        )
    if not len(positions):
        raise errors.InputError(f"{where}: expected frames. Received: none")
    with np.errstate(invalid="ignore"):  # what is not finite is refused later
        return positions[:, KEPT_JOINTS].astype(np.float64)
