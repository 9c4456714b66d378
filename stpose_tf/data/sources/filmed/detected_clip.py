"""A filmed clip with detections in place of the data set's own 2D."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.containers import named_files, refusal
from stpose_tf.data.detections import detection_file, person_tracks
from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.filmed import nearest_person
from stpose_tf.data.sources.filmed.nearest_person import Seen
from stpose_tf.data.sources.planned_clip import FilmedClip
from stpose_tf.data.sources.recorded import recorded_view


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DetectionFacts:
    """What the user says of the files.

    Attributes:
        file_format: One of `detection_file.FORMATS`; None recognizes it.
        skeleton: Name of their keypoints' order; None knows it from the file.
        input_skeleton: The order to give; None is the files'.
        labels_above: Detections of more confidence are taken as truth; None takes
            none. Annotations always are truth.
    """

    file_format: str | None = None
    skeleton: str | None = None
    input_skeleton: str | None = None
    labels_above: float | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DetectedClip:
    """See `planned_clip.PlannedClip`.

    Attributes:
        own: The clip with its own 2D.
        files: Each view's file of detections.
        facts: What the user says of them.
    """

    own: FilmedClip
    files: tuple[Path, ...]
    facts: DetectionFacts

    @property
    def clip_id(self) -> str:
        """The same."""
        return self.own.clip_id

    @property
    def subject(self) -> str:
        """The same."""
        return self.own.subject

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If the clip or a file cannot be read, or they are not of the
                same frames or not of the same person.
        """
        clip = self.own.read()
        found = [
            _read(path, self.facts, view.image_size, named_files.version(path))
            for path, view in zip(self.files, clip.views, strict=True)
        ]
        skeleton = _one_skeleton(self.files, [one.skeleton for one in found])
        views = tuple(
            self._view(clip, view, footage, detections, path)
            for view, footage, detections, path in zip(
                clip.views, self.own.footage, found, self.files, strict=True
            )
        )
        same = skeleton == clip.input_skeleton
        return dataclasses.replace(
            clip,
            input_skeleton=skeleton,
            keypoints_world=clip.keypoints_world if same else None,
            views=views,
        )

    def _view(
        self,
        clip: Clip,
        view: View,
        footage: Footage,
        detections: person_tracks.Detections,
        path: Path,
    ) -> View:
        first = _first_frame(detections, footage, path)
        _check_length(
            detections, footage, first=first, needed=clip.num_frames, path=path
        )
        frames = first + footage.step * np.arange(clip.num_frames)
        people = [
            Seen(*person_tracks.in_frames(track, frames)) for track in detections.people
        ]
        keypoints, confidence = nearest_person.choose(
            [seen for seen in people if (seen.confidence > 0.0).any()],
            skeleton=detections.skeleton,
            person=nearest_person.places(clip, view),
            where=str(path),
            drifts=footage.drifts,
        )
        labelled = np.zeros(confidence.shape, bool)
        if detections.annotated:
            labelled = confidence > 0.0
        elif self.facts.labels_above is not None:
            labelled = confidence > self.facts.labels_above
        return recorded_view.from_keypoints(
            keypoints,
            image_size=view.image_size,
            confidence=confidence,
            labelled=labelled,
            camera=view.camera,
        )


def _one_skeleton(files: Sequence[Path], names: Sequence[str]) -> str:
    for path, name in zip(files, names, strict=True):
        if name != names[0]:
            raise refusal.error(path, f"keypoints of {names[0]}", name)
    return names[0]


def _first_frame(
    detections: person_tracks.Detections, footage: Footage, path: Path
) -> int:
    """Returns the file's number of the first image.

    Most detectors count from 0; what is numbered by the images' names is counted as
    they are.
    """
    if detections.span is not None:
        if detections.span.start not in (0, 1):
            raise refusal.error(
                path, "frames from 0 or 1", f"from {detections.span.start}"
            )
        return detections.span.start
    lowest = min((int(p.frames[0]) for p in detections.people), default=0)
    return 0 if lowest == 0 else footage.first_image


def _check_length(
    detections: person_tracks.Detections,
    footage: Footage,
    *,
    first: int,
    needed: int,
    path: Path,
) -> None:
    """Refuses files of fewer frames than the clip, and of more if that cannot be."""
    step = footage.step
    if detections.span is not None:
        given = len(detections.span)
        if not footage.fits(len(range(0, given, step)), needed):
            whole = f" (every {step}. of them)" if step > 1 else ""
            raise refusal.error(path, footage.expected(needed) + whole, given)
        return
    last = max((int(p.frames[-1]) for p in detections.people), default=0) - first
    if footage.rest == "none" and last >= needed * step:
        raise refusal.error(
            path, footage.expected(needed), f"keypoints in frame {last} from 0"
        )


@functools.lru_cache(maxsize=1)
def _read(
    path: Path,
    facts: DetectionFacts,
    image_size: tuple[int, int],
    version: tuple[int, int],
) -> person_tracks.Detections:
    """Returns a file's people; kept, for a clip of its other people may follow."""
    del version
    try:
        found = detection_file.read(
            path, facts.file_format, skeleton=facts.skeleton, image_size=image_size
        )
    except OSError as error:
        raise refusal.error(path, "a readable file", error.strerror) from error
    if facts.input_skeleton is None:
        return found
    try:
        return person_tracks.in_skeleton(found, facts.input_skeleton)
    except errors.InputError as error:
        raise errors.InputError(f"{path}: {error}") from error
