"""Keypoints as plain arrays, .npz or .npy: what people save themselves.

`keypoints`, `[time, keypoints, 2 or 3]` or `[people, time, keypoints, 2 or 3]`, the
third number being the confidence; optional `confidence` of the same shape without the
last axis, `ids` of the people, `frames`, `skeleton` or `joint_names`, `fps`, and
`image_size` as width and height. NaN marks what is missing.
"""

from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import npz_arrays
from stpose_tf.data.detections import (
    json_document,
    keypoint_orders,
    person_tracks,
)
from stpose_tf.data.detections.video_facts import VideoFacts

_KEY = "keypoints"
_OPTIONAL = (
    "confidence",
    "ids",
    "frames",
    "skeleton",
    "joint_names",
    "fps",
    "image_size",
)
_LARGEST_BYTES = 512 << 20


def recognizes(keys: tuple[str, ...]) -> bool:
    """Returns whether these are the names of such a file's arrays."""
    return _KEY in keys and "boxes" not in keys


def read(path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the people of an .npz file.

    Raises:
        InputError: If the file is unusable, or an array has the wrong shape.
    """
    keys = npz_arrays.names(path)
    wanted = [_KEY, *(key for key in _OPTIONAL if key in keys)]
    arrays = npz_arrays.read(path, wanted, largest_bytes=_LARGEST_BYTES)
    return _detections(arrays, path, facts)


def read_npy(path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the people of an .npy file that holds the array `keypoints` alone.

    Raises:
        InputError: If the file is unusable, or the array has the wrong shape.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("a file that is too large")
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        raise errors.InputError(
            f"{path}: expected an .npy file. Received: {str(error)[:100]}"
        ) from error
    return _detections({_KEY: array}, path, facts)


def _detections(
    arrays: dict[str, np.ndarray], path: Path, facts: VideoFacts
) -> person_tracks.Detections:
    points = arrays[_KEY]
    if not np.issubdtype(points.dtype, np.number) or np.iscomplexobj(points):
        raise errors.InputError(
            f"{path}: {_KEY}: expected numbers. Received: {points.dtype}"
        )
    if points.ndim not in (3, 4) or points.shape[-1] not in (2, 3) or not points.size:
        raise errors.InputError(
            f"{path}: {_KEY}: expected the shape [time, keypoints, 2 or 3] or "
            f"[people, time, keypoints, 2 or 3]. Received: {list(points.shape)}"
        )
    if points.ndim == 3:
        points = points[np.newaxis]
    confidence = _confidence(arrays, points, path)
    ids = _ids(arrays, len(points), path)
    frames = _frames(arrays, points.shape[1], path)
    order = _order(arrays, points.shape[2], path, facts)
    found = [
        person_tracks.from_arrays(
            order.pick_in_time(places[..., :2]),
            order.pick_in_time(sure),
            person=name,
            frames=frames,
            where=f"{path}: {_KEY}: person {name}",
        )
        for name, places, sure in zip(ids, points, confidence, strict=True)
    ]
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps or _fps(arrays, path),
        image_size=facts.image_size or _size(arrays, path),
        people=tuple(track for track in found if track is not None),
        span=person_tracks.span_of(frames.tolist()),
    )


def _confidence(
    arrays: dict[str, np.ndarray], points: np.ndarray, path: Path
) -> np.ndarray:
    if "confidence" not in arrays:
        return points[..., 2] if points.shape[-1] == 3 else np.ones(points.shape[:-1])
    confidence = arrays["confidence"]
    if confidence.ndim == 2:
        confidence = confidence[np.newaxis]
    if confidence.shape != points.shape[:-1]:
        raise errors.InputError(
            f"{path}: confidence: expected the shape of {_KEY} without its last axis, "
            f"{list(points.shape[:-1])}. Received: {list(confidence.shape)}"
        )
    return confidence


def _ids(arrays: dict[str, np.ndarray], count: int, path: Path) -> list[str]:
    if "ids" not in arrays:
        return [str(number) for number in range(count)]
    ids = [str(value) for value in arrays["ids"].reshape(-1)]
    if len(ids) != count or len(set(ids)) != count:
        raise errors.InputError(
            f"{path}: ids: expected {count} different ones. Received: {ids[:5]}"
        )
    return ids


def _frames(arrays: dict[str, np.ndarray], count: int, path: Path) -> np.ndarray:
    if "frames" not in arrays:
        return np.arange(count)
    frames = arrays["frames"].reshape(-1)
    whole = np.issubdtype(frames.dtype, np.integer)
    if (
        not whole
        or len(frames) != count
        or (np.diff(frames.astype(np.int64)) < 1).any()
    ):
        raise errors.InputError(
            f"{path}: frames: expected {count} rising whole numbers. "
            f"Received: {len(frames)} of {frames.dtype}"
        )
    return frames


def _order(
    arrays: dict[str, np.ndarray], count: int, path: Path, facts: VideoFacts
) -> keypoint_orders.KeypointOrder:
    if "joint_names" in arrays:
        names = [str(name) for name in arrays["joint_names"].reshape(-1)]
        if len(names) != count:
            raise errors.InputError(
                f"{path}: joint_names: expected {count}. Received: {len(names)}"
            )
        return keypoint_orders.by_names(
            names, where=f"{path}: joint_names", skeleton=facts.skeleton
        )
    named = str(arrays["skeleton"]) if "skeleton" in arrays else None
    return keypoint_orders.by_count(
        count, where=f"{path}: {_KEY}", skeleton=facts.skeleton or named
    )


def _fps(arrays: dict[str, np.ndarray], path: Path) -> float | None:
    if "fps" not in arrays:
        return None
    try:
        return person_tracks.checked_fps(float(arrays["fps"].item()))
    except (ValueError, TypeError) as error:
        raise errors.InputError(
            f"{path}: fps: expected one positive number. Received: {arrays['fps']}"
        ) from error


def _size(arrays: dict[str, np.ndarray], path: Path) -> tuple[int, int] | None:
    if "image_size" not in arrays:
        return None
    values = arrays["image_size"].reshape(-1).tolist()
    if len(values) != 2:
        raise errors.InputError(
            f"{path}: image_size: expected width and height. Received: {values[:5]}"
        )
    return json_document.image_size(*values, where=f"{path}: image_size")
