"""People that a 2D detector saw in one video, each with an id."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

import numpy as np

from stpose_tf import errors
from stpose_tf.data.detections import frame_person, track_linking
from stpose_tf.data.detections.frame_person import FramePerson
from stpose_tf.geometry import skeleton_maps


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonTrack:
    """One person through the video.

    Attributes:
        id: The file's, or a number given here where the file has none.
        frames: Which frames of the video, from 0, rising, int64, `[frames]`; those
            without the person are left out.
        keypoints: In px of the image, float32, `[frames, keypoints, 2]`; NaN where
            the detector gave none.
        confidence: 0 to 1, float32, `[frames, keypoints]`; 0 where there is none.
        boxes: Left, top, right and bottom in px, float32, `[frames, 4]`, NaN where
            one is missing; None if all are.
    """

    id: str
    frames: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray
    boxes: np.ndarray | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """One video's people.

    Attributes:
        skeleton: Name of the keypoints' order.
        fps: Frames a second, where known.
        image_size: Width and height in px, where known.
        people: In order of their first frame.
        annotated: Whether people placed the keypoints, so that they are truth.
        span: Which frames the file speaks of, with people or without; None if it
            leaves open what comes before the first and after the last of them.
    """

    skeleton: str
    fps: float | None
    image_size: tuple[int, int] | None
    people: tuple[PersonTrack, ...]
    annotated: bool = False
    span: range | None = None


def tracks(people: Iterable[FramePerson]) -> tuple[PersonTrack, ...]:
    """Returns the people of all frames as tracks.

    Where each of them has an id, those of one id are one person (of two in one frame
    the surer one counts). Otherwise they are linked from frame to frame by nearness.

    Args:
        people: In any order; all with the same number of keypoints.
    """
    members = sorted(people, key=lambda person: person.frame)
    if all(person.id is not None for person in members):
        groups: dict[str, list[FramePerson]] = {}
        for person in members:
            groups.setdefault(str(person.id), []).append(person)
    else:
        linked = track_linking.link(members)
        groups = {str(number): track for number, track in enumerate(linked)}
    found = [_track(name, group) for name, group in groups.items()]
    found = [track for track in found if (track.confidence > 0).any()]
    return tuple(sorted(found, key=lambda track: int(track.frames[0])))


def from_arrays(
    places: np.ndarray,
    confidence: np.ndarray,
    *,
    person: str,
    frames: np.ndarray,
    where: str,
) -> PersonTrack | None:
    """Returns one person's track; None if there is no keypoint at all.

    Args:
        places: In px, NaN where there is none, `[frames, keypoints, 2]`.
        confidence: `[frames, keypoints]`.
        person: The id.
        frames: Their numbers, rising, `[frames]`.
        where: What to call it in an error.

    Raises:
        InputError: If a place is infinite or far from any image, or a confidence is
            not finite.
    """
    keypoints, confidence = frame_person.cleaned(places, confidence, where=where)
    there = (confidence > 0).any(axis=1)
    if not there.any():
        return None
    return PersonTrack(
        id=person,
        frames=frames[there].astype(np.int64),
        keypoints=keypoints[there],
        confidence=confidence[there],
        boxes=None,
    )


def in_frames(track: PersonTrack, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns a person's keypoints and confidence in some frames of the video.

    Args:
        track: The person.
        frames: Their numbers, `[frames]`.

    Returns:
        Keypoints in px, `[frames, keypoints, 2]`, NaN where the person is not, and
        confidence, `[frames, keypoints]`, 0 there.
    """
    places = np.searchsorted(track.frames, frames).clip(0, len(track.frames) - 1)
    there = track.frames[places] == frames
    keypoints = np.where(
        there[:, np.newaxis, np.newaxis], track.keypoints[places], np.nan
    )
    confidence = np.where(there[:, np.newaxis], track.confidence[places], 0.0)
    return keypoints.astype(np.float32), confidence.astype(np.float32)


def span_of(frames: Iterable[int]) -> range | None:
    """Returns the frames from the first to the last one; None if there is none."""
    numbers = list(frames)
    return range(min(numbers), max(numbers) + 1) if numbers else None


def in_skeleton(detections: Detections, skeleton: str) -> Detections:
    """Returns the detections with their keypoints in another order.

    A keypoint that is the middle of several is as sure as the least sure of them, and
    missing where one of them is.

    Args:
        detections: What a reader gave.
        skeleton: Name of the wanted order.

    Raises:
        InputError: If there is no map between the two orders.
    """
    if skeleton == detections.skeleton:
        return detections
    linear_map = skeleton_maps.linear_map(detections.skeleton, skeleton)
    people = tuple(
        _mapped(person, linear_map.matrix, linear_map.valid)
        for person in detections.people
    )
    return dataclasses.replace(detections, skeleton=skeleton, people=people)


def _track(name: str, group: Sequence[FramePerson]) -> PersonTrack:
    surest: dict[int, FramePerson] = {}
    for person in group:
        other = surest.get(person.frame)
        if other is None or person.confidence.sum() > other.confidence.sum():
            surest[person.frame] = person
    members = [surest[frame] for frame in sorted(surest)]
    boxes = None
    if any(person.box is not None for person in members):
        missing = (math.nan,) * 4
        rows = [missing if p.box is None else p.box for p in members]
        boxes = np.array(rows, np.float32)
    return PersonTrack(
        id=name,
        frames=np.array([person.frame for person in members], np.int64),
        keypoints=np.stack([person.keypoints for person in members]),
        confidence=np.stack([person.confidence for person in members]),
        boxes=boxes,
    )


def _mapped(person: PersonTrack, matrix: np.ndarray, valid: np.ndarray) -> PersonTrack:
    present = person.confidence > 0
    used = matrix > 0
    complete = valid & ~np.einsum("ts,fs->ft", used, ~present)
    places = np.where(present[..., np.newaxis], person.keypoints, 0.0)
    keypoints = np.einsum("ts,fsd->ftd", matrix, places)
    least = np.where(used, person.confidence[:, np.newaxis], np.inf).min(axis=-1)
    return dataclasses.replace(
        person,
        keypoints=np.where(complete[..., np.newaxis], keypoints, np.nan).astype(
            np.float32
        ),
        confidence=np.where(complete, least, 0.0).astype(np.float32),
    )


def checked_fps(fps: float | None) -> float | None:
    """Returns the rate.

    Raises:
        InputError: If it is not a positive number.
    """
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise errors.InputError(f"fps: expected a positive number. Received: {fps}")
    return fps
