"""Clips of the people in a video of which nothing else is known."""

import contextlib
import dataclasses
from collections.abc import Iterator

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.own import people_in_videos
from stpose_tf.data.unseen_video import UnseenVideo
from stpose_tf.filming import view_recorder
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork
from stpose_tf.people import person_tracker
from stpose_tf.people.person_frame import PersonFrame
from stpose_tf.people.sightings import PersonDetector
from stpose_tf.video import frame_source

_OUTPUT = "h36m17"
_ACTION = "motion"
OTHER_RATE = 0.02  # share by which rates may differ: 29.97 counts as 30


@dataclasses.dataclass(slots=True)
class _Stretch:
    """A person without a long gap, so far."""

    last: int
    recorder: view_recorder.ViewRecorder


def clips(
    video: UnseenVideo,
    network: HeatmapNetwork,
    detector: PersonDetector,
    *,
    size: tuple[int, int],
) -> Iterator[Clip | Skipped]:
    """Yields a clip for each person, and for each stretch of one who was lost for long.

    All frames are looked at, but only every so many stored if the wanted rate is lower.
    A frame that does not show the person has maps of zeros.

    Args:
        video: The video.
        network: The 2D network, whose keypoints the clips have.
        detector: Finds people.
        size: Height and width of the maps to store.

    Raises:
        InputError: If the video cannot be read, has a rate of which the wanted one is
            no part, or shows nobody.
    """
    people: dict[int, list[_Stretch]] = {}
    with contextlib.closing(
        frame_source.open_source(str(video.path), fps=video.source_fps)
    ) as source:
        rate, step = _rate(video, source.fps)
        tracker = person_tracker.PersonTracker(network, detector, fps=source.fps)

        def begin() -> _Stretch:
            recorder = view_recorder.ViewRecorder(
                network.skeleton, size=size, image_size=source.image_size
            )
            return _Stretch(-1, recorder)

        for frame in frame_source.frames(source):
            for person in tracker.step(frame.number, frame.image):
                if person.frame % step:
                    continue
                number = person.frame // step
                known = people.setdefault(person.person, [begin()])
                lost = number - known[-1].last - 1
                if known[-1].recorder.frames and lost > video.longest_gap:
                    known.append(begin())
                _add(known[-1], number, person)
    if not people:
        raise errors.InputError(f"{video.path}: expected people. Received: nobody")
    for number, stretches in sorted(people.items()):
        for place, stretch in enumerate(stretches):
            name = f"{video.clip_id}_{number}" + (f".{place}" if place else "")
            yield _clip(name, stretch.recorder, video, network.skeleton, rate)


def _rate(video: UnseenVideo, fps: float) -> tuple[float, int]:
    """Returns the clips' rate, and every which frame of the video is theirs."""
    if video.fps is None:
        return fps, 1
    step = max(1, round(fps / video.fps))
    if abs(fps / step - video.fps) > OTHER_RATE * video.fps:
        raise errors.InputError(
            f"{video.path}: expected a rate of which {video.fps:g} frames a second are "
            f"a whole part. Received: {fps:g}"
        )
    return video.fps, step


def _add(stretch: _Stretch, number: int, person: PersonFrame) -> None:
    if stretch.recorder.frames:
        for _ in range(stretch.last + 1, number):
            stretch.recorder.add(None)
    stretch.recorder.add(person)
    stretch.last = number


def _clip(
    name: str,
    recorder: view_recorder.ViewRecorder,
    video: UnseenVideo,
    skeleton: str,
    rate: float,
) -> Clip | Skipped:
    if recorder.frames < video.fewest_frames:
        return Skipped(
            name=name,
            reason=f"{video.path}: expected a person for {video.fewest_frames} frames. "
            f"Received: {recorder.frames}",
        )
    return Clip(
        clip_id=name,
        dataset=people_in_videos.DATASET,
        subject=video.subject,
        action=_ACTION,
        fps=rate,
        input_skeleton=skeleton,
        output_skeleton=_OUTPUT,
        pose_world=None,
        pose_valid=None,
        keypoints_world=None,
        views=(recorder.finish(where=str(video.path)),),
    )
