"""Plain arrays of .npz files, whose size is known before they are read."""

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from stpose_tf import errors
from stpose_tf.data.containers import refusal

LARGEST = 512 << 20  # bytes of all arrays that are read; copies take some more
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


def names(path: Path) -> tuple[str, ...]:
    """Returns the names of the file's arrays, in its order.

    Raises:
        InputError: If the file is missing or no .npz file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.namelist()
    except FileNotFoundError as error:
        raise refusal.error(path, "an .npz file", "no such file") from error
    except _DAMAGE as error:
        raise refusal.error(
            path, "an .npz file", "another or a cut off file"
        ) from error
    return tuple(name.removesuffix(".npy") for name in found)


def read(
    path: Path, wanted: Sequence[str], *, largest_bytes: int = LARGEST
) -> dict[str, np.ndarray]:
    """Returns arrays of numbers or texts; nothing pickled is read.

    Args:
        path: The file.
        wanted: Names of the arrays.
        largest_bytes: Of these arrays together.

    Raises:
        InputError: If the file is missing, damaged or no .npz file, or an array is
            missing, too large, or holds Python objects.
    """
    known = names(path)
    for name in wanted:
        if name not in known:
            held = ", ".join(known)[:120] or "none"
            raise refusal.error(path, f"the array {name}", held)
    arrays = {}
    left = largest_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            for name in wanted:
                left -= _checked_size(path, archive, name, left)
                with archive.open(f"{name}.npy") as file:
                    arrays[name] = npy_format.read_array(file, allow_pickle=False)
    except errors.InputError:
        raise
    except _DAMAGE as error:
        received = f"{type(error).__name__}: {error}"
        raise refusal.error(path, "a whole .npz file", received) from error
    return arrays


def _checked_size(path: Path, archive: zipfile.ZipFile, name: str, largest: int) -> int:
    """Returns the array's bytes by its header, which the archive's entry must fit."""
    entry = archive.getinfo(f"{name}.npy")
    with archive.open(entry) as file:
        version = npy_format.read_magic(file)
        header = (
            npy_format.read_array_header_1_0
            if version == (1, 0)
            else npy_format.read_array_header_2_0
        )
        shape, _, dtype = header(file)
        size = math.prod(shape) * dtype.itemsize
        begin = file.tell()
    if dtype.hasobject:
        raise refusal.error(path, f"plain numbers in {name}", "Python objects")
    if size > largest:
        raise refusal.error(path, f"up to {largest} bytes in {name}", f"{size}")
    if size + begin != entry.file_size:
        raise refusal.error(
            path, f"{size} bytes in {name}", f"{entry.file_size - begin}"
        )
    return size
