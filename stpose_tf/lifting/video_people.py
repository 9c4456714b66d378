"""All people of a video on the way to 3D."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from stpose_tf import errors, stage_clock
from stpose_tf.geometry import skeleton_maps
from stpose_tf.lifting import pose_lifter, video_track
from stpose_tf.lifting.intrinsics import Intrinsics
from stpose_tf.lifting.stretch import LiftedStretch
from stpose_tf.people.people_finder import PeopleFinder
from stpose_tf.video import frame_source

_GONE = 3.0  # s; longer than a tracker looks for somebody


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
) -> Iterator[tuple[str, list[LiftedStretch]]]:
    """Yields each person's id and stretches, as soon as the person is gone for good.

    An interrupt ends the video there: who was seen so far is yielded, then it goes on
    its way.

    Args:
        source: The frames.
        tracker: Finds the people in them.
        lifter: The network.
        picks: What `picks` returned.
        model_fps: The rate that the lifter was trained at.
        camera: Of the video.
        clock: Counts the time of decoding, 2D and 3D.
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
    frames = frame_source.frames(source)
    try:
        while True:
            with clock.stage("decode"):
                frame = next(frames, None)
            if frame is None:
                break
            times.append(frame.time)
            with clock.stage("2D"):
                found = tracker.step(frame.number, frame.image)
            with clock.stage("3D"):
                for one in found:
                    if one.person not in people:
                        track = video_track.VideoTrack(lifter, **settings)
                        people[one.person] = _Person(track, one.frame, [])
                    person = people[one.person]
                    person.last = one.frame
                    person.stretches += person.track.add(one)
            over = frame.number - _GONE * source.fps
            for number in [n for n, person in people.items() if person.last < over]:
                with clock.stage("3D"):
                    stretches = _finished(people.pop(number))
                yield str(number), stretches
    except KeyboardInterrupt as error:
        interrupt = error
    for number, person in people.items():
        with clock.stage("3D"):
            stretches = _finished(person)
        yield str(number), stretches
    if interrupt is not None:
        raise interrupt


def _finished(person: _Person) -> list[LiftedStretch]:
    return [*person.stretches, *person.track.finish()]
