"""Predictions of MMPose and RTMPose: of its demo scripts and of its inferencer."""

from collections.abc import Mapping, Sequence
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

_Frames = Sequence[tuple[int, Sequence[Any]]]


def recognizes(document: Any) -> bool:
    """Returns whether it holds instances with keypoints and their scores."""
    if isinstance(document, dict):
        return "instance_info" in document
    if not (isinstance(document, list) and document and isinstance(document[0], dict)):
        return False
    return "instances" in document[0] or (
        "keypoints" in document[0] and "keypoint_scores" in document[0]
    )


def read(document: Any, path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the video's people.

    Raises:
        InputError: If an instance is unusable; names its frame.
    """
    where = str(path)
    names = None
    entries = document
    if isinstance(document, dict):
        names = _names(document.get("meta_info"))
        entries = document["instance_info"]
    frames = _frames(json_document.members(entries, where=where), where)
    if isinstance(document, dict) and frames and min(f for f, _ in frames) >= 1:
        # The scripts count from 1, the inferencer, which writes a list, from 0.
        frames = [(frame - 1, instances) for frame, instances in frames]
    order: keypoint_orders.KeypointOrder | None = None
    people = []
    for frame, instances in frames:
        for number, instance in enumerate(instances):
            name = f"{where}: frame {frame} instance {number}"
            instance = json_document.mapping(instance, where=name)
            places, scores = _points(instance, name)
            order = order or _order(len(places), names, where, facts)
            if len(places) != order.given:
                raise errors.InputError(
                    f"{name}: expected {order.given} keypoints as in the first. "
                    f"Received: {len(places)}"
                )
            people.append(
                frame_person.make(
                    frame,
                    places=order.pick(places),
                    confidence=order.pick(scores),
                    where=name,
                    person=_track_id(instance),
                    box=json_document.box(
                        instance.get("bbox"), where=name, corners=True
                    ),
                )
            )
    if order is None:
        raise errors.InputError(f"{where}: expected instances. Received: none")
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size,
        people=person_tracks.tracks(people),
        span=person_tracks.span_of(frame for frame, _ in frames),
    )


def _frames(entries: Sequence[Any], where: str) -> _Frames:
    """Returns each frame's number and instances; of one image, frame 0."""
    if entries and "instances" not in json_document.mapping(entries[0], where=where):
        return [(0, entries)]
    frames = []
    for number, entry in enumerate(entries):
        name = f"{where}: entry {number}"
        entry = json_document.mapping(entry, where=name)
        frame = json_document.integer(entry.get("frame_id", number), where=name)
        instances = json_document.field(entry, "instances", where=name)
        frames.append((frame, json_document.members(instances, where=name)))
    return frames


def _points(instance: Mapping[str, Any], name: str) -> tuple[np.ndarray, np.ndarray]:
    given = json_document.field(instance, "keypoints", where=name)
    places = json_document.numbers(given, where=f"{name} keypoints")
    if places.ndim != 2 or places.shape[1] != 2:
        raise errors.InputError(
            f"{name}: expected keypoints as pairs of x and y. "
            f"Received: numbers of shape {list(places.shape)}"
        )
    scores = np.ones(len(places))
    if "keypoint_scores" in instance:
        scores = json_document.numbers(
            instance["keypoint_scores"], where=f"{name} keypoint_scores"
        )
    if scores.shape != (len(places),):
        raise errors.InputError(
            f"{name}: expected {len(places)} keypoint_scores. "
            f"Received: numbers of shape {list(scores.shape)}"
        )
    return places, scores


def _order(
    count: int, names: list[str] | None, where: str, facts: VideoFacts
) -> keypoint_orders.KeypointOrder:
    if names is not None and len(names) == count:
        return keypoint_orders.by_names(names, where=where, skeleton=facts.skeleton)
    return keypoint_orders.by_count(count, where=where, skeleton=facts.skeleton)


def _names(meta: Any) -> list[str] | None:
    """Returns the keypoints' names in order, of `keypoint_id2name`."""
    if not isinstance(meta, dict):
        return None
    names = meta.get("keypoint_id2name")
    if isinstance(names, dict) and all(str(key).isdecimal() for key in names):
        return [str(names[key]) for key in sorted(names, key=int)]
    names = meta.get("keypoint_name2id")
    if isinstance(names, dict) and all(isinstance(v, int) for v in names.values()):
        return sorted(names, key=lambda name: names[name])
    return None


def _track_id(instance: Mapping[str, Any]) -> str | None:
    value = instance.get("track_id")
    if isinstance(value, list):
        value = value[0] if value else None
    return None if value is None or value == -1 else str(value)
