"""Arrays of HDF5 files, MATLAB's of version 7.3 among them."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors, extras
from stpose_tf.data.containers import refusal

LARGEST = 512 << 20  # bytes of all arrays that are read


def read(
    path: Path, names: Sequence[str], *, largest_bytes: int = LARGEST
) -> dict[str, np.ndarray]:
    """Returns numeric arrays; their axes are in the reverse of MATLAB's order.

    Args:
        path: The file.
        names: The arrays.
        largest_bytes: Of these arrays together.

    Raises:
        InputError: If h5py is missing, or the file cannot be read, is of another
            format or cut off, or an array is missing, no array of numbers, stored
            outside the file, or too large.
    """
    h5py = extras.load("h5py", extra="datasets", asker=str(path))
    if not path.is_file():
        raise refusal.error(path, "an HDF5 file", "no such file")
    try:
        if not h5py.is_hdf5(path):
            raise refusal.error(path, "an HDF5 file (MATLAB 7.3)", "another file")
        with h5py.File(path, "r") as file:
            left = largest_bytes
            for name in names:
                left -= _checked_size(path, file, name, left)
            return {name: np.asarray(file[name]) for name in names}
    except errors.InputError:
        raise
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, MemoryError) as e:
        received = f"{type(e).__name__}: {e}"
        raise refusal.error(path, "a whole HDF5 file", received) from e


def _checked_size(path: Path, file: Any, name: str, largest: int) -> int:
    """Returns the array's bytes; refuses what is no array of numbers in this file."""
    import h5py

    link = file.get(name, getlink=True)
    if link is None:
        raise refusal.error(
            path, f"the array {name}", f"{', '.join(file)[:120] or 'none'}"
        )
    if not isinstance(link, h5py.HardLink):
        raise refusal.error(path, f"{name} in this file", "one that lies in another")
    array = file[name]
    if not (isinstance(array, h5py.Dataset) and array.dtype.kind in "biuf"):
        raise refusal.error(path, f"numbers in {name}", "something else")
    if array.is_virtual or array.external:
        raise refusal.error(path, f"{name} in this file", "one that lies in another")
    size = math.prod(array.shape) * array.dtype.itemsize
    if size > largest:
        raise refusal.error(path, f"up to {largest} bytes in {name}", f"{size}")
    return size
