"""COCO keypoint files: annotations with their images, and lists of results."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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

_ONLY = "video"  # the name of the one video of files that name none
_IMAGE_VIDEO = ("video_id", "vid_id")


@dataclasses.dataclass(frozen=True, slots=True)
class _Image:
    """An entry of `images`."""

    id: int
    name: str
    video: str
    frame: int | None
    size: tuple[int, int] | None


def recognizes(document: Any) -> bool:
    """Returns whether it is a COCO file."""
    if isinstance(document, dict):
        return "annotations" in document and "images" in document
    return (
        isinstance(document, list)
        and bool(document)
        and isinstance(document[0], dict)
        and {"image_id", "keypoints"} <= document[0].keys()
        and not {"idx", "box"} & document[0].keys()
        and not isinstance(document[0]["image_id"], str)
    )


def videos(document: Any, path: Path) -> tuple[str, ...]:
    """Returns the names of its videos: of images with a video id, or one.

    Raises:
        InputError: If an image's entry is unusable.
    """
    if isinstance(document, list):
        return (_ONLY,)
    return _videos(_images(document, path))


def read(document: Any, path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns one video's people.

    Where the third number of every keypoint is 0, 1 or 2 and no entry has a score,
    people annotated it: what is labelled, also if hidden, has confidence 1. Otherwise
    it is the detector's confidence.

    Raises:
        InputError: If an entry is unusable; names it.
    """
    where = str(path)
    images: tuple[_Image, ...] = ()
    known: set[int] = set()
    entries = document
    categories: Sequence[Any] = ()
    if isinstance(document, dict):
        images = _images(document, path)
        known = {image.id for image in images}
        chosen = facts.chosen(_videos(images), where=where)
        images = tuple(image for image in images if image.video == chosen)
        entries = document["annotations"]
        categories = json_document.members(
            document.get("categories", []), where=f"{where}: categories"
        )
    entries = json_document.members(entries, where=f"{where}: annotations")
    rows = [
        (number, json_document.mapping(entry, where=f"{where}: entry {number}"))
        for number, entry in enumerate(entries)
    ]
    rows = [(number, entry) for number, entry in rows if entry.get("keypoints")]
    if images:
        ids = {image.id for image in images}
        rows = [row for row in rows if _image_id(*row, where, known) in ids]
    if not rows:
        raise errors.InputError(
            f"{where}: expected entries with keypoints. Received: none"
        )
    return _detections(rows, images, _names(categories, rows), path, facts)


def frames_of_images(document: Any, path: Path) -> dict[int, int]:
    """Returns the frame of each image id of a file with images.

    Raises:
        InputError: If an image's entry is unusable.
    """
    return _frames(_images(document, path))


def _detections(
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    images: Sequence[_Image],
    names: Sequence[str] | None,
    path: Path,
    facts: VideoFacts,
) -> person_tracks.Detections:
    where = str(path)
    points = [
        json_document.triples(entry["keypoints"], where=f"{where}: entry {number}")
        for number, entry in rows
    ]
    count = len(points[0])
    if names is not None and len(names) == count:
        order = keypoint_orders.by_names(names, where=where, skeleton=facts.skeleton)
    else:
        order = keypoint_orders.by_count(count, where=where, skeleton=facts.skeleton)
    flags = all(np.isin(values[:, 2], (0.0, 1.0, 2.0)).all() for values in points)
    annotated = flags and not any("score" in entry for _, entry in rows)
    frames = _frames(images)
    people = []
    for (number, entry), values in zip(rows, points, strict=True):
        name = f"{where}: entry {number}"
        if len(values) != count:
            raise errors.InputError(
                f"{name}: expected {count} keypoints as in the first. "
                f"Received: {len(values)}"
            )
        image = json_document.integer(
            json_document.field(entry, "image_id", where=name), where=f"{name} image_id"
        )
        people.append(
            frame_person.make(
                frames.get(image, image),
                places=order.pick(values[:, :2]),
                confidence=order.pick(values[:, 2]),
                where=name,
                person=_track_id(entry),
                box=json_document.box(entry.get("bbox"), where=name, corners=False),
            )
        )
    sizes = {image.size for image in images if image.size is not None}
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size or (sizes.pop() if len(sizes) == 1 else None),
        people=person_tracks.tracks(people),
        annotated=annotated,
        span=person_tracks.span_of(frames.values()),
    )


def _videos(images: Sequence[_Image]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image.video for image in images))


def _images(document: Any, path: Path) -> tuple[_Image, ...]:
    found = []
    entries = json_document.members(document["images"], where=f"{path}: images")
    names = _video_names(document, path)
    for number, entry in enumerate(entries):
        where = f"{path}: image {number}"
        entry = json_document.mapping(entry, where=where)
        size = None
        if "width" in entry and "height" in entry:
            size = json_document.image_size(
                entry["width"], entry["height"], where=where
            )
        video = next((str(entry[key]) for key in _IMAGE_VIDEO if key in entry), None)
        frame = entry.get("frame_id")
        found.append(
            _Image(
                id=json_document.integer(
                    json_document.field(entry, "id", where=where), where=f"{where} id"
                ),
                name=str(entry.get("file_name", "")),
                video=_ONLY if video is None else names.get(video, video),
                frame=None
                if frame is None
                else json_document.integer(frame, where=f"{where} frame_id"),
                size=size,
            )
        )
    return tuple(found)


def _video_names(document: Any, path: Path) -> dict[str, str]:
    entries = json_document.members(document.get("videos", []), where=f"{path}: videos")
    rows = [json_document.mapping(e, where=f"{path}: videos") for e in entries]
    names = {
        str(row["id"]): str(row["name"]) for row in rows if {"id", "name"} <= {*row}
    }
    return names if len(set(names.values())) == len(names) else {}


def _frames(images: Sequence[_Image]) -> dict[int, int]:
    """Returns each image's frame: as it says, as its file is called, or by its id."""
    if all(image.frame is not None for image in images):
        given = [int(image.frame or 0) for image in images]
        first = min(given, default=0)
        if len(set(given)) == len(given):  # from 0, or from 1 as PoseTrack counts
            shift = 1 if first == 1 else 0
            return {i.id: frame - shift for i, frame in zip(images, given, strict=True)}
    named = frame_numbers.from_names([image.name for image in images])
    if named is not None:
        return {i.id: frame for i, frame in zip(images, named, strict=True)}
    ordered = sorted(images, key=lambda image: image.id)
    return {image.id: place for place, image in enumerate(ordered)}


def _image_id(
    number: int, entry: Mapping[str, Any], where: str, known: set[int]
) -> int:
    name = f"{where}: entry {number} image_id"
    image = json_document.integer(
        json_document.field(entry, "image_id", where=name), where=name
    )
    if image not in known:
        raise errors.InputError(
            f"{name}: expected one of the images. Received: {image}"
        )
    return image


def _track_id(entry: Mapping[str, Any]) -> str | None:
    value = entry.get("track_id", entry.get("person_id"))
    return None if value is None or value == -1 else str(value)


def _names(
    categories: Sequence[Any], rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> list[str] | None:
    """Returns the keypoints' names of the first entry's category."""
    wanted = rows[0][1].get("category_id")
    for category in categories:
        if isinstance(category, dict) and category.get("id") == wanted:
            names = category.get("keypoints")
            if isinstance(names, list) and all(isinstance(n, str) for n in names):
                return list(names)
    return None
