"""JSON files of others, read with limits, and their fields with clear errors."""

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors

LARGEST_BYTES = 1 << 29  # parsed, a document takes some ten times as much memory
_LARGEST_PX = 1 << 16
_DEEPEST = 8  # lists in lists


def read(path: Path) -> Any:
    """Returns the content of a JSON file.

    Raises:
        InputError: If it cannot be read, is too large or is no JSON.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise errors.InputError(
                f"{path}: expected at most {LARGEST_BYTES} bytes. Received: {size}"
            )
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise errors.InputError(
            f"{path}: expected a readable file. Received: {error.strerror or error}"
        ) from error
    except RecursionError as error:
        raise errors.InputError(
            f"{path}: expected a flat JSON document. Received: one nested too deeply"
        ) from error
    except errors.InputError:
        raise
    except ValueError as error:
        raise errors.InputError(
            f"{path}: expected JSON. Received: {str(error)[:120]}"
        ) from error


def members(value: Any, *, where: str) -> Sequence[Any]:
    """Returns a list.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(value, list):
        raise errors.InputError(f"{where}: expected a list. Received: {_shown(value)}")
    return value


def mapping(value: Any, *, where: str) -> Mapping[str, Any]:
    """Returns an object.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(value, dict):
        raise errors.InputError(
            f"{where}: expected an object. Received: {_shown(value)}"
        )
    return value


def field(document: Mapping[str, Any], name: str, *, where: str) -> Any:
    """Returns a field that must be there.

    Raises:
        InputError: If it is not.
    """
    if name not in document:
        keys = ", ".join(map(str, document))[:120] or "none"
        raise errors.InputError(f"{where}: expected {name!r}. Received: {keys}")
    return document[name]


def integer(value: Any, *, where: str) -> int:
    """Returns a whole number, also one written as 3.0 or "3".

    Raises:
        InputError: If it is none.
    """
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise errors.InputError(
            f"{where}: expected a whole number. Received: {_shown(value)}"
        )
    if not math.isfinite(value) or value != int(value):
        raise errors.InputError(f"{where}: expected a whole number. Received: {value}")
    return int(value)


def numbers(value: Any, *, where: str) -> np.ndarray:
    """Returns nested lists of numbers as an array; null is NaN.

    Raises:
        InputError: If there is anything else inside, or the lists differ in length.
    """
    _check_numbers(value, where=where)
    try:
        return np.array(value, np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise errors.InputError(
            f"{where}: expected lists of numbers of one length. "
            f"Received: {_shown(value)}"
        ) from error


def triples(value: Any, *, where: str) -> np.ndarray:
    """Returns x, y and confidence, `[keypoints, 3]`, of a flat list.

    Raises:
        InputError: If it is no flat list of numbers of a length divisible by 3.
    """
    flat = numbers(members(value, where=where), where=where)
    if flat.ndim != 1 or not flat.size or flat.size % 3:
        raise errors.InputError(
            f"{where}: expected x, y and confidence of each keypoint. "
            f"Received: numbers of shape {list(flat.shape)}"
        )
    return flat.reshape(-1, 3)


def box(
    value: Any, *, where: str, corners: bool
) -> tuple[float, float, float, float] | None:
    """Returns left, top, right and bottom; None if there is no box.

    Args:
        value: Four numbers, perhaps nested once, perhaps with a score behind.
        where: For the error.
        corners: Whether the last two are the other corner, else width and height.

    Raises:
        InputError: If it is something else.
    """
    if value is None or value == []:
        return None
    flat = numbers(value, where=where).reshape(-1)
    if flat.size not in (4, 5):
        raise errors.InputError(
            f"{where}: expected four numbers. Received: {_shown(value)}"
        )
    left, top, third, fourth = map(float, flat[:4])
    if corners:
        return left, top, third, fourth
    return left, top, left + third, top + fourth


def image_size(width: Any, height: Any, *, where: str) -> tuple[int, int]:
    """Returns width and height in px.

    Raises:
        InputError: If one is no positive whole number of a sensible size.
    """
    size = integer(width, where=where), integer(height, where=where)
    if not all(0 < side <= _LARGEST_PX for side in size):
        raise errors.InputError(
            f"{where}: expected a width and a height in px. Received: {size}"
        )
    return size


def _check_numbers(value: Any, *, where: str, depth: int = 0) -> None:
    if isinstance(value, list) and depth < _DEEPEST:
        for member in value:
            _check_numbers(member, where=where, depth=depth + 1)
    elif value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float)
    ):
        raise errors.InputError(f"{where}: expected numbers. Received: {_shown(value)}")


def _shown(value: Any) -> str:
    return reprlib.repr(value)[:80]
