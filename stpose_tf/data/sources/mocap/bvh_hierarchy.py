"""The joints of a .bvh file, and the numbers of its motion."""

import dataclasses
import decimal
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors

POSITIONS = ("xposition", "yposition", "zposition")
ROTATIONS = ("xrotation", "yrotation", "zrotation")
_LARGEST_BYTES = 1 << 29
_MOST_JOINTS = 2000
_LONGEST = 80  # characters of the file in a message
_HEAD = re.compile(r"^\s*Frames\s*:\s*(\S+)\s*$", re.IGNORECASE)
_TIME = re.compile(r"^\s*Frame\s+Time\s*:\s*(\S+)\s*$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class BvhJoint:
    """A joint, or the end of a bone.

    Attributes:
        name: As written; empty for an End Site.
        parent: Its place among the joints; -1 for a root.
        offset: From its parent, in file units, `[3]`.
        channels: What a row of the motion holds for it, in lower case, in order.
        column: Where in a row they begin.
    """

    name: str
    parent: int
    offset: np.ndarray
    channels: tuple[str, ...]
    column: int


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class BvhFile:
    """The content of a .bvh file.

    Attributes:
        path: The file.
        joints: Parents before their children.
        rows: Lengths in file units and angles in degrees, `[frames, channels]`.
        fps: Frames a second.
    """

    path: Path
    joints: tuple[BvhJoint, ...]
    rows: np.ndarray
    fps: float


def read(path: Path) -> BvhFile:
    """Returns the content of a file.

    Raises:
        InputError: If it is missing, cut off, or no BVH; names the line.
    """
    lines = _lines(path)
    end = next((n for n, line in enumerate(lines) if line.strip() == "MOTION"), None)
    if end is None:
        raise _refusal(path, None, "a line MOTION", "none: another or a cut off file")
    joints = _joints(path, lines[:end])
    frames, fps, begin = _head(path, lines, end + 1)
    count = sum(len(joint.channels) for joint in joints)
    rows = _rows(path, lines, begin, frames, count)
    return BvhFile(path, joints, rows, fps)


def _lines(path: Path) -> list[str]:
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise _refusal(path, None, f"at most {_LARGEST_BYTES} bytes", f"{size}")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        received = error.strerror or "none"
        raise _refusal(path, None, "a readable file", received) from error
    return text.removeprefix("\ufeff").splitlines()


def _tokens(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yields line numbers with braces and statements, each by itself."""
    for number, line in enumerate(lines, 1):
        for part in re.split(r"([{}])", line):
            if part.strip():
                yield number, part.strip()


def _joints(path: Path, lines: list[str]) -> tuple[BvhJoint, ...]:
    tokens = list(_tokens(lines))
    if not tokens or tokens[0][1].upper() != "HIERARCHY":
        received = tokens[0][1][:_LONGEST] if tokens else "nothing"
        raise _refusal(path, 1, "HIERARCHY", received)
    joints: list[BvhJoint] = []
    open_joints: list[int] = []
    expecting: str | None = None  # the brace that opens a block, or its OFFSET
    column = 0
    for number, text in tokens[1:]:
        word, _, rest = text.replace("\t", " ").partition(" ")
        word, rest = word.upper(), rest.strip()
        if expecting == "{" and text != "{":
            raise _refusal(path, number, "{", text[:_LONGEST])
        if text == "{":
            if expecting != "{":
                raise _refusal(path, number, "a joint before {", "none")
            expecting = "OFFSET"
        elif text == "}":
            if not open_joints or expecting == "OFFSET":
                raise _refusal(path, number, expecting or "no more }", "}")
            open_joints.pop()
        elif word in ("ROOT", "JOINT", "END"):
            if expecting or (word == "ROOT") == bool(open_joints):
                raise _refusal(path, number, expecting or "ROOT first", text[:_LONGEST])
            parent = open_joints[-1] if open_joints else -1
            name = "" if word == "END" else rest
            open_joints.append(len(joints))
            joints.append(BvhJoint(name, parent, np.zeros(3), (), column))
            expecting = "{"
        elif word == "OFFSET" and open_joints:
            offset = np.array(_numbers(path, number, rest, 3))
            place = open_joints[-1]
            joints[place] = dataclasses.replace(joints[place], offset=offset)
            expecting = None
        elif word == "CHANNELS" and open_joints and joints[open_joints[-1]].name:
            channels = _channels(path, number, rest)
            place = open_joints[-1]
            joints[place] = dataclasses.replace(
                joints[place], channels=channels, column=column
            )
            column += len(channels)
        else:
            raise _refusal(
                path, number, "JOINT, End Site, OFFSET or CHANNELS", text[:_LONGEST]
            )
        if len(joints) > _MOST_JOINTS:
            raise _refusal(path, number, f"at most {_MOST_JOINTS} joints", "more")
    if open_joints or expecting:
        raise _refusal(path, len(lines), "} for each {", "MOTION")
    if not column:
        raise _refusal(path, None, "joints with channels", "none")
    return tuple(joints)


def _channels(path: Path, number: int, text: str) -> tuple[str, ...]:
    count, *names = text.split() or [""]
    channels = tuple(name.lower() for name in names)
    known = (*POSITIONS, *ROTATIONS)
    unknown = [name for name in channels if name not in known]
    if count != str(len(channels)) or unknown or len(set(channels)) < len(channels):
        expected = "a number, and as many different channels like Xrotation"
        raise _refusal(path, number, expected, text[:_LONGEST])
    return channels


def _head(path: Path, lines: list[str], begin: int) -> tuple[int, float, int]:
    """Returns the number of frames, their rate, and where the rows begin."""
    filled = [n for n in range(begin, min(begin + 50, len(lines))) if lines[n].strip()]
    if len(filled) < 2:
        raise _refusal(path, begin, "Frames: and Frame Time:", "the file's end")
    frames = _HEAD.match(lines[filled[0]])
    if frames is None or not frames[1].isdecimal() or len(frames[1]) > 9:
        raise _refusal(
            path, filled[0] + 1, "Frames: and a number", lines[filled[0]][:_LONGEST]
        )
    seconds = _TIME.match(lines[filled[1]])
    fps = None if seconds is None else _fps(seconds[1])
    if fps is None:
        raise _refusal(
            path,
            filled[1] + 1,
            "Frame Time: and positive seconds",
            lines[filled[1]][:_LONGEST],
        )
    return int(frames[1]), fps, filled[1] + 1


def _fps(text: str) -> float | None:
    """Returns the rate: the whole number that the digits of the time allow, if any."""
    try:
        seconds = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    if not seconds.is_finite() or not 1e-5 < seconds < 100:
        return None
    exponent = seconds.as_tuple().exponent
    assert isinstance(exponent, int)
    rounding = 0.5 * 10.0**exponent
    fps = 1.0 / float(seconds)
    whole = round(fps)
    if whole > 0 and abs(1.0 / whole - float(seconds)) <= rounding * (1.0 + 1e-9):
        return float(whole)
    return fps


def _rows(
    path: Path, lines: list[str], begin: int, frames: int, count: int
) -> np.ndarray:
    words = " ".join(lines[begin:]).split()
    if not frames or len(words) != frames * count:
        raise _refusal(
            path,
            None,
            f"{frames} frames of {count} numbers",
            f"{len(words) / count:.4g} frames",
        )
    try:
        values = np.array(words, np.float64)
    except ValueError as error:
        raise _refusal(path, None, "numbers in the frames", f"{error}"[:120]) from error
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0])
        raise _refusal(
            path, None, f"finite numbers in frame {place // count}", words[place][:20]
        )
    return values.reshape(frames, count)


def _numbers(path: Path, number: int, text: str, count: int) -> list[float]:
    try:
        values = [float(word) for word in text.split()]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise _refusal(path, number, f"{count} finite numbers", text[:_LONGEST])
    return values


def _refusal(
    path: Path, line: int | None, expected: str, received: str
) -> errors.InputError:
    where = f"{path}" if line is None else f"{path}, line {line}"
    return errors.InputError(f"{where}: expected {expected}. Received: {received}")
