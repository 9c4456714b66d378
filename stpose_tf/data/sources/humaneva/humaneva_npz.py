"""HumanEva-I as VideoPose3D's archives, `data_3d_humaneva15.npz` and 2D ones.

3D in metres, world z up; 2D in px of three cameras. A clip has all three views. The
official split is in the subjects' names: `Train/S1` to train, `Validate/S1` to test.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import refusal
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.humaneva import humaneva_cameras
from stpose_tf.data.sources.humaneva.lens_fit import FittedLens
from stpose_tf.data.sources.recorded import (
    keypoint_choice,
    multi_view_clip,
    pose_archive,
)
from stpose_tf.data.sources.recorded.archived_keypoints import ArchivedKeypoints
from stpose_tf.data.sources.recorded.multi_view_clip import Shot
from stpose_tf.data.sources.recorded.pose_archive import Entry
from stpose_tf.geometry import skeletons

DATASET = "humaneva"
FPS = 60.0
_POSES = "data_3d_humaneva15.npz"
_KEYPOINTS = "data_2d_humaneva15_"
_MM_PER_M = 1000.0
_Named = Mapping[tuple[str, str], ArchivedKeypoints]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChunkClip:
    """One chunk of a sequence in three views; see `planned_clip.PlannedClip`.

    Attributes:
        poses: The 3D joints.
        keypoints: The 2D keypoints.
        lenses: Of the three cameras.
        step: Every which frame to keep.
    """

    poses: Entry
    keypoints: ArchivedKeypoints
    lenses: tuple[FittedLens, ...]
    step: int

    @property
    def subject(self) -> str:
        """Such as `Validate/S1`."""
        return self.poses.subject

    @property
    def clip_id(self) -> str:
        """Such as `Validate/S1/Walking 1 chunk0`."""
        return self.poses.name

    @property
    def footage(self) -> tuple[Footage, ...]:
        """What each camera filmed of this chunk; no video is known to begin with it."""
        return tuple(
            Footage(detections=(f"{self.clip_id}.{camera}",), step=self.step)
            for camera in humaneva_cameras.NAMES
        )

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If an archive is damaged, has another shape, or the 2D is
                shorter than the 3D or not of the same sequence.
        """
        where = f"{self.poses.path}: {self.poses.name}"
        (positions,) = self.poses.read()
        count = skeletons.get(humaneva_cameras.SKELETON).num_joints
        if positions.ndim != 3 or positions.shape[1:] != (count, 3):
            raise refusal.error(
                where, f"the shape [time, {count}, 3]", list(positions.shape)
            )
        if not len(positions):
            raise refusal.error(where, "frames", "none")
        views = self.keypoints.read(
            num_frames=len(positions),
            num_views=len(humaneva_cameras.NAMES),
            step=self.step,
        )
        places = humaneva_cameras.places()[humaneva_cameras.person(self.subject)]
        shots = [
            Shot(
                name=name,
                image_size=humaneva_cameras.IMAGE_SIZE,
                camera=humaneva_cameras.camera(place, lens),
                keypoints=keypoints,
                confidence=confidence,
            )
            for name, place, lens, (keypoints, confidence) in zip(
                humaneva_cameras.NAMES, places, self.lenses, views, strict=True
            )
        ]
        return multi_view_clip.build(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=self.poses.sequence.partition(" ")[0],
            fps=FPS / self.step,
            joints=positions[:: self.step].astype(np.float64) * _MM_PER_M,
            joints_skeleton=humaneva_cameras.SKELETON,
            shots=shots,
            input_skeleton=self.keypoints.skeleton,
            exact=self.keypoints.exact,
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    keypoints: str | None = None,
) -> Iterator[ChunkClip | Skipped]:
    """Yields every chunk of the archive of 3D poses, in its order.

    The lenses are found from `data_2d_humaneva15_gt.npz` if the folder has it, else
    from the keypoints that are read.

    Args:
        path: The folder that holds `data_3d_humaneva15.npz`, or that file.
        fps: Frames a second to give; None is 60, else 60 must be a multiple of it.
        subjects: Only these, such as `Train/S1`; all of them if empty.
        keypoints: The tag of `data_2d_humaneva15_<tag>.npz`, or such an archive
            elsewhere; None takes the only archive in the folder.

    Raises:
        InputError: If an archive is missing or unusable, or the rate does not divide.
    """
    step = frame_rates.step(FPS, fps or FPS)
    poses = path / _POSES if path.is_dir() else path
    entries = list(pose_archive.poses(poses))
    chosen = keypoint_choice.archive(poses.parent, _KEYPOINTS, chosen=keypoints)
    if chosen is None:
        raise refusal.error(
            poses.parent, f"{_KEYPOINTS}*.npz, without which no lens is known", "none"
        )
    seen = keypoint_choice.entries(chosen)
    exact = poses.parent / f"{_KEYPOINTS}gt.npz"
    known = _lenses(
        entries, keypoint_choice.entries(exact) if exact.is_file() else seen
    )
    for entry in entries:
        if subjects and entry.subject not in subjects:
            continue
        key = (entry.subject, entry.sequence)
        lenses = known[humaneva_cameras.person(entry.subject)]
        problem = ""
        if not entry.arrays:
            problem = f"{poses}: {entry.name}: expected an array [time, 15, 3]"
        elif key not in seen:
            problem = f"{chosen}: expected keypoints of {entry.name}. Received: none"
        elif isinstance(lenses, str):
            problem = lenses
        if problem or isinstance(lenses, str):
            yield Skipped(name=entry.name, reason=problem)
            continue
        yield ChunkClip(poses=entry, keypoints=seen[key], lenses=lenses, step=step)


def _lenses(
    entries: list[Entry], seen: _Named
) -> dict[str, tuple[FittedLens, ...] | str]:
    """Returns each person's lenses, or why they are not known."""
    known: dict[str, tuple[FittedLens, ...] | str] = {}
    for name in dict.fromkeys(humaneva_cameras.person(e.subject) for e in entries):
        pairs = [
            (entry, seen[entry.subject, entry.sequence])
            for entry in entries
            if humaneva_cameras.person(entry.subject) == name
            and entry.arrays
            and (entry.subject, entry.sequence) in seen
        ]
        if name not in humaneva_cameras.places():
            persons = ", ".join(humaneva_cameras.places())
            known[name] = str(refusal.error(name, f"one of {persons}", name))
            continue
        try:
            known[name] = humaneva_cameras.lenses(name, pairs)
        except errors.InputError as error:
            known[name] = str(error)
    return known
