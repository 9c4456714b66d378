"""Heat maps in an .npy file or an .npz entry, read a few frames at a time.

Nothing of the array but the frames asked for is in memory, however long it is.
"""

import contextlib
import dataclasses
import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy_format

from stpose_tf import errors

LAYOUTS = ("tkhw", "thwk")
_LARGEST_MAP = 2048  # px of a side
_MOST_KEYPOINTS = 200
_MOST_FRAMES = 10**7
_AT_ONCE = 64  # frames
_DAMAGE = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapStream:
    """An array of heat maps that is still in its file.

    Attributes:
        path: The file.
        key: The .npz file's entry; None for an .npy file.
        layout: One of `LAYOUTS`: time, keypoints, height and width.
        shape: As in the file.
        dtype: The numbers' type.
    """

    path: Path
    key: str | None
    layout: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.shape[0]

    @property
    def keypoints(self) -> int:
        """Number of keypoints."""
        return self.shape[1] if self.layout == "tkhw" else self.shape[3]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        shape = self.shape[2:] if self.layout == "tkhw" else self.shape[1:3]
        return shape[0], shape[1]

    def parts(self, step: int = 1) -> Iterator[np.ndarray]:
        """Yields every `step`-th frame, `[time, height, width, keypoints]`, float32.

        Raises:
            InputError: If the file is cut off, damaged, or a value is not finite.
        """
        dtype = np.dtype(self.dtype)
        size = math.prod(self.shape[1:]) * dtype.itemsize
        first = 0
        with _opened(self.path, self.key) as file:
            _header(file)
            while first < self.frames:
                count = min(_AT_ONCE, self.frames - first)
                content = file.read(count * size)
                if len(content) != count * size:
                    raise _refusal(
                        self.path, f"{self.frames} frames", f"the end after {first}"
                    )
                maps = np.frombuffer(content, dtype).reshape(count, *self.shape[1:])
                skipped = -first % step
                first += count
                maps = maps[skipped::step]
                if not len(maps):
                    continue
                if self.layout == "tkhw":
                    maps = maps.transpose(0, 2, 3, 1)
                yield self._checked(maps.astype(np.float32), first - count)

    def _checked(self, maps: np.ndarray, first: int) -> np.ndarray:
        if not np.isfinite(maps).all():
            raise _refusal(
                self.path,
                "finite heat maps",
                f"{maps[~np.isfinite(maps)][0]} in the frames from {first}",
            )
        return maps


def find(path: Path, key: str | None, layout: str) -> HeatmapStream:
    """Returns the array, of which only the header was read.

    Args:
        path: The file.
        key: The .npz file's entry; None for an .npy file.
        layout: One of `LAYOUTS`.

    Raises:
        InputError: If the file or the entry is missing, no array of four axes, or not
            of a sensible size.
    """
    if layout not in LAYOUTS:
        raise _refusal(path, f"a layout, {' or '.join(LAYOUTS)}", layout or "none")
    with _opened(path, key) as file:
        shape, dtype = _header(file)
        begin = file.tell()
        left = _left(path, key, begin)
    if len(shape) != 4 or not math.prod(shape):
        raise _refusal(path, "heat maps of four axes", f"the shape {list(shape)}")
    if dtype.kind not in "fu" or dtype.itemsize > 8:
        raise _refusal(path, "floats or unsigned integers", f"{dtype}")
    stream = HeatmapStream(
        path=path, key=key, layout=layout, shape=shape, dtype=dtype.str
    )
    height, width = stream.size
    if not (min(height, width) >= 5 and max(height, width) <= _LARGEST_MAP):
        raise _refusal(
            path,
            f"maps of 5 to {_LARGEST_MAP} px in the layout {layout}",
            f"{height} x {width}",
        )
    if stream.keypoints > _MOST_KEYPOINTS or stream.frames > _MOST_FRAMES:
        raise _refusal(
            path,
            f"at most {_MOST_KEYPOINTS} keypoints in the layout {layout}",
            f"{stream.keypoints} in {stream.frames} frames",
        )
    if left != math.prod(shape) * dtype.itemsize:
        raise _refusal(
            path, f"{math.prod(shape) * dtype.itemsize} bytes of numbers", f"{left}"
        )
    return stream


@contextlib.contextmanager
def _opened(path: Path, key: str | None) -> Iterator[IO[bytes]]:
    """Opens the array's bytes, and tells of damage while they are read."""
    try:
        if key is None:
            with path.open("rb") as plain:
                yield plain
            return
        with zipfile.ZipFile(path) as archive:
            if f"{key}.npy" not in archive.namelist():
                held = ", ".join(archive.namelist())[:120]
                raise _refusal(path, f"the array {key}", held or "none")
            with archive.open(f"{key}.npy") as entry:
                yield entry
    except errors.InputError:
        raise
    except _DAMAGE as error:
        received = f"{type(error).__name__}: {error}"[:120].replace("\n", " ")
        raise _refusal(path, "a whole array of heat maps", received) from error


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    version = npy_format.read_magic(file)
    read = npy_format.read_array_header_1_0
    if version != (1, 0):
        read = npy_format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("Python objects")
    if fortran and len(shape) > 1:
        raise ValueError("an array in Fortran's order")
    return shape, dtype


def _left(path: Path, key: str | None, begin: int) -> int:
    if key is None:
        return path.stat().st_size - begin
    with zipfile.ZipFile(path) as archive:
        return archive.getinfo(f"{key}.npy").file_size - begin


def _refusal(path: Path, expected: str, received: str) -> errors.InputError:
    return errors.InputError(f"{path}: expected {expected}. Received: {received}")
