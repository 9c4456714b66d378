"""AlphaPose's results: its own list, and its `cmu` and `open` forms."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stpose_tf import errors
from stpose_tf.data.detections import (
    frame_numbers,
    frame_person,
    json_document,
    keypoint_orders,
    person_tracks,
)
from stpose_tf.data.detections.video_facts import VideoFacts

# Its documentation lets confidences of COCO models reach 6; heat maps pass 1 a little.
_LARGEST_CONFIDENCE = 6.0
_OVERSHOOT = 1.2


class _Row(NamedTuple):
    """One person as written."""

    image: str
    points: np.ndarray
    person: str | None
    box: tuple[float, float, float, float] | None
    where: str


def recognizes(document: Any) -> bool:
    """Returns whether it is one of AlphaPose's forms."""
    if isinstance(document, dict):
        first = next(iter(document.values()), None)
        return isinstance(first, dict) and bool({"people", "bodies"} & first.keys())
    if not (isinstance(document, list) and document and isinstance(document[0], dict)):
        return False
    first = document[0]
    return {"image_id", "keypoints", "score"} <= first.keys() and (
        isinstance(first["image_id"], str) or bool({"idx", "box"} & first.keys())
    )


def read(document: Any, path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the video's people.

    Raises:
        InputError: If an entry is unusable; names it.
    """
    rows = list(
        _forms(document, path) if isinstance(document, dict) else _rows(document, path)
    )
    if not rows:
        raise errors.InputError(f"{path}: expected people. Received: none")
    count = len(rows[0].points)
    order = keypoint_orders.by_count(count, where=str(path), skeleton=facts.skeleton)
    images = list(dict.fromkeys(row.image for row in rows))
    numbers = frame_numbers.from_names(images) or list(range(len(images)))
    frames = dict(zip(images, numbers, strict=True))
    highest = max(float(np.nanmax(row.points[:, 2], initial=0.0)) for row in rows)
    scale = 1.0 if highest <= _OVERSHOOT else 1.0 / _LARGEST_CONFIDENCE
    people = []
    for row in rows:
        if len(row.points) != count:
            raise errors.InputError(
                f"{row.where}: expected {count} keypoints as in the first. "
                f"Received: {len(row.points)}"
            )
        people.append(
            frame_person.make(
                frames[row.image],
                places=order.pick(row.points[:, :2]),
                confidence=order.pick(row.points[:, 2]) * scale,
                where=row.where,
                person=row.person,
                box=row.box,
            )
        )
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size,
        people=person_tracks.tracks(people),
    )


def _rows(document: Any, path: Path) -> Iterator[_Row]:
    for number, entry in enumerate(json_document.members(document, where=str(path))):
        where = f"{path}: entry {number}"
        entry = json_document.mapping(entry, where=where)
        points = json_document.field(entry, "keypoints", where=where)
        yield _Row(
            image=str(json_document.field(entry, "image_id", where=where)),
            points=json_document.triples(points, where=where),
            person=_person(entry.get("idx")),
            box=json_document.box(entry.get("box"), where=where, corners=False),
            where=where,
        )


def _forms(document: Mapping[str, Any], path: Path) -> Iterator[_Row]:
    for image, content in document.items():
        where = f"{path}: {image}"
        content = json_document.mapping(content, where=where)
        key, inner = (
            ("people", "pose_keypoints_2d")
            if "people" in content
            else ("bodies", "joints")
        )
        people = json_document.field(content, key, where=where)
        for entry in json_document.members(people, where=where):
            entry = json_document.mapping(entry, where=where)
            points = json_document.field(entry, inner, where=where)
            yield _Row(
                image, json_document.triples(points, where=where), None, None, where
            )


def _person(value: Any) -> str | None:
    """Returns the id, which may be a number or a list of those that were merged."""
    while isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return None if value is None or value == -1 else str(value)
