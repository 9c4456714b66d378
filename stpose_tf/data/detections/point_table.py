"""Tables of points in text: a row for each point, or a row for each frame.

Long: `frame, joint, x, y` and for a detector `confidence`, in 3D also `z`. Wide:
`frame`, then `left_knee_x, left_knee_y, ...`. Both may name a `person`. Columns are
separated by commas, semicolons or tabs and may come in any order; a number that is
left out is NaN.
"""

import csv
import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.detections import keypoint_orders

_LARGEST_BYTES = 1 << 30
_FRAME = ("frame", "frame_id", "frame_index", "frame_idx")
_PERSON = ("person", "person_id", "id", "track_id", "idx")
_JOINT = ("joint", "keypoint", "name", "joint_name", "landmark")
_NUMBERS: Mapping[str, str] = {
    "x": "x",
    "y": "y",
    "z": "z",
    "confidence": "confidence",
    "conf": "confidence",
    "c": "confidence",
    "score": "confidence",
    "likelihood": "confidence",
    "visibility": "confidence",
}
_NONE = ("", "nan", "null", "none", "na")
_LARGEST_FRAME = 10**8


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PointTable:
    """The points of a table.

    Attributes:
        joints: Their names, as `keypoint_orders.known_name` spells them.
        columns: Which numbers there are, of `x`, `y`, `z`, `confidence`.
        rows: For each person and frame the points, `[joints, columns]`, NaN where
            one is not given; in order of the person's first row.
    """

    joints: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Mapping[str | None, Mapping[int, np.ndarray]]


def read(path: Path) -> PointTable:
    """Returns the table of a file.

    Raises:
        InputError: If it cannot be read, its columns are not those of a table of
            points, or a row does not fit; names the line.
    """
    lines = _lines(path)
    header, rows = [column.strip() for column in lines[0]], lines[1:]
    plain = [keypoint_orders.known_name(column) for column in header]
    twice = sorted({column for column in plain if column and plain.count(column) > 1})
    if twice:
        raise _refusal(path, 1, "different columns", f"{', '.join(twice)[:80]} twice")
    frame = _place(plain, _FRAME)
    if frame is None:
        raise _refusal(path, 1, "a column frame", ", ".join(header)[:120])
    person = _place(plain, _PERSON)
    joint = _place(plain, _JOINT)
    if joint is None:
        return _wide(path, plain, rows, frame, person)
    return _long(path, plain, rows, frame, person, joint)


def _lines(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise errors.InputError(
                f"{path}: expected at most {_LARGEST_BYTES} bytes. Received: more"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise errors.InputError(
            f"{path}: expected a readable file. Received: {error.strerror or error}"
        ) from error
    except UnicodeDecodeError as error:
        raise errors.InputError(f"{path}: expected text. Received: {error}") from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=separator, strict=True))
    except csv.Error as error:
        raise errors.InputError(
            f"{path}: expected a table of text. Received: {error}"
        ) from error
    if len(rows) < 2:
        raise errors.InputError(
            f"{path}: expected a line of columns and lines of numbers. "
            f"Received: {len(rows)} lines"
        )
    return rows


def _place(columns: Sequence[str], names: Sequence[str]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _wide(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    frame: int,
    person: int | None,
) -> PointTable:
    places: dict[tuple[str, str], int] = {}
    for place, column in enumerate(header):
        match = re.fullmatch(r"(.+)_([a-z]+)", column)
        if match and match[2] in _NUMBERS and place not in (frame, person):
            joint = keypoint_orders.known_name(match[1])
            places[joint, _NUMBERS[match[2]]] = place
    joints = tuple(dict.fromkeys(joint for joint, _ in places))
    columns = _columns(path, {column for _, column in places}, header)
    incomplete = [j for j in joints if not {(j, "x"), (j, "y")} <= places.keys()]
    if not joints or incomplete:
        raise _refusal(
            path,
            1,
            "columns like left_knee_x and left_knee_y for each joint",
            f"none for {', '.join(incomplete)[:80] or 'any'}",
        )
    picks = [[places.get((j, column)) for column in columns] for j in joints]
    found: dict[str | None, dict[int, np.ndarray]] = {}
    for number, row in _full_rows(path, rows, len(header)):
        values = [[_number(path, number, row, at) for at in pick] for pick in picks]
        who, when = _whose(path, number, row, frame=frame, person=person)
        frames = found.setdefault(who, {})
        if when in frames:
            raise _refusal(path, number, "one row for each frame", f"{when} again")
        frames[when] = np.array(values)
    return PointTable(joints, columns, found)


def _long(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    frame: int,
    person: int | None,
    joint: int,
) -> PointTable:
    places = {
        _NUMBERS[column]: place
        for place, column in enumerate(header)
        if column in _NUMBERS and place not in (frame, person, joint)
    }
    columns = _columns(path, set(places), header)
    points: dict[tuple[str | None, int, str], list[float]] = {}
    for number, row in _full_rows(path, rows, len(header)):
        who, when = _whose(path, number, row, frame=frame, person=person)
        name = keypoint_orders.known_name(row[joint])
        if (who, when, name) in points:
            raise _refusal(
                path, number, "each joint once a frame", f"{name} again in {when}"
            )
        points[who, when, name] = [
            _number(path, number, row, places[column]) for column in columns
        ]
    joints = tuple(dict.fromkeys(name for _, _, name in points))
    index = {name: place for place, name in enumerate(joints)}
    found: dict[str | None, dict[int, np.ndarray]] = {}
    for (who, when, name), values in points.items():
        frames = found.setdefault(who, {})
        if when not in frames:
            frames[when] = np.full((len(joints), len(columns)), np.nan)
        frames[when][index[name]] = values
    return PointTable(joints, columns, found)


def _columns(path: Path, given: set[str], header: Sequence[str]) -> tuple[str, ...]:
    if not {"x", "y"} <= given:
        raise _refusal(path, 1, "columns x and y", ", ".join(header)[:120])
    return tuple(c for c in ("x", "y", "z", "confidence") if c in given)


def _full_rows(
    path: Path, rows: Sequence[Sequence[str]], count: int
) -> list[tuple[int, Sequence[str]]]:
    full = [
        (number, row) for number, row in enumerate(rows, 2) if any(map(str.strip, row))
    ]
    for number, row in full:
        if len(row) != count:
            raise _refusal(path, number, f"{count} columns", f"{len(row)}")
    return full


def _whose(
    path: Path, number: int, row: Sequence[str], *, frame: int, person: int | None
) -> tuple[str | None, int]:
    text = row[frame].strip()
    try:
        value = float(text)
        whole = int(value)
    except (ValueError, OverflowError):
        value, whole = 0.5, 0
    if value != whole or not 0 <= whole <= _LARGEST_FRAME:
        raise _refusal(path, number, "a frame number from 0", text[:40])
    return (None if person is None else row[person].strip()), whole


def _number(path: Path, number: int, row: Sequence[str], place: int | None) -> float:
    text = "" if place is None else row[place].strip()
    if text.lower() in _NONE:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise _refusal(path, number, "a number", text[:40]) from None


def _refusal(path: Path, line: int, expected: str, received: str) -> errors.InputError:
    return errors.InputError(
        f"{path}, line {line}: expected {expected}. Received: {received}"
    )
