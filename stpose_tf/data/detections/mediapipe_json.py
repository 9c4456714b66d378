"""MediaPipe's pose landmarks as people save them: there is no standard file.

A list of frames, or an object with `frames` beside `width`, `height` and `fps`. A
frame is `{"frame": 0, "landmarks": [33 landmarks]}`, of several people `[33 landmarks,
33 landmarks]`; a landmark is `[x, y, z, visibility]` or an object of these names. x and
y are parts of the image's width and height, or px where most are above 2.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors
from stpose_tf.data.detections import (
    frame_person,
    json_document,
    keypoint_orders,
    person_tracks,
)
from stpose_tf.data.detections.video_facts import VideoFacts

_LANDMARKS = ("landmarks", "pose_landmarks", "poseLandmarks")
_FRAME = ("frame", "frame_id", "frame_idx", "frame_index", "index")
_LARGEST_PART = 2.0
_COUNT = 33


def recognizes(document: Any) -> bool:
    """Returns whether frames hold landmarks."""
    frames = document.get("frames") if isinstance(document, dict) else document
    if not (isinstance(frames, list) and frames and isinstance(frames[0], dict)):
        return False
    return any(key in frames[0] for key in _LANDMARKS)


def read(document: Any, path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the video's people.

    Raises:
        InputError: If a frame is unusable, or the image's size is not known.
    """
    where = str(path)
    order = keypoint_orders.by_count(_COUNT, where=where, skeleton=facts.skeleton)
    head: Mapping[str, Any] = {}
    frames = document
    if isinstance(document, dict):
        head, frames = document, document["frames"]
    rows = list(_rows(json_document.members(frames, where=where), where))
    if not rows:
        raise errors.InputError(f"{where}: expected landmarks. Received: none")
    points = np.stack([values for _, values, _ in rows])
    in_px = np.median(np.abs(points[..., :2])) > _LARGEST_PART
    size = facts.image_size or _size(head, where)
    if not in_px:
        if size is None:
            raise errors.InputError(
                f"{where}: expected the image's width and height, in the file or from "
                "the user, for landmarks are parts of them. Received: none"
            )
        points[..., :2] *= size
    confidence = points[..., 3]
    if ((confidence < 0.0) | (confidence > 1.0)).any():  # before the sigmoid
        confidence = 1.0 / (1.0 + np.exp(-np.clip(confidence, -60.0, 60.0)))
    fps = facts.fps
    if fps is None and isinstance(head.get("fps"), int | float):
        fps = person_tracks.checked_fps(float(head["fps"]))
    people = [
        frame_person.make(
            frame,
            places=order.pick(points[row, :, :2]),
            confidence=order.pick(confidence[row]),
            where=f"{where}: frame {frame}",
            person=person,
        )
        for row, (frame, _, person) in enumerate(rows)
    ]
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=fps,
        image_size=size,
        people=person_tracks.tracks(people),
        span=person_tracks.span_of(
            _frame(entry, number, where) for number, entry in enumerate(frames)
        ),
    )


def _rows(
    frames: Sequence[Any], where: str
) -> Iterator[tuple[int, np.ndarray, str | None]]:
    """Yields frame, (x, y, z, visibility) of 33 landmarks and the person's id."""
    for number, entry in enumerate(frames):
        name = f"{where}: entry {number}"
        entry = json_document.mapping(entry, where=name)
        frame = _frame(entry, number, where)
        key = next((key for key in _LANDMARKS if key in entry), None)
        if key is None:
            raise errors.InputError(
                f"{name}: expected landmarks. Received: {', '.join(entry)[:80]}"
            )
        person = entry.get("person", entry.get("id"))
        for people in _people(entry[key], name):
            landmarks = [_landmark(value, name) for value in people]
            if len(landmarks) != _COUNT:
                raise errors.InputError(
                    f"{name}: expected {_COUNT} landmarks. Received: {len(landmarks)}"
                )
            yield frame, np.array(landmarks), None if person is None else str(person)


def _frame(entry: Mapping[str, Any], number: int, where: str) -> int:
    """Returns an entry's frame, which is its place where it does not say it."""
    frame = next((entry[key] for key in _FRAME if key in entry), number)
    return json_document.integer(frame, where=f"{where}: entry {number} frame")


def _people(value: Any, name: str) -> Iterator[Sequence[Any]]:
    """Yields each person's landmarks; none of an empty frame."""
    if isinstance(value, dict) and "landmark" in value:  # a protocol buffer's JSON
        value = value["landmark"]
    if value is None or value == []:
        return
    members = json_document.members(value, where=name)
    first = members[0]
    several = isinstance(first, list) and (
        not first or isinstance(first[0], list | dict)
    )
    if not several:
        yield members
        return
    for person in members:
        if person:
            yield json_document.members(person, where=name)


def _landmark(value: Any, name: str) -> tuple[float, float, float, float]:
    if isinstance(value, dict):
        if "x" not in value or "y" not in value:
            raise errors.InputError(
                f"{name}: expected landmarks with x and y. "
                f"Received: {', '.join(map(str, value))[:80]}"
            )
        sure = value.get("visibility", value.get("presence", 1.0))
        value = [value["x"], value["y"], value.get("z", 0.0), sure]
    numbers = json_document.numbers(value, where=f"{name} landmark")
    if numbers.ndim != 1 or not 2 <= numbers.size <= 5:
        raise errors.InputError(
            f"{name}: expected landmarks of x, y, z and visibility. "
            f"Received: numbers of shape {list(numbers.shape)}"
        )
    x, y = map(float, numbers[:2])
    sure = float(numbers[3]) if numbers.size > 3 else 1.0
    return x, y, 0.0, sure


def _size(head: Mapping[str, Any], where: str) -> tuple[int, int] | None:
    for width, height in (("width", "height"), ("image_width", "image_height")):
        if width in head and height in head:
            return json_document.image_size(head[width], head[height], where=where)
    return None
