"""Pickles and NumPy object arrays from files that nobody vouches for.

Nothing that a file names is imported or run; see `pickle_machine`.
"""

import contextlib
import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import pickle_machine, pickled_values

StoredArray = pickled_values.StoredArray
LARGEST_ENTRY = 2 << 30  # bytes of an .npz entry, uncompressed
_DAMAGE = (
    ValueError,  # RefusedError as well
    LookupError,
    TypeError,
    EOFError,
    OverflowError,
    OSError,
    RuntimeError,  # an encrypted .npz
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


def load(file: BinaryIO, *, largest_bytes: int) -> Any:
    """Returns what a pickle holds: containers, numbers, text, arrays of numbers.

    Python 2's strings come as text, decoded as Latin-1. Arrays are writable.

    Args:
        file: Open, at the pickle's start.
        largest_bytes: No more than this is read.

    Raises:
        InputError: If it is larger, damaged, or holds anything else.
    """
    name = str(getattr(file, "name", "pickle"))
    with _told(name):
        return pickle_machine.run(
            _Limited(file, largest_bytes),  # type: ignore[arg-type]
            leave_arrays=False,
        )


def npz_object(path: Path, key: str, *, largest_bytes: int = LARGEST_ENTRY) -> Any:
    """Returns an entry of an .npz file that NumPy would only load with pickle.

    Args:
        path: The .npz file.
        key: The entry's name.
        largest_bytes: The entry may have no more, uncompressed.

    Returns:
        The object, if the entry holds only one; else an array of objects or numbers.

    Raises:
        InputError: If the file or the entry is missing, larger, damaged, or holds
            anything but containers, numbers, text and arrays.
    """
    return _npz_entry(path, key, largest_bytes, leave_arrays=False)


def npz_scan(path: Path, key: str, *, largest_bytes: int = LARGEST_ENTRY) -> Any:
    """Returns the same as `npz_object` with the arrays of numbers left in the file.

    Takes little memory, however large the file. Arrays below 1 KiB in containers are
    read.
    """
    return _npz_entry(path, key, largest_bytes, leave_arrays=True)


def kind(value: Any) -> str:
    """Returns in words what was found, for errors."""
    numbers = isinstance(value, np.ndarray | StoredArray)
    return "an array" if numbers else type(value).__name__


def npz_keys(path: Path) -> tuple[str, ...]:
    """Returns the names of a file's entries.

    Raises:
        InputError: If it is missing or no .npz file.
    """
    with _archive(path) as archive:
        names = archive.namelist()
    return tuple(name.removesuffix(".npy") for name in names)


@contextlib.contextmanager
def npz_stream(path: Path, key: str) -> Iterator[IO[bytes]]:
    """Opens an entry from which `read_array` takes what `npz_scan` left there.

    Raises:
        InputError: If the file or the entry is missing or damaged.
    """
    with _archive(path) as archive, _opened(archive, path, key) as stream:
        yield stream


def read_array(stream: IO[bytes], stored: StoredArray | np.ndarray) -> np.ndarray:
    """Returns an array that was left in the file.

    Cheap if arrays are read in the order of their offsets.

    Args:
        stream: What `npz_stream` opened.
        stored: From `npz_scan`, of the same entry.

    Raises:
        InputError: If the file is no longer the same, or is damaged.
    """
    if isinstance(stored, np.ndarray):
        return stored
    with _told(str(getattr(stream, "name", "npz"))):
        stream.seek(stored.offset)
        data = stream.read(stored.length)
        if len(data) != stored.length:
            raise EOFError("its end too early")
        if stored.as_text:
            data = data.decode("utf-8", "surrogatepass").encode("latin-1")
        dtype = np.dtype(stored.dtype)
        order: Literal["C", "F"] = "F" if stored.fortran else "C"
        return pickled_values.from_bytes(data, stored.shape, dtype=dtype, order=order)


def _npz_entry(path: Path, key: str, largest_bytes: int, *, leave_arrays: bool) -> Any:
    with _archive(path) as archive:
        entry = _entry(archive, path, key)
        if entry.file_size > largest_bytes:
            raise errors.InputError(
                f"{path}: expected at most {largest_bytes} bytes in {key}. "
                f"Received: {entry.file_size}"
            )
        with _told(f"{path}: {key}"), archive.open(entry) as stream:
            shape, dtype = _header(stream)
            limited: Any = _Limited(stream, entry.file_size)
            if not dtype.hasobject:
                size = math.prod(shape) * dtype.itemsize
                if leave_arrays:
                    return StoredArray(
                        stream.tell(), size, False, shape, dtype.str, fortran=False
                    )
                return pickled_values.from_bytes(
                    limited.read(size), shape, dtype=dtype, order="C"
                )
            array = pickle_machine.run(limited, leave_arrays=leave_arrays)
    if isinstance(array, np.ndarray) and array.ndim == 0 and array.dtype.hasobject:
        return array.item()
    return array


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if fortran and not dtype.hasobject and len(shape) > 1:
        raise ValueError("an array in Fortran's order")
    return shape, dtype


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise errors.InputError(f"{path}: expected an .npz file. Received: no file")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise errors.InputError(
            f"{path}: expected an .npz file. Received: {error}"
        ) from error
    with archive:
        yield archive


def _entry(archive: zipfile.ZipFile, path: Path, key: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(f"{key}.npy")
    except KeyError:
        known = ", ".join(archive.namelist()[:5]) or "none"
        raise errors.InputError(
            f"{path}: expected an entry {key}. Received: {known}"
        ) from None


@contextlib.contextmanager
def _opened(archive: zipfile.ZipFile, path: Path, key: str) -> Iterator[IO[bytes]]:
    entry = _entry(archive, path, key)
    with _told(f"{path}: {key}"):
        stream = archive.open(entry)
    with stream:
        yield stream


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns what damaged files do to readers into the user's error."""
    try:
        yield
    except errors.InputError:
        raise
    except _DAMAGE as error:
        text = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise errors.InputError(
            f"{name}: expected containers and arrays of numbers. Received: {text}"
        ) from error


class _Limited:
    """A file that refuses to give more than a number of bytes."""

    def __init__(self, file: IO[bytes], largest: int) -> None:
        self._file = file
        self._left = largest

    def read(self, count: int) -> bytes:
        self._left -= count
        if count < 0 or self._left < 0:
            raise ValueError("a pickle that is larger than it may be, or cut off")
        return self._file.read(count)

    def readline(self) -> bytes:
        line = self._file.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise ValueError("a pickle that is larger than it may be, or cut off")
        return line

    def tell(self) -> int:
        return self._file.tell()
