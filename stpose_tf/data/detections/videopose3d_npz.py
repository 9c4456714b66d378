"""VideoPose3D's archives of 2D keypoints, of its data sets and of custom videos.

`positions_2d` is a dictionary of subjects (or videos), of sequences, of one array for
each camera, `[time, keypoints, 2 or 3]` in px; `metadata` names the layout and, for
custom videos, their sizes. There is one person, whom the archive does not name.
"""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import named_files, untrusted_pickle
from stpose_tf.data.detections import (
    json_document,
    keypoint_orders,
    person_tracks,
)
from stpose_tf.data.detections.video_facts import VideoFacts

_KEY = "positions_2d"
_LAYOUTS = {"coco": "coco17", "h36m": "h36m17", "humaneva15": "humaneva15"}
_CUSTOM = "custom"
_LARGEST_METADATA = 1 << 24  # bytes


def recognizes(keys: tuple[str, ...]) -> bool:
    """Returns whether these are the names of such a file's arrays."""
    return _KEY in keys


def videos(path: Path) -> tuple[str, ...]:
    """Returns `subject/sequence/camera`, or the names of custom videos.

    Raises:
        InputError: If the file is unusable.
    """
    return tuple(_archive(path, named_files.version(path)).videos)


def read(path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the one person of one video.

    Raises:
        InputError: If the file or the video's array is unusable, or the layout has no
            known order.
    """
    archive = _archive(path, named_files.version(path))
    chosen = facts.chosen(tuple(archive.videos), where=str(path))
    points = archive.read(chosen)
    where = f"{path}: {chosen}"
    if points.ndim != 3 or points.shape[2] not in (2, 3) or not len(points):
        raise errors.InputError(
            f"{where}: expected the shape [time, keypoints, 2]. "
            f"Received: {list(points.shape)}"
        )
    metadata = archive.metadata
    order = _order(points.shape[1], metadata, where, facts)
    confidence = points[..., 2] if points.shape[2] == 3 else np.ones(points.shape[:2])
    track = person_tracks.from_arrays(
        order.pick_in_time(points[..., :2]),
        order.pick_in_time(confidence),
        person="0",
        frames=np.arange(len(points)),
        where=where,
    )
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size or _size(metadata, chosen, path),
        people=() if track is None else (track,),
        span=range(len(points)),
    )


class _Archive:
    """An archive whose arrays are read one after the other, in the order of the file.

    Going forward costs one pass over the file for all of them.
    """

    def __init__(self, path: Path) -> None:
        self._open = contextlib.ExitStack()
        self._stream: IO[bytes] | None = None
        self._path = path
        self.videos = dict(_sequences(untrusted_pickle.npz_scan(path, _KEY), path))
        self.metadata = _metadata(path)

    def read(self, video: str) -> np.ndarray:
        """Returns a video's array."""
        if self._stream is None:
            opened = untrusted_pickle.npz_stream(self._path, _KEY)
            self._stream = self._open.enter_context(opened)
        try:
            array = untrusted_pickle.read_array(self._stream, self.videos[video])
        except errors.InputError:
            self._open.close()
            self._stream = None
            raise
        return np.asarray(array)

    def __del__(self) -> None:
        self._open.close()


@functools.lru_cache(maxsize=1)
def _archive(path: Path, version: tuple[int, int]) -> _Archive:
    """Returns the archive; kept open, for its videos are read one by one."""
    del version
    return _Archive(path)


def _sequences(positions: Any, path: Path) -> Iterator[tuple[str, Any]]:
    """Yields each video's name and array; an array may be left in the file."""
    where = f"{path}: {_KEY}"
    for subject, actions in _mapping(positions, where).items():
        for action, views in _mapping(actions, f"{where}: {subject}").items():
            views = (
                list(views) if isinstance(views, list | tuple | np.ndarray) else views
            )
            if not isinstance(views, list):
                raise errors.InputError(
                    f"{where}: {subject}: {action}: expected a list of cameras. "
                    f"Received: {type(views).__name__}"
                )
            for camera, array in enumerate(views):
                if action == _CUSTOM and len(views) == 1:
                    yield str(subject), array
                else:
                    yield f"{subject}/{action}/{camera}", array


def _mapping(value: Any, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise errors.InputError(
            f"{where}: expected a dictionary. Received: {untrusted_pickle.kind(value)}"
        )
    return value


def _metadata(path: Path) -> Mapping[str, Any]:
    if "metadata" not in untrusted_pickle.npz_keys(path):
        return {}
    found = untrusted_pickle.npz_object(
        path, "metadata", largest_bytes=_LARGEST_METADATA
    )
    return found if isinstance(found, dict) else {}


def _order(
    count: int, metadata: Mapping[str, Any], where: str, facts: VideoFacts
) -> keypoint_orders.KeypointOrder:
    named = _LAYOUTS.get(str(metadata.get("layout_name")))
    skeleton = facts.skeleton or named or _by_symmetry(metadata)
    return keypoint_orders.by_count(count, where=where, skeleton=skeleton)


def _by_symmetry(metadata: Mapping[str, Any]) -> str | None:
    """Returns the layout whose left joints are the listed ones.

    Archives of projected truth name no layout, and Human3.6M's and COCO's orders both
    have 17 keypoints.
    """
    symmetry = metadata.get("keypoints_symmetry")
    if not isinstance(symmetry, list | tuple) or len(symmetry) != 2:
        return None
    left = [int(joint) for joint in symmetry[0]]
    known = {"h36m17": [4, 5, 6, 11, 12, 13], "coco17": [1, 3, 5, 7, 9, 11, 13, 15]}
    return next((name for name, joints in known.items() if joints == left), None)


def _size(
    metadata: Mapping[str, Any], video: str, path: Path
) -> tuple[int, int] | None:
    sizes = metadata.get("video_metadata")
    size = sizes.get(video) if isinstance(sizes, dict) else None
    if not isinstance(size, dict) or not {"w", "h"} <= size.keys():
        return None
    return json_document.image_size(
        int(size["w"]), int(size["h"]), where=f"{path}: metadata of {video}"
    )
