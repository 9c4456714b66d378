"""Human3.6M as VideoPose3D's archives, `data_3d_h36m.npz` and `data_2d_h36m_*.npz`.

3D in metres, world z up; 2D in px of the four cameras. A clip has all four views.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from absl import logging

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import refusal
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.human36m import (
    h36m_footage,
    h36m_sequences,
    h36m_views,
)
from stpose_tf.data.sources.recorded import keypoint_choice, pose_archive
from stpose_tf.data.sources.recorded.archived_keypoints import ArchivedKeypoints
from stpose_tf.data.sources.recorded.pose_archive import Entry

_POSES = "data_3d_h36m.npz"
_KEYPOINTS = "data_2d_h36m_"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArchivedClip:
    """One sequence in four views; see `planned_clip.PlannedClip`.

    Attributes:
        poses: The 3D joints.
        keypoints: The 2D keypoints; None takes the projected 3D joints.
        metadata: The data set's `metadata.xml`; None takes the packaged cameras.
        step: Every which frame to keep.
    """

    poses: Entry
    keypoints: ArchivedKeypoints | None
    metadata: Path | None
    step: int

    @property
    def subject(self) -> str:
        """Such as `S9`."""
        return self.poses.subject

    @property
    def sequence(self) -> str:
        """Such as `Directions 1`."""
        return h36m_sequences.canonical(self.poses.sequence)

    @property
    def clip_id(self) -> str:
        """Such as `S9/Directions 1`."""
        return f"{self.subject}/{self.sequence}"

    @property
    def footage(self) -> tuple[Footage, ...]:
        """What each camera filmed."""
        return h36m_footage.footage(self.subject, self.sequence, step=self.step)

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If an archive is damaged, has another shape, or the 2D is
                shorter than the 3D or not of the same sequence.
        """
        where = f"{self.poses.path}: {self.poses.name}"
        (positions,) = self.poses.read()
        joints = h36m_sequences.ours(positions, where=where)
        return h36m_views.build(
            joints * h36m_sequences.MM_PER_M,
            self.keypoints,
            subject=self.subject,
            sequence=self.sequence,
            step=self.step,
            metadata=self.metadata,
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    keypoints: str | None = None,
    metadata: str | None = None,
    skip_damaged: bool = False,
) -> Iterator[ArchivedClip | Skipped]:
    """Yields every sequence of the archive of 3D poses, in its order.

    Args:
        path: The folder that holds `data_3d_h36m.npz`, or that file.
        fps: Frames a second to give; None is 50, else 50 must be a multiple of it.
        subjects: Only these, such as `S9`; all of them if empty.
        keypoints: The tag of `data_2d_h36m_<tag>.npz`, such an archive elsewhere, or
            "projected" for the projected 3D joints; None takes the only archive in
            the folder, projects if there is none.
        metadata: The data set's `metadata.xml`, whose cameras take the place of the
            packaged ones; None takes the one in the folder, if any.
        skip_damaged: Leave out three sequences of S9 whose 3D drifts away from the
            images.

    Raises:
        InputError: If an archive is missing or unusable, or the rate does not divide.
    """
    step = frame_rates.step(h36m_sequences.FPS, fps or h36m_sequences.FPS)
    poses = path / _POSES if path.is_dir() else path
    chosen = keypoint_choice.archive(poses.parent, _KEYPOINTS, chosen=keypoints)
    cameras = Path(metadata) if metadata else poses.parent / h36m_views.METADATA
    seen = keypoint_choice.entries(chosen) if chosen else {}
    for entry in pose_archive.poses(poses):
        name = (entry.subject, h36m_sequences.canonical(entry.sequence))
        if subjects and entry.subject not in subjects:
            continue
        if h36m_sequences.is_left_out(*name, skip_damaged=skip_damaged):
            logging.info("%s/%s is left out", *name)
            continue
        try:
            if not entry.arrays:
                raise refusal.error(
                    f"{poses}: {entry.name}", "an array [time, 32, 3]", "something else"
                )
            if chosen and (entry.subject, entry.sequence) not in seen:
                raise refusal.error(chosen, f"keypoints of {entry.name}", "none")
            yield ArchivedClip(
                poses=entry,
                keypoints=seen.get((entry.subject, entry.sequence)),
                metadata=cameras if metadata or cameras.is_file() else None,
                step=step,
            )
        except errors.InputError as error:
            yield Skipped(name="/".join(name), reason=str(error))
