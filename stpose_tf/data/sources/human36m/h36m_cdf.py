"""Human3.6M as its authors give it out: a .cdf file for each sequence.

3D in mm, world z up, in `S1/MyPoseFeatures/D3_Positions/Directions 1.cdf`, or in
`extracted/S1/Poses_D3_Positions` as h36m-fetch unpacks it; 2D in px from
`D2_Positions`, from one of VideoPose3D's archives, or projected. A clip has all four
views; cameras are the packaged ones or those of `metadata.xml`.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from absl import logging

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import cdf_file, refusal
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.human36m import (
    h36m_cameras,
    h36m_footage,
    h36m_sequences,
    h36m_views,
)
from stpose_tf.data.sources.recorded import keypoint_choice
from stpose_tf.data.sources.recorded.archived_keypoints import ArchivedKeypoints

_POSES = ("MyPoseFeatures/D3_Positions", "Poses_D3_Positions", "D3_Positions")
_KEYPOINTS = ("MyPoseFeatures/D2_Positions", "Poses_D2_Positions", "D2_Positions")
_ARCHIVE = "data_2d_h36m_"
_SUBJECT = re.compile(r"S\d{1,2}")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class PixelFiles:
    """A sequence's files of projected joints; see `h36m_views.Keypoints`.

    Attributes:
        paths: One of each camera.
    """

    paths: tuple[Path, ...]

    @property
    def skeleton(self) -> str:
        """The same for all."""
        return h36m_views.SKELETON

    @property
    def exact(self) -> bool:
        """They are the truth."""
        return True

    def read(
        self, *, num_frames: int, num_views: int, step: int = 1
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Returns each camera's keypoints in px, `[frames, 17, 2]`.

        Raises:
            InputError: If a file is damaged, has another shape or fewer frames.
        """
        del num_views  # there are as many as cameras
        found: list[tuple[np.ndarray, np.ndarray | None]] = []
        for path in self.paths:
            numbers = cdf_file.read_pose(path, numbers=h36m_sequences.NUM_JOINTS * 2)
            if len(numbers) < num_frames:
                expected = f"at least the {num_frames} frames of the 3D joints"
                raise refusal.error(path, expected, len(numbers))
            if not np.isfinite(numbers).all():
                raise refusal.error(path, "finite keypoints", "NaN or infinity")
            pixels = numbers.reshape(-1, h36m_sequences.NUM_JOINTS, 2)
            kept = pixels[:num_frames:step, h36m_sequences.KEPT_JOINTS]
            found.append((kept, None))
        return found


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeClip:
    """One sequence in four views; see `planned_clip.PlannedClip`.

    Attributes:
        path: The 3D file.
        subject: Such as `S9`.
        keypoints: The 2D keypoints; None takes the projected 3D joints.
        metadata: The data set's `metadata.xml`; None takes the packaged cameras.
        step: Every which frame to keep.
    """

    path: Path
    subject: str
    keypoints: PixelFiles | ArchivedKeypoints | None
    metadata: Path | None
    step: int

    @property
    def sequence(self) -> str:
        """Such as `Directions 1`."""
        return h36m_sequences.canonical(self.path.stem)

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
            InputError: If a file is damaged, has another shape, or the 2D is shorter
                than the 3D or not of the same sequence.
        """
        numbers = cdf_file.read_pose(self.path, numbers=h36m_sequences.NUM_JOINTS * 3)
        positions = numbers.reshape(-1, h36m_sequences.NUM_JOINTS, 3)
        joints = h36m_sequences.ours(positions, where=str(self.path))
        return h36m_views.build(
            joints,
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
) -> Iterator[TreeClip | Skipped]:
    """Yields every sequence, by subject and name.

    Args:
        path: Holds the folders `S1` to `S11`, or `extracted` that does; or is one of
            them.
        fps: Frames a second to give; None is 50, else 50 must be a multiple of it.
        subjects: Only these, such as `S9`; all of them if empty.
        keypoints: The tag of a `data_2d_h36m_<tag>.npz` in the folder, such an archive
            elsewhere, or "projected"; None takes the only archive in the folder, else
            the files of `D2_Positions`, else the projected 3D joints.
        metadata: The data set's `metadata.xml`, whose cameras take the place of the
            packaged ones; None takes the one in or above the folder, if any.
        skip_damaged: Leave out three sequences of S9 whose 3D drifts away from the
            images.

    Raises:
        InputError: If there is no subject's folder, the archive of keypoints is
            unusable, or the rate does not divide.
    """
    step = frame_rates.step(h36m_sequences.FPS, fps or h36m_sequences.FPS)
    chosen = keypoint_choice.archive(path, _ARCHIVE, chosen=keypoints)
    seen = keypoint_choice.entries(chosen) if chosen else {}
    cameras = Path(metadata) if metadata else _metadata(path)
    for folder in _subject_folders(path):
        if subjects and folder.name not in subjects:
            continue
        for file in sorted(_first(folder, _POSES).glob("*.cdf")):
            name = (folder.name, h36m_sequences.canonical(file.stem))
            if file.name.startswith((".", "_")):
                continue  # `_ALL` is every sequence once more
            if h36m_sequences.is_left_out(*name, skip_damaged=skip_damaged):
                logging.info("%s/%s is left out", *name)
                continue
            try:
                if not h36m_sequences.is_named(file.stem):
                    raise refusal.error(file, "<Action> <number>.cdf", file.name)
                if chosen and name not in seen:
                    raise refusal.error(
                        chosen, f"keypoints of {'/'.join(name)}", "none"
                    )
                found: PixelFiles | ArchivedKeypoints | None = seen.get(name)
                if found is None and keypoints is None:
                    found = _pixel_files(folder, file)
                yield TreeClip(
                    path=file,
                    subject=folder.name,
                    keypoints=found,
                    metadata=cameras,
                    step=step,
                )
            except errors.InputError as error:
                yield Skipped(name="/".join(name), reason=str(error))


def _subject_folders(path: Path) -> list[Path]:
    path = path.resolve()  # for its name
    if not path.is_dir():
        raise refusal.error(path, "a folder", "no folder")
    inside = path / "extracted"
    folders = [path, *path.iterdir(), *(inside.iterdir() if inside.is_dir() else ())]
    found = {
        folder.name: folder
        for folder in folders
        if _SUBJECT.fullmatch(folder.name) and _first(folder, _POSES).is_dir()
    }
    if not found:
        raise refusal.error(
            path, f"folders such as S1/{_POSES[0]} or S1/{_POSES[1]}", "none"
        )
    return [found[name] for name in sorted(found, key=lambda name: int(name[1:]))]


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    """Returns the first of the folders that is there, or the last one."""
    there = [folder / name for name in names if (folder / name).is_dir()]
    return there[0] if there else folder / names[-1]


def _pixel_files(folder: Path, file: Path) -> PixelFiles | None:
    """Returns the 2D files of all cameras if all of them are there."""
    place = _first(folder, _KEYPOINTS)
    paths = tuple(place / f"{file.stem}.{name}.cdf" for name in h36m_cameras.NAMES)
    return PixelFiles(paths) if all(path.is_file() for path in paths) else None


def _metadata(path: Path) -> Path | None:
    for folder in (path, path / "extracted", path.parent):
        if (folder / h36m_views.METADATA).is_file():
            return folder / h36m_views.METADATA
    return None
