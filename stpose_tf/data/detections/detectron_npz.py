"""What VideoPose3D's inference scripts save of Detectron and Detectron2.

Arrays of objects, one for each frame: `boxes[t] = [[], B]` with B `[people, 5]`, and
`keypoints[t] = [[], K]` with K `[people, 4, keypoints]`, rows x, y, logit, probability;
and `metadata`, a dictionary with `w` and `h`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import untrusted_pickle
from stpose_tf.data.detections import (
    frame_person,
    json_document,
    keypoint_orders,
    person_tracks,
)
from stpose_tf.data.detections.video_facts import VideoFacts

_NEEDED = {"boxes", "keypoints"}
_LEAST_SCORE = 0.7  # of a person's box, as the scripts themselves take
_PROBABILITY = 3
_LARGEST = 1 << 29  # bytes of an array; lists of them take several times as much
_LARGEST_METADATA = 1 << 24


def recognizes(keys: tuple[str, ...]) -> bool:
    """Returns whether these are the names of such a file's arrays."""
    return set(keys) >= _NEEDED


def read(path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the video's people.

    Raises:
        InputError: If an array is missing, unusable, or of another length.
    """
    boxes = _frames(path, "boxes")
    keypoints = _frames(path, "keypoints")
    if len(boxes) != len(keypoints):
        raise errors.InputError(
            f"{path}: expected as many frames of boxes as of keypoints. "
            f"Received: {len(boxes)} and {len(keypoints)}"
        )
    order: keypoint_orders.KeypointOrder | None = None
    people = []
    for frame, (places, points) in enumerate(zip(boxes, keypoints, strict=True)):
        where = f"{path}: frame {frame}"
        for box, values in _people(places, points, where=where):
            order = order or keypoint_orders.by_count(
                values.shape[1], where=str(path), skeleton=facts.skeleton
            )
            if values.shape[1] != order.given:
                raise errors.InputError(
                    f"{where}: expected {order.given} keypoints as in the first. "
                    f"Received: {values.shape[1]}"
                )
            people.append(
                frame_person.make(
                    frame,
                    places=order.pick(values[:2].T),
                    confidence=order.pick(values[_PROBABILITY]),
                    where=where,
                    box=box,
                )
            )
    if order is None:
        raise errors.InputError(f"{path}: expected people. Received: none")
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size or _size(path),
        people=person_tracks.tracks(people),
        span=range(len(boxes)),
    )


def _frames(path: Path, key: str) -> list[Any]:
    """Returns each frame's entry for people, the last of `[background, people]`."""
    value = untrusted_pickle.npz_object(path, key, largest_bytes=_LARGEST)
    if isinstance(value, np.ndarray):
        value = list(value)
    if not isinstance(value, list) or not value:
        raise errors.InputError(
            f"{path}: expected a list of frames in {key}. Received: {type(value)}"
        )
    frames = []
    for number, entry in enumerate(value):
        if not isinstance(entry, list | tuple | np.ndarray) or len(entry) < 2:
            raise errors.InputError(
                f"{path}: {key}: frame {number}: expected background and people. "
                f"Received: {str(entry)[:60]!r}"
            )
        frames.append(entry[-1])
    return frames


def _people(
    boxes: Any, keypoints: Any, *, where: str
) -> list[tuple[tuple[float, float, float, float], np.ndarray]]:
    """Returns the sure people: a box and `[4, keypoints]` each."""
    places = _array(boxes, where=f"{where} boxes")
    points = _array(keypoints, where=f"{where} keypoints")
    if not places.size or not points.size:
        return []
    if places.ndim != 2 or places.shape[1] not in (4, 5):
        raise errors.InputError(
            f"{where}: expected boxes of the shape [people, 5]. "
            f"Received: {list(places.shape)}"
        )
    if points.ndim != 3 or points.shape[1] != 4 or len(points) != len(places):
        raise errors.InputError(
            f"{where}: expected keypoints of the shape [{len(places)}, 4, keypoints]. "
            f"Received: {list(points.shape)}"
        )
    found = []
    for box, values in zip(places, points, strict=True):
        if len(box) == 5 and not box[4] >= _LEAST_SCORE:
            continue
        left, top, right, bottom = map(float, box[:4])
        found.append(((left, top, right, bottom), values))
    return found


def _array(value: Any, *, where: str) -> np.ndarray:
    try:
        return np.asarray(value, np.float64)
    except (ValueError, TypeError) as error:
        raise errors.InputError(
            f"{where}: expected numbers. Received: {str(error)[:80]}"
        ) from error


def _size(path: Path) -> tuple[int, int] | None:
    if "metadata" not in untrusted_pickle.npz_keys(path):
        return None
    metadata = untrusted_pickle.npz_object(
        path, "metadata", largest_bytes=_LARGEST_METADATA
    )
    if not isinstance(metadata, dict) or not {"w", "h"} <= metadata.keys():
        return None
    return json_document.image_size(
        int(metadata["w"]), int(metadata["h"]), where=f"{path}: metadata"
    )
