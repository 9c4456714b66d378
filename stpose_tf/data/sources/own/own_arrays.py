"""Your own files of 3D joints: .npz, .npy, and tables of text."""

import functools
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import named_files, npz_arrays
from stpose_tf.data.detections import point_table

SUFFIXES = (".npz", ".npy", ".csv", ".tsv")
_ONE = "joints"
_FACTS = (
    "skeleton",
    "joint_names",
    "unit",
    "up",
    "handedness",
    "fps",
    "subject",
    "action",
)
_LARGEST_NPY = 512 << 20  # bytes


def members(path: Path) -> list[tuple[str | None, str | None]]:
    """Returns each clip's key, None if it is the only one, and who moves.

    Raises:
        InputError: If the file is unusable.
    """
    if path.suffix.lower() in (".csv", ".tsv"):
        people = list(_table(path).rows)
        if people == [None]:
            return [(None, None)]
        return [(person, person) for person in people]
    if path.suffix.lower() != ".npz":
        return [(None, None)]
    names = npz_arrays.names(path)
    facts = npz_arrays.read(path, ["subject"]) if "subject" in names else {}
    subject = str(facts["subject"]) if facts else None
    if _ONE in names:
        return [(None, subject)]
    clips = [name for name in names if name not in _FACTS]
    if not clips:
        raise errors.InputError(
            f"{path}: expected joints, or clips under other names. "
            f"Received: {', '.join(names) or 'nothing'}"
        )
    return [(name, subject) for name in clips]


def content(
    path: Path, key: str | None
) -> tuple[np.ndarray, tuple[str, ...] | None, dict[str, str]]:
    """Returns the joints, `[time, joints, 3]`, their names, and what the file says.

    Args:
        path: The file.
        key: Which of `members`.

    Raises:
        InputError: If the file is unusable, or the array has the wrong shape.
    """
    if path.suffix.lower() in (".csv", ".tsv"):
        return _from_table(path, key)
    said: dict[str, str] = {}
    names = None
    if path.suffix.lower() == ".npz":
        held = npz_arrays.names(path)
        wanted = [_ONE if key is None else key, *(n for n in _FACTS if n in held)]
        arrays = npz_arrays.read(path, wanted)
        points = arrays.pop(wanted[0])
        if "joint_names" in arrays:
            given = arrays.pop("joint_names").reshape(-1)
            names = tuple(str(name) for name in given)
        said = {name: str(array) for name, array in arrays.items()}
    else:
        points = _npy(path)
    if points.ndim != 3 or points.shape[2] != 3 or not points.size:
        raise errors.InputError(
            f"expected the shape [time, joints, 3]. Received: {list(points.shape)}"
        )
    if points.dtype.kind not in "fiu":
        raise errors.InputError(f"expected numbers. Received: {points.dtype}")
    return points.astype(np.float64), names, said


def _npy(path: Path) -> np.ndarray:
    try:
        if path.stat().st_size > _LARGEST_NPY:
            raise ValueError("a file that is too large")
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise errors.InputError(
            f"{path}: expected an .npy file. Received: {str(error)[:100]}"
        ) from error


def _from_table(
    path: Path, key: str | None
) -> tuple[np.ndarray, tuple[str, ...] | None, dict[str, str]]:
    table = _table(path)
    if "z" not in table.columns:
        raise errors.InputError(
            f"{path}: expected columns x, y and z. Received: {', '.join(table.columns)}"
        )
    if key not in table.rows:
        raise errors.InputError(f"{path}: expected {key}. Received: another table")
    frames = table.rows[key]
    numbers = sorted(frames)
    if np.diff(numbers).size and (np.diff(numbers) != 1).any():
        gap = numbers[int(np.argmax(np.diff(numbers) != 1))]
        raise errors.InputError(
            f"{path}: expected consecutive frames. Received: none after {gap}"
        )
    points = np.stack([frames[number] for number in numbers])
    return points[..., :3], table.joints, {}


def _table(path: Path) -> point_table.PointTable:
    return _cached_table(path, named_files.version(path))


@functools.lru_cache(maxsize=1)
def _cached_table(path: Path, version: tuple[int, int]) -> point_table.PointTable:
    """Returns the table; kept, for its people are read one by one."""
    del version
    return point_table.read(path)
