"""MPI-INF-3DHP as it is given out: training sequences and the test set.

A training sequence is a clip of several views in one calibrated world. The test set
gives neither its cameras nor its rate, see `uncalibrated_clip`; the rate is taken as
that of most training sequences. A test clip's action is its scene, by which results
are reported; frames that are not valid have no truth, but their 2D joints are input.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.mpi import (
    mpi_annotations,
    mpi_calibration,
    mpi_footage,
)
from stpose_tf.data.sources.mpi.mpi_held_out import HeldOutSequence
from stpose_tf.data.sources.planned_clip import PlannedClip
from stpose_tf.data.sources.recorded import (
    recorded_clip,
    recovered_cameras,
    uncalibrated_clip,
)

DATASET = mpi_annotations.DATASET
# Cameras at the height of knees to chests, which most work trains on.
CAMERAS = (0, 1, 2, 4, 5, 6, 7, 8)
FPS = 25.0
# Frames of sequences 1 and 2 that have an image.
_FRAMES = {
    "S1": (6416, 12430),
    "S2": (6502, 6081),
    "S3": (12488, 12283),
    "S4": (6171, 6675),
    "S5": (12820, 12312),
    "S6": (6188, 6145),
    "S7": (6239, 6320),
    "S8": (6468, 6054),
}
_FAST = ("S1_Seq2", "S3_Seq1", "S3_Seq2", "S5_Seq1", "S5_Seq2")  # 50 a second
_LARGEST_GAP = 30.0  # mm between two cameras' annotations of one joint
_CAMERAS_IN_FILE = 14


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TrainSequence:
    """A training sequence that was found.

    Attributes:
        folder: Holds `annot.mat` and `camera.calibration`.
        clip_id: Such as `S1_Seq2`.
        subject: Such as `S1`.
        fps: Frames a second to give.
        step: Every `step`-th frame of the file is one of them.
        cameras: Numbers of the views.
        universal: Whether to give the standard body.
        input_skeleton: Of the keypoints.
    """

    folder: Path
    clip_id: str
    subject: str
    fps: float
    step: int
    cameras: tuple[int, ...]
    universal: bool
    input_skeleton: str

    @property
    def footage(self) -> tuple[Footage, ...]:
        """What each camera filmed."""
        return mpi_footage.train(self.clip_id, self.cameras, step=self.step)

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If a file cannot be read, or 2D, 3D and cameras do not fit
                each other.
        """
        sequence = self.clip_id.partition("_")[2]
        seen = mpi_annotations.read_train(
            self.folder / "annot.mat",
            self.cameras,
            universal=self.universal,
            frames=_FRAMES[self.subject][int(sequence[-1]) - 1],
            step=self.step,
        )
        places = self._places(seen)
        points, scale = seen[0].scaled()
        world = (points - scale * places[0].translation) @ places[0].rotation
        shape = world.shape[:2]
        return recorded_clip.build(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=sequence.lower(),
            fps=self.fps,
            seen_skeleton=mpi_annotations.SKELETON,
            sights=[
                recorded_clip.Sight(
                    name=f"camera {camera}",
                    keypoints=annotations.pixels,
                    confidence=np.ones(shape),
                    labelled=np.ones(shape, bool),
                    image_size=place.image_size,
                    camera=recovered_cameras.pinhole(
                        place.focal,
                        place.center,
                        rotation=place.rotation,
                        translation=scale * place.translation,
                    ),
                )
                for camera, place, annotations in zip(
                    self.cameras, places, seen, strict=True
                )
            ],
            input_skeleton=self.input_skeleton,
            truth=recorded_clip.Truth(
                skeleton=mpi_annotations.SKELETON,
                joints=world,
                known=np.ones(shape, bool),
            ),
        )

    def _places(
        self, seen: tuple[mpi_annotations.Annotations, ...]
    ) -> list[mpi_calibration.Calibration]:
        """Returns the cameras, once they put all annotations at one place."""
        path = self.folder / "camera.calibration"
        found = mpi_calibration.read(path)
        if len(found) <= max(self.cameras):
            raise errors.InputError(
                f"{path}: expected camera {max(self.cameras)}. "
                f"Received: {len(found)} cameras, counted from 0"
            )
        places = [found[camera] for camera in self.cameras]
        world = (seen[0].points - places[0].translation) @ places[0].rotation
        for camera, place, annotations in zip(self.cameras, places, seen, strict=True):
            points = world @ place.rotation.T + place.translation
            gaps = np.linalg.norm(points - annotations.points, axis=-1)
            if np.median(gaps) > _LARGEST_GAP:
                raise errors.InputError(
                    f"{path}: expected the cameras of annot3. Received: cameras "
                    f"{self.cameras[0]} and {camera}, which put joints "
                    f"{np.median(gaps):.0f} mm apart"
                )
        return places


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    cameras: tuple[int, ...] = CAMERAS,
    universal: bool = True,
    input_skeleton: str = mpi_annotations.SKELETON,
) -> Iterator[PlannedClip | Skipped]:
    """Yields the sequences in or below a folder, those to train on first.

    Args:
        path: Holds `S1/Seq1/annot.mat` or `TS1/annot_data.mat`, itself or one folder
            further down.
        fps: Frames a second to give; None is 25. Sequences of another rate, of which
            it is no part, are skipped.
        subjects: Only these, such as `S1` or `TS1`; all of them if empty.
        cameras: Views of training sequences, 0 to 13.
        universal: Whether to give the body of standard height, which official scores
            are of; else the subject's own.
        input_skeleton: Of the keypoints; those that the joints do not give have
            confidence 0.

    Raises:
        InputError: If there is no sequence at all, or a camera does not exist.
    """
    if not cameras or not set(cameras) <= set(range(_CAMERAS_IN_FILE)):
        raise errors.InputError(
            f"cameras: expected some of 0 to 13. Received: {cameras}"
        )
    train = _folders(path, "S*/Seq*", "annot.mat")
    held_out = _folders(path, "TS*", "annot_data.mat")
    if not train and not held_out:
        raise errors.InputError(
            f"{path}: expected S1/Seq1/annot.mat or TS1/annot_data.mat in it. "
            "Received: neither"
        )
    wanted = FPS if fps is None else fps
    for folder in train:
        subject, sequence = folder.parent.name, folder.name
        clip_id = f"{subject}_{sequence}"
        if subjects and subject not in subjects:
            continue
        if subject not in _FRAMES or not re.fullmatch("Seq[12]", sequence):
            reason = f"{folder}: expected S1/Seq1 to S8/Seq2. Received: {clip_id}"
            yield Skipped(name=clip_id, reason=reason)
            continue
        try:
            step = frame_rates.step(2 * FPS if clip_id in _FAST else FPS, wanted)
        except errors.InputError as error:
            yield Skipped(name=clip_id, reason=str(error))
            continue
        yield TrainSequence(
            folder=folder,
            clip_id=clip_id,
            subject=subject,
            fps=wanted,
            step=step,
            cameras=tuple(cameras),
            universal=universal,
            input_skeleton=input_skeleton,
        )
    for folder in held_out:
        clip_id = folder.name
        if subjects and clip_id not in subjects:
            continue
        if clip_id not in uncalibrated_clip.SCENES:
            reason = f"{folder}: expected TS1 to TS6. Received: {clip_id}"
            yield Skipped(name=clip_id, reason=reason)
            continue
        try:
            step = frame_rates.step(FPS, wanted)
        except errors.InputError as error:
            yield Skipped(name=clip_id, reason=str(error))
            continue
        yield HeldOutSequence(
            folder=folder,
            clip_id=clip_id,
            fps=wanted,
            step=step,
            universal=universal,
            input_skeleton=input_skeleton,
        )


def _folders(path: Path, pattern: str, name: str) -> list[Path]:
    """Returns the folders that hold the file, sorted by name; each sequence once."""
    depth = len(Path(pattern).parts)
    found: dict[tuple[str, ...], Path] = {}
    for start in ("", "*/"):
        for file in sorted(path.glob(f"{start}{pattern}/{name}")):
            found.setdefault(file.parent.parts[-depth:], file.parent)
    return [found[key] for key in sorted(found)]
