"""Videos of which only 2D keypoints are known, one clip for each person."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import named_files
from stpose_tf.data.detections import (
    detection_file,
    detection_folders,
    person_tracks,
)
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.recorded import recorded_view

DATASET = "keypoints_2d"
_OUTPUT = "h36m17"
_ACTION = "motion"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrackClip:
    """A stretch of one person's frames; see `find`.

    Attributes:
        clip_id: The video, the person, and which stretch.
        subject: The video: who is seen in it is not known from elsewhere.
        path: The file or folder.
        options: How to read it.
        video: Which of the file's videos.
        person: The person's id.
        first: First frame of the stretch.
        last: Last frame.
        input_skeleton: The wanted order of the keypoints.
        fps: The wanted rate.
        step: Every which frame of the video to keep.
        labels_above: See `find`.
    """

    clip_id: str
    subject: str
    path: Path
    options: "_Options"
    video: str
    person: str
    first: int
    last: int
    input_skeleton: str
    fps: float
    step: int
    labels_above: float | None

    @property
    def footage(self) -> tuple[Footage, ...]:
        """The video, which may have the name of the file or of its entry."""
        names = tuple(dict.fromkeys((self.subject, self.path.stem, self.video)))
        return (Footage(videos=names, first=self.first, step=self.step, rest="any"),)

    def read(self) -> Clip:
        """Returns the clip; frames without the person have no keypoints.

        Raises:
            InputError: If the file has changed or cannot be read.
        """
        found = _read(self.path, self.options, self.video)
        found = person_tracks.in_skeleton(found, self.input_skeleton)
        rate, image_size = _facts(found, self.path)
        track = next((p for p in found.people if p.id == self.person), None)
        if track is None:
            raise errors.InputError(
                f"{self.path}: expected person {self.person}. Received: another file "
                "than when its clips were listed"
            )
        frames = np.arange(self.first, self.last + 1, self.step)
        keypoints, confidence = person_tracks.in_frames(track, frames)
        labelled = np.zeros(confidence.shape, bool)
        if found.annotated:
            labelled = confidence > 0
        elif self.labels_above is not None:
            labelled = confidence > self.labels_above
        try:
            view = recorded_view.from_keypoints(
                keypoints,
                image_size=image_size,
                confidence=confidence,
                labelled=labelled,
            )
        except errors.InputError as error:
            raise errors.InputError(f"{self.path}: {self.clip_id}: {error}") from error
        return Clip(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=_ACTION,
            fps=rate / self.step,
            input_skeleton=found.skeleton,
            output_skeleton=_OUTPUT,
            pose_world=None,
            pose_valid=None,
            keypoints_world=None,
            views=(view,),
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What `detection_file.read` is told."""

    file_format: str | None
    skeleton: str | None
    image_size: tuple[int, int] | None
    fps: float | None


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    file_format: str | None = None,
    skeleton: str | None = None,
    input_skeleton: str | None = None,
    image_size: tuple[int, int] | None = None,
    source_fps: float | None = None,
    longest_gap: int = 15,
    fewest_frames: int = 16,
    labels_above: float | None = None,
) -> Iterator[TrackClip | Skipped]:
    """Yields each person of each video, in order of the files' names.

    Args:
        path: A file of 2D detections or keypoints, OpenPose's folder, or a folder with
            such files and folders in it.
        fps: Frames a second to give; None is the videos'.
        subjects: Only these videos, by the file's or folder's name; all if empty.
        file_format: One of `detection_file.FORMATS`; None recognizes it.
        skeleton: Name of the files' keypoint order, where it cannot be known.
        input_skeleton: The order to give; None is the files'.
        image_size: Width and height in px, where a file does not say it.
        source_fps: Frames a second, where a file does not say it.
        longest_gap: Frames for which a person may be lost; after more a new clip
            begins.
        fewest_frames: Shorter stretches are skipped.
        labels_above: Detections with more confidence than this are taken as truth;
            None takes no detection. Annotations always are truth.

    Raises:
        InputError: If there is nothing to read at all.
    """
    options = _Options(
        file_format=file_format,
        skeleton=skeleton,
        image_size=image_size,
        fps=source_fps,
    )
    for source, subject in detection_folders.find(path):
        if subjects and subject not in subjects:
            continue
        try:
            names = detection_file.videos(source, file_format)
        except errors.InputError as error:
            yield Skipped(name=subject, reason=str(error))
            continue
        for video in names:
            name = subject if len(names) == 1 else f"{subject}/{video}"
            try:
                found = _read(source, options, video)
                rate, _ = _facts(found, source)
                wanted = input_skeleton or found.skeleton
                person_tracks.in_skeleton(dataclasses.replace(found, people=()), wanted)
                step = frame_rates.step(rate, rate if fps is None else fps)
            except errors.InputError as error:
                yield Skipped(name=name, reason=str(error))
                continue
            for person in found.people:
                yield from _stretches(
                    TrackClip(
                        clip_id=f"{name}_{person.id}",
                        subject=name,
                        path=source,
                        options=options,
                        video=video,
                        person=person.id,
                        first=0,
                        last=0,
                        input_skeleton=wanted,
                        fps=rate if fps is None else fps,
                        step=step,
                        labels_above=labels_above,
                    ),
                    person,
                    longest_gap=longest_gap,
                    fewest_frames=fewest_frames,
                )


def _stretches(
    whole: TrackClip,
    person: person_tracks.PersonTrack,
    *,
    longest_gap: int,
    fewest_frames: int,
) -> Iterator[TrackClip | Skipped]:
    """Yields a clip for each stretch of frames without a long gap."""
    frames = person.frames[(person.confidence > 0).any(axis=1)]
    breaks = np.flatnonzero(np.diff(frames) - 1 > longest_gap)
    firsts = [0, *(breaks + 1).tolist()]
    lasts = [*breaks.tolist(), len(frames) - 1]
    for number, (begin, end) in enumerate(zip(firsts, lasts, strict=True)):
        name = whole.clip_id if len(firsts) == 1 else f"{whole.clip_id}.{number}"
        first, last = int(frames[begin]), int(frames[end])
        if last - first + 1 < fewest_frames:
            yield Skipped(
                name=name,
                reason=f"{whole.path}: expected person {person.id} for "
                f"{fewest_frames} frames. Received: {last - first + 1} from {first}",
            )
            continue
        yield dataclasses.replace(whole, clip_id=name, first=first, last=last)


def _facts(
    found: person_tracks.Detections, path: Path
) -> tuple[float, tuple[int, int]]:
    """Returns the rate and the image's size, which a clip cannot do without."""
    if found.image_size is None:
        raise errors.InputError(
            f"{path}: expected the image's width and height from the user, for the "
            "file does not say them. Received: none"
        )
    if found.fps is None:
        raise errors.InputError(
            f"{path}: expected the video's frames a second from the user, for the file "
            "does not say them. Received: none"
        )
    return found.fps, found.image_size


def _read(path: Path, options: _Options, video: str) -> person_tracks.Detections:
    return _cached(path, options, video, named_files.version(path))


@functools.lru_cache(maxsize=1)
def _cached(
    path: Path, options: _Options, video: str, version: tuple[int, int]
) -> person_tracks.Detections:
    """Returns the detections; kept, for their people are read one by one."""
    del version
    return detection_file.read(
        path,
        options.file_format,
        skeleton=options.skeleton,
        image_size=options.image_size,
        fps=options.fps,
        video=video,
    )
