"""All people of a video on the way to 3D."""

import contextlib
import dataclasses
import os
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from stpose_tf import errors, read_ahead, stage_clock
from stpose_tf.geometry import skeleton_maps
from stpose_tf.lifting import pose_lifter, video_track
from stpose_tf.lifting.intrinsics import Intrinsics
from stpose_tf.lifting.stretch import LiftedStretch
from stpose_tf.people.people_finder import PeopleFinder
from stpose_tf.people.person_frame import PersonFrame
from stpose_tf.video import frame_source

_FRAMES_AHEAD = 4  # 25 MB each in 4K
_SEEN_AHEAD = 8  # 0.3 MB for each person

_Seen = tuple[int, float, list[PersonFrame]]


@dataclasses.dataclass(slots=True)
class _Person:
    """One person so far."""

    track: video_track.VideoTrack
    last: int
    stretches: list[LiftedStretch]


def picks(network_skeleton: str, input_skeleton: str) -> list[int]:
    """Returns for each keypoint of the lifter its place among a 2D network's.

    Raises:
        InputError: If one is not among them: heat maps cannot be averaged.
    """
    rows = skeleton_maps.linear_map(network_skeleton, input_skeleton)
    single = np.isclose(rows.matrix.max(axis=1), 1.0)
    if not single.all():
        raise errors.InputError(
            f"The 2D network: expected the keypoints of {input_skeleton}. "
            f"Received: those of {network_skeleton}"
        )
    found: list[int] = rows.matrix.argmax(axis=1).tolist()
    return found


def lift(
    source: frame_source.FrameSource,
    tracker: PeopleFinder,
    lifter: pose_lifter.PoseLifter,
    *,
    picks: list[int],
    model_fps: float,
    camera: Intrinsics,
    clock: stage_clock.StageClock,
    overlapped: bool | None = None,
) -> Iterator[tuple[str, list[LiftedStretch]]]:
    """Yields each person's id and stretches, as soon as the person is gone for good.

    An interrupt ends the video there: who was seen so far is yielded, then it goes on
    its way.

    Args:
        source: The frames; nobody reads them any more once this has ended.
        tracker: Finds the people in them.
        lifter: The network.
        picks: What `picks` returned.
        model_fps: The rate that the lifter was trained at.
        camera: Of the video.
        clock: Counts the time of decoding, 2D and 3D.
        overlapped: Whether decoding and 2D run ahead in threads of their own; None
            is wherever there is more than one core.
    """
    times: list[float] = []
    people: dict[int, _Person] = {}
    interrupt: KeyboardInterrupt | None = None
    settings: dict[str, Any] = {
        "picks": picks,
        "fps": source.fps,
        "model_fps": model_fps,
        "camera": camera,
        "time_of": times.__getitem__,
    }
    if overlapped is None:
        overlapped = (os.cpu_count() or 1) > 1
    frames = _counted(frame_source.frames(source), clock)
    if overlapped:
        frames = read_ahead.ahead(frames, most=_FRAMES_AHEAD)
    seen = _tracked(frames, tracker, clock)
    if overlapped:
        seen = read_ahead.ahead(seen, most=_SEEN_AHEAD)
    try:
        for number, time, found in seen:
            times.append(time)
            with clock.stage("3D"):
                for one in found:
                    if one.person not in people:
                        track = video_track.VideoTrack(lifter, **settings)
                        people[one.person] = _Person(track, one.frame, [])
                    person = people[one.person]
                    person.last = one.frame
                    person.stretches += person.track.add(one)
            gone = [
                name
                for name, person in people.items()
                if tracker.is_gone(name, last=person.last, frame=number)
            ]
            for name in gone:
                with clock.stage("3D"):
                    stretches = _finished(people.pop(name))
                yield str(name), stretches
    except KeyboardInterrupt as error:
        interrupt = error
    finally:
        seen.close()
    for name, person in people.items():
        with clock.stage("3D"):
            stretches = _finished(person)
        yield str(name), stretches
    if interrupt is not None:
        raise interrupt


def _counted(
    frames: Iterator[frame_source.Frame], clock: stage_clock.StageClock
) -> Generator[frame_source.Frame]:
    """Yields the frames and counts the time that decoding takes."""
    while True:
        with clock.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _tracked(
    frames: Generator[frame_source.Frame],
    tracker: PeopleFinder,
    clock: stage_clock.StageClock,
) -> Generator[_Seen]:
    """Yields each frame's number and time, and who is found once it is known."""
    with contextlib.closing(frames):
        for frame in frames:
            with clock.stage("people"):
                found = tracker.step(frame.number, frame.image)
            yield frame.number, frame.time, found


def _finished(person: _Person) -> list[LiftedStretch]:
    return [*person.stretches, *person.track.finish()]
