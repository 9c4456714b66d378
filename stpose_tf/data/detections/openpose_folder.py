"""OpenPose's folder of one JSON file for each frame."""

import re
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
from stpose_tf.data.detections.frame_person import FramePerson
from stpose_tf.data.detections.video_facts import VideoFacts

_NAME = re.compile(r"^(?:(?P<video>.*)_)?(?P<frame>\d{1,15})_keypoints\.json$")
_POINTS = "pose_keypoints_2d"


def frames(folder: Path) -> list[tuple[int, Path]]:
    """Returns the frames' numbers and files, in order; none if it is another folder.

    Raises:
        InputError: If the folder holds the frames of several videos.
    """
    found: list[tuple[int, Path]] = []
    videos = set()
    for path in folder.iterdir():
        match = _NAME.match(path.name)
        if match:
            found.append((int(match["frame"]), path))
            videos.add(match["video"])
    if len(videos) > 1:
        raise errors.InputError(
            f"{folder}: expected the frames of one video. Received: those of "
            f"{', '.join(sorted(map(str, videos)))[:120]}"
        )
    return sorted(found)


def recognizes(document: Any) -> bool:
    """Returns whether it is one frame."""
    return isinstance(document, dict) and isinstance(document.get("people"), list)


def read(folder: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the video's people.

    Coordinates that were written as parts of the image (`--keypoint_scale` 3 and 4)
    are brought back to px.

    Raises:
        InputError: If there is no frame, or one is unusable; names it.
    """
    files = frames(folder)
    if not files:
        raise errors.InputError(
            f"{folder}: expected files like video_000000000000_keypoints.json. "
            "Received: none"
        )
    return _detections(
        [(frame, path, json_document.read(path)) for frame, path in files],
        str(folder),
        facts,
    )


def read_frame(
    document: Any, path: Path, facts: VideoFacts
) -> person_tracks.Detections:
    """Returns the people of one frame's file.

    Raises:
        InputError: If it is unusable.
    """
    match = _NAME.match(path.name)
    return _detections(
        [(int(match["frame"]) if match else 0, path, document)], str(path), facts
    )


def _detections(
    files: list[tuple[int, Path, Any]], where: str, facts: VideoFacts
) -> person_tracks.Detections:
    rows = []
    for frame, path, document in files:
        content = json_document.mapping(document, where=str(path))
        people = json_document.field(content, "people", where=str(path))
        for number, entry in enumerate(json_document.members(people, where=str(path))):
            name = f"{path}: person {number}"
            entry = json_document.mapping(entry, where=name)
            points = json_document.field(entry, _POINTS, where=name)
            if points == []:
                continue
            rows.append(
                (
                    frame,
                    json_document.triples(points, where=name),
                    _person(entry.get("person_id")),
                    name,
                )
            )
    if not rows:
        raise errors.InputError(f"{where}: expected people. Received: none")
    count = len(rows[0][1])
    order = keypoint_orders.by_count(count, where=where, skeleton=facts.skeleton)
    wrong = [(name, len(points)) for _, points, _, name in rows if len(points) != count]
    if wrong:
        raise errors.InputError(
            f"{wrong[0][0]}: expected {count} keypoints as in the first. "
            f"Received: {wrong[0][1]}"
        )
    values = np.stack([points for _, points, _, _ in rows])
    _to_px(values, where, facts)
    people_found: list[FramePerson] = [
        frame_person.make(
            frame,
            places=order.pick(values[row, :, :2]),
            confidence=order.pick(values[row, :, 2]),
            where=name,
            person=person,
        )
        for row, (frame, _, person, name) in enumerate(rows)
    ]
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size,
        people=person_tracks.tracks(people_found),
        span=person_tracks.span_of(frame for frame, _, _ in files),
    )


def _to_px(values: np.ndarray, where: str, facts: VideoFacts) -> None:
    """Brings coordinates in [0, 1] or [-1, 1] to px, in place."""
    seen = values[values[..., 2] > 0][:, :2]
    if not seen.size or np.nanmax(np.abs(seen)) > 1.0 + 1e-3:
        return
    if facts.image_size is None:
        raise errors.InputError(
            f"{where}: expected the image's width and height from the user, for the "
            "coordinates are parts of them. Received: none"
        )
    if np.nanmin(seen) < 0.0:
        values[..., :2] = (values[..., :2] + 1.0) / 2.0
    values[..., :2] *= facts.image_size


def _person(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return None if value is None or value == -1 else str(value)
