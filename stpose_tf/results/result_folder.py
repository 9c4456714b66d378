"""The folder that a prediction leaves behind."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.results import (
    bvh_writer,
    csv_writer,
    people_viewer,
    pose_result,
    poses_json,
    poses_npz,
    trc_writer,
)
from stpose_tf.results.pose_result import PoseResult

JSON, NPZ, CSV, VIEWER = "poses.json", "poses.npz", "poses.csv", "viewer.html"
OVERLAY, STRIP = "overlay.mp4", "strip.png"
FORMATS = ("bvh", "trc", "csv")
_OURS = (JSON, NPZ, CSV, VIEWER, OVERLAY, STRIP, "person_*.bvh", "person_*.trc")


def check(folder: Path, *, overwrite: bool) -> None:
    """Refuses a folder that must not be written to.

    Raises:
        InputError: If it is a file, cannot be made or written to, or holds something
            and may not be overwritten.
    """
    there = next(
        path
        for path in (folder.absolute(), *folder.absolute().parents)
        if path.exists()
    )
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise errors.InputError(
            f"{folder}: expected a folder that can be written to. "
            f"Received: {there}, which cannot"
        )
    if folder.is_dir() and not overwrite and any(folder.iterdir()):
        raise errors.InputError(
            f"{folder}: expected an empty folder, or --overwrite. "
            f"Received: {next(folder.iterdir()).name} in it"
        )


def prepare(folder: Path) -> None:
    """Makes the folder; results of an earlier run in it are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    remove(folder, itself=False)


def remove(folder: Path, *, itself: bool) -> None:
    """Removes results from a folder, and itself if wanted and nothing else is in it."""
    for pattern in _OURS:
        for path in folder.glob(pattern):
            path.unlink()
    if itself and not any(folder.iterdir()):
        folder.rmdir()


def write(
    result: PoseResult,
    folder: Path,
    *,
    formats: Sequence[str],
    places: Sequence[pose_result.Array | None],
) -> Iterator[Path]:
    """Writes all files and yields each as it is there.

    Args:
        result: What to write.
        folder: Where to.
        formats: Which of `FORMATS` are wanted, too.
        places: For the viewer; see `people_viewer.write`.
    """
    poses_json.write(result, folder / JSON)
    yield folder / JSON
    poses_npz.write(result, folder / NPZ)
    yield folder / NPZ
    if "csv" in formats:
        csv_writer.write(result, folder / CSV)
        yield folder / CSV
    if "bvh" in formats or "trc" in formats:
        yield from _motion_files(result, folder, formats)
    if result.people:
        people_viewer.write(result, folder / VIEWER, places=places)
        yield folder / VIEWER


def _motion_files(
    result: PoseResult, folder: Path, formats: Sequence[str]
) -> Iterator[Path]:
    """Writes a .trc for each person, and a .bvh for each stretch without a gap."""
    skeleton = skeletons.get(result.skeleton)
    fps = result.source.fps
    for person in result.people:
        name = poses_npz.group_of(person.id)
        positions, _ = result.standing(person)
        if "trc" in formats:
            path = folder / f"{name}.trc"
            trc_writer.write(
                path,
                positions,
                skeleton,
                frames=person.frames,
                times=person.times,
                fps=fps,
            )
            yield path
        parts = list(person.stretches()) if "bvh" in formats else []
        for part in parts:
            end = f".{person.frames[part.start]:06d}" if len(parts) > 1 else ""
            path = folder / f"{name}{end}.bvh"
            bvh_writer.write(path, positions[part], skeleton, fps=fps)
            yield path
