"""Variables of MATLAB files up to version 7, whose size is known before they are read.

Version 7.3 is another format, see `hdf5_file`.
"""

import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from stpose_tf import errors, extras
from stpose_tf.data.containers import matlab_structure, refusal

LARGEST = 1 << 30  # bytes after decompression; the longest of 3DHP has 0.4 GB
_HEADER = 128
_COMPRESSED = 15
_PIECE = 1 << 16  # bytes; no more than 64 MiB come out of them
_HDF5 = b"\x89HDF\r\n\x1a\n"
# What scipy raises on damaged files, besides its own MatReadError.
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OSError,
    EOFError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    zlib.error,
)


def read(
    path: Path, names: Sequence[str], *, largest_bytes: int = LARGEST
) -> dict[str, np.ndarray]:
    """Returns variables as scipy gives them: at least 2-D, cells as object arrays.

    Args:
        path: The file.
        names: The variables; no others are kept in memory.
        largest_bytes: Of all that the file holds, after decompression.

    Raises:
        InputError: If scipy is missing, or the file cannot be read, is of another
            format, is cut off, inflates to more than `largest_bytes`, or lacks one of
            the variables.
    """
    scipy_io = extras.load("scipy.io", extra="datasets", asker=str(path))
    try:
        with path.open("rb") as file:
            _check(path, file, frozenset(names), largest_bytes)
            file.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = scipy_io.loadmat(file, variable_names=list(names))
    except errors.InputError:
        raise
    except FileNotFoundError as error:
        raise refusal.error(path, "a MATLAB file", "no such file") from error
    except (*_DAMAGE, scipy_io.matlab.MatReadError) as error:
        received = f"{type(error).__name__}: {error}"
        raise refusal.error(path, "a whole MATLAB file", received) from error
    missing = [name for name in names if name not in found]
    if missing:
        raise refusal.error(
            path, f"the variables {', '.join(names)}", f"none named {missing[0]}"
        )
    return {name: np.asarray(found[name]) for name in names}


def _check(path: Path, file: BinaryIO, names: frozenset[str], largest: int) -> None:
    """Refuses a file that is none of MATLAB's, cut off, too large, or dishonest."""
    size = file.seek(0, 2)
    file.seek(0)
    header = file.read(_HEADER)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if header.startswith(_HDF5) or header[:10] == b"MATLAB 7.3":
        raise refusal.error(path, "a MATLAB file of version 5 to 7", "version 7.3")
    if order is None:
        raise refusal.error(path, "a MATLAB file of version 5 to 7", "another file")
    left = largest
    while tag := file.read(8):
        begin = file.tell()
        kind, count = struct.unpack(f"{order}II", tag.ljust(8, b"\0"))
        if len(tag) < 8 or begin + count > size:
            expected = "a whole MATLAB file"
            raise refusal.error(path, expected, f"one cut off at {size} bytes")
        compressed = kind == _COMPRESSED
        if not compressed:
            file.seek(begin - 8)
            count += 8
        stream = _Stream(file, count, compressed=compressed, largest=left)
        try:
            matlab_structure.name_and_check(stream, order=order, wanted=names)
            left -= stream.drained()
        except _TooLargeError as error:
            expected = f"up to {largest} bytes after decompression"
            raise refusal.error(path, expected, "more than that") from error
        file.seek(begin + count - (0 if compressed else 8))


class _TooLargeError(Exception):
    pass


class _Stream:
    """The bytes of an element, inflated if need be."""

    def __init__(
        self, file: BinaryIO, count: int, *, compressed: bool, largest: int
    ) -> None:
        self._file = file
        self._largest = largest
        self._unread = count
        self._inflater = zlib.decompressobj() if compressed else None
        self._buffer = b""
        self._size = 0  # bytes that came out

    def take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._buffer += self._more()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def skip(self, count: int) -> None:
        while len(self._buffer) < count:
            count -= len(self._buffer)
            self._buffer = self._more()
        self._buffer = self._buffer[count:]

    def drained(self) -> int:
        """Returns how many bytes there were in all, having passed over the rest."""
        while self._unread:
            self._more()
        return self._size

    def _more(self) -> bytes:
        piece = self._file.read(min(self._unread, _PIECE))
        if not piece:
            raise ValueError("a variable that ends too early")
        self._unread -= len(piece)
        if self._inflater is not None:
            piece = self._inflater.decompress(piece)
            if self._inflater.eof:
                self._unread = 0
        self._size += len(piece)
        if self._size > self._largest:
            raise _TooLargeError
        return piece
