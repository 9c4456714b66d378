"""VideoPose3D's archives: all 3D poses or all 2D keypoints of a data set in one .npz.

`positions_3d` is a dictionary of subjects, of sequences, of joints in metres;
`positions_2d` has in their place one array of pixels for each camera, and `metadata`
says whose keypoints they are. Both are pickles: they are listed without being read,
and one array at a time is read, so that memory does not grow with the archive.
"""

import dataclasses
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import untrusted_pickle

POSES_KEY, KEYPOINTS_KEY = "positions_3d", "positions_2d"
_METADATA_KEY = "metadata"
_LARGEST_METADATA = 16 << 20  # bytes
_LAYOUTS = {"h36m": "h36m17", "coco": "coco17", "humaneva15": "humaneva15"}
# What the keypoints are where the metadata do not say: by the joints on the left.
_LEFT = {
    (17, (4, 5, 6, 11, 12, 13)): "h36m17",
    (17, (1, 3, 5, 7, 9, 11, 13, 15)): "coco17",
    (16, (3, 4, 5, 13, 14, 15)): "mpii16",
    (16, (4, 5, 6, 10, 11, 12)): "h36m16",
    # A list for 17 joints, of which the archive leaves out one.
    (16, (4, 5, 6, 11, 12, 13)): "h36m16",
    (15, (2, 3, 4, 8, 9, 10)): "humaneva15",
}

Stored = untrusted_pickle.StoredArray | np.ndarray


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One sequence of an archive, not read yet.

    Attributes:
        path: The archive.
        key: The archive's entry.
        subject: As the archive names it.
        sequence: As the archive names it.
        arrays: One for 3D, one for each camera for 2D.
    """

    path: Path
    key: str
    subject: str
    sequence: str
    arrays: tuple[Stored, ...]

    @property
    def name(self) -> str:
        """Subject and sequence."""
        return f"{self.subject}/{self.sequence}"

    def read(self) -> tuple[np.ndarray, ...]:
        """Returns the arrays.

        Cheap where entries are read in their order: the archive stays open.

        Raises:
            InputError: If the archive is damaged or has changed.
        """
        if not self.path.is_file():
            raise errors.InputError(f"{self.path}: expected it. Received: no file")
        status = self.path.stat()
        state = (status.st_size, status.st_mtime_ns, os.getpid())
        stream, _ = _opened(self.path, self.key, state)
        try:
            return tuple(
                untrusted_pickle.read_array(stream, array) for array in self.arrays
            )
        except errors.InputError as error:
            raise errors.InputError(f"{self.path}: {self.name}: {error}") from error


def poses(path: Path) -> Iterator[Entry]:
    """Yields every sequence of an archive of 3D poses, in its order.

    What is in the place of an array comes without any; `shape` then says so.

    Raises:
        InputError: If the file is unusable.
    """
    for subject, sequence, value in _sequences(path, POSES_KEY):
        arrays = (value,) if _is_array(value) else ()
        yield Entry(path, POSES_KEY, subject, sequence, arrays)


def keypoints(path: Path) -> dict[tuple[str, str], Entry]:
    """Returns the sequences of an archive of 2D keypoints, by subject and sequence.

    Raises:
        InputError: If the file is unusable.
    """
    found = {}
    for subject, sequence, value in _sequences(path, KEYPOINTS_KEY):
        if isinstance(value, np.ndarray) and value.dtype.hasobject:
            value = value.tolist()
        views = tuple(value) if isinstance(value, list | tuple) else ()
        arrays = views if all(map(_is_array, views)) else ()
        entry = Entry(path, KEYPOINTS_KEY, subject, sequence, arrays)
        found[subject, sequence] = entry
    return found


def skeleton(path: Path, *, num_keypoints: int) -> str:
    """Returns whose keypoints an archive holds.

    "h36m16" is `h36m17` without "nose".

    Args:
        path: An archive of 2D keypoints.
        num_keypoints: How many there are.

    Raises:
        InputError: If the metadata do not say it.
    """
    metadata: Any = {}
    if _METADATA_KEY in untrusted_pickle.npz_keys(path):
        metadata = untrusted_pickle.npz_object(
            path, _METADATA_KEY, largest_bytes=_LARGEST_METADATA
        )
    layout = metadata.get("layout_name") if isinstance(metadata, Mapping) else None
    named = _LAYOUTS.get(str(layout), "")
    if named.endswith(str(num_keypoints)):
        return named
    found = _LEFT.get((num_keypoints, _left(metadata)))
    if found is None and "_hr" in path.stem and num_keypoints in (16, 17):
        found = f"h36m{num_keypoints}"
    if found is None:
        raise errors.InputError(
            f"{path}: expected metadata that name the {num_keypoints} keypoints (17 of "
            "h36m or coco, 16 of mpii or of h36m without the nose, 15 of humaneva). "
            f"Received: layout_name {str(layout)[:40]!r} and other keypoints_symmetry"
        )
    return found


def _left(metadata: Any) -> tuple[int, ...]:
    try:
        return tuple(int(joint) for joint in metadata["keypoints_symmetry"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return ()


def _is_array(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    if isinstance(value, untrusted_pickle.StoredArray):
        return np.dtype(value.dtype).kind in "fiu"
    return False


def _sequences(path: Path, key: str) -> Iterator[tuple[str, str, Any]]:
    found = untrusted_pickle.npz_scan(path, key)
    if not isinstance(found, Mapping) or not found:
        raise errors.InputError(
            f"{path}: expected a dictionary of subjects in {key}. "
            f"Received: {untrusted_pickle.kind(found)}"
        )
    for subject, sequences in found.items():
        if not isinstance(sequences, Mapping):
            raise errors.InputError(
                f"{path}: expected a dictionary of sequences in {key}, "
                f"{str(subject)[:40]}. Received: {type(sequences).__name__}"
            )
        for sequence, value in sequences.items():
            yield str(subject), str(sequence), value


@functools.lru_cache(maxsize=2)
def _opened(path: Path, key: str, state: tuple[int, ...]) -> tuple[IO[bytes], Any]:
    """Returns an archive's entry that stays open, and what closes it when forgotten.

    Args:
        path: The archive.
        key: The entry.
        state: The file's size and time, for it may be another one by now; and the
            process, for one that was forked shares its place in the file.
    """
    del state
    context = untrusted_pickle.npz_stream(path, key)
    return context.__enter__(), context
