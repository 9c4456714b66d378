"""Pose files in NASA's Common Data Format, whose size is known before they are read."""

import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors, extras
from stpose_tf.data.containers import cdf_structure, refusal

_VARIABLE = "Pose"
_LARGEST_FILE = 32 << 20  # bytes; the longest sequence has 2.4 MB
_LARGEST_COMPRESSED = 4 << 20
_LARGEST_INFLATED = 64 << 20
_PLAIN = bytes.fromhex("0000ffff")  # second word of a file that is not compressed
_GZIP = b"\x1f\x8b\x08"


def read_pose(path: Path, *, numbers: int) -> np.ndarray:
    """Returns the variable `Pose`, float64, `[time, numbers]`.

    Args:
        path: The file.
        numbers: Of each frame.

    Raises:
        InputError: If it is missing, damaged, too large or has another shape; or if
            `cdflib` is not installed.
    """
    _check(path)
    cdflib = extras.load("cdflib", extra="datasets", asker=str(path))
    try:
        pose = _variable(cdflib.CDF(str(path.resolve())), path)
    except errors.InputError:
        raise
    # A damaged file takes the library anywhere: it checks next to nothing.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise refusal.error(path, "a CDF file", reason) from error
    if pose.dtype.kind not in "fiu":
        raise refusal.error(path, f"numbers in {_VARIABLE}", pose.dtype)
    if pose.ndim == 3 and len(pose) == 1:
        pose = pose[0]
    if pose.ndim != 2 or pose.shape[1] != numbers or not len(pose):
        raise refusal.error(
            path, f"the shape [1, time, {numbers}] in {_VARIABLE}", list(pose.shape)
        )
    with np.errstate(invalid="ignore"):  # what is not finite is refused later
        return pose.astype(np.float64)


def _variable(file: Any, path: Path) -> np.ndarray:
    info = file.varinq(_VARIABLE)
    count = math.prod(int(size) for size in info.Dim_Sizes) * (int(info.Last_Rec) + 1)
    if not 0 < 8 * count <= _LARGEST_INFLATED:
        raise refusal.error(path, f"up to {_LARGEST_INFLATED // 8} numbers", count)
    return np.asarray(file.varget(_VARIABLE))


def _check(path: Path) -> None:
    """Refuses a cut file, and one that inflates to more than poses ever need."""
    if not path.is_file():
        raise refusal.error(path, "a CDF file", "no file")
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise refusal.error(path, f"at most {_LARGEST_FILE} bytes", size)
    content = path.read_bytes()
    if content[4:8] != _PLAIN and size > _LARGEST_COMPRESSED:
        raise refusal.error(
            path, f"at most {_LARGEST_COMPRESSED} compressed bytes", size
        )
    left = _LARGEST_INFLATED
    start = content.find(_GZIP)
    while start >= 0:
        try:
            part = memoryview(content)[start:]
            left -= len(zlib.decompressobj(31).decompress(part, left + 1))
        except zlib.error:
            pass  # these bytes were no compressed part after all
        if left < 0:
            raise refusal.error(path, f"at most {_LARGEST_INFLATED} bytes", "more")
        start = content.find(_GZIP, start + 1)
    try:
        cdf_structure.check(content)
    except ValueError as error:
        raise refusal.error(path, "a whole CDF file", error) from error
