"""Motion in .bvh files of any program: joints, channels and rate are the file's."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.bodies import floor_height
from stpose_tf.data.sources.mocap import (
    bvh_hierarchy,
    bvh_joint_names,
    bvh_motion,
    bvh_pose,
)
from stpose_tf.data.sources.mocap.bvh_hierarchy import BvhFile
from stpose_tf.data.sources.mocap.bvh_joint_names import BvhBody

_LEAP = 2.0  # times the largest step of the frames that follow
_LEAST_LEAP = 0.15  # of a leg
_LOOKED_AT = 120  # frames
_LARGEST_NAMES = 1 << 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BvhClip:
    """One .bvh file; see `find`.

    Attributes:
        clip_id: Its name.
        subject: Who moves.
        path: The file.
        fps: The wanted rate; None is the file's.
        scale: Millimetres in a unit of the file.
        up: The axis that points up.
        names: Pairs of a part of the body and the file's name of it.
    """

    clip_id: str
    subject: str
    path: Path
    fps: float | None
    scale: float | None
    up: str
    names: tuple[tuple[str, str], ...]

    def read(self) -> Motion:
        """Returns the motion.

        A first frame that is far from the second is left out: many programs put a
        T-pose there.

        Raises:
            InputError: If the file is damaged, its rate is no multiple of the wanted
                one, a part of the body has no joint, or no unit gives human legs.
        """
        file = bvh_hierarchy.read(self.path)
        try:
            step = frame_rates.step(
                file.fps, file.fps if self.fps is None else self.fps
            )
        except errors.InputError as error:
            raise errors.InputError(f"{self.path}: {error}") from error
        body = bvh_joint_names.match(file, self.names)
        rows = file.rows[1:] if _starts_apart(file, body) else file.rows
        found = bvh_pose.pose(file, body, rows[::step], scale=self.scale, up=self.up)
        lift = floor_height.lift(found.joints)
        return Motion(
            clip_id=self.clip_id,
            subject=self.subject,
            action=_action(self.path.stem),
            fps=file.fps / step,
            joints_world=(found.joints + lift).astype(np.float32),
            keypoints_world=(found.keypoints + lift).astype(np.float32),
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    scale: float | None = None,
    up: str = "auto",
    joint_names: Path | None = None,
) -> Iterator[BvhClip | Skipped]:
    """Yields every .bvh file in or below a folder, in order of its name.

    The subject is the number before the first underscore (`07_01.bvh`), what is called
    `subject` with its number (`walk1_subject5.bvh`), the first folder below `path`, or
    else the file's name.

    Args:
        path: The folder, or one file.
        fps: Frames a second to give; None is each file's own.
        subjects: Only these; all of them if empty.
        scale: Millimetres in a unit of the files; None finds it by the legs' length.
        up: The axis that points up, one of `bvh_pose.AXES`.
        joint_names: A JSON file of an object with parts of the body
            (`bvh_joint_names.NAMEABLE`) and the files' names of them, where those are
            not known.

    Raises:
        InputError: If there is no .bvh file, or an option is unusable.
    """
    if up not in bvh_pose.AXES:
        raise errors.InputError(
            f"up: expected one of {', '.join(bvh_pose.AXES)}. Received: {up}"
        )
    if scale is not None and not 0.0 < scale < 1e6:
        raise errors.InputError(f"scale: expected mm in a unit. Received: {scale}")
    names = () if joint_names is None else _names(joint_names)
    for file, clip_id, subject in _files(path):
        if subjects and subject not in subjects:
            continue
        yield BvhClip(
            clip_id=clip_id,
            subject=subject,
            path=file,
            fps=fps,
            scale=scale,
            up=up,
            names=names,
        )


def _files(path: Path) -> Iterator[tuple[Path, str, str]]:
    """Yields each file with its id and subject."""
    if path.is_file():
        yield path, path.stem, _subject(path.stem, None)
        return
    files = sorted(
        (p for p in path.rglob("*") if p.suffix.lower() == ".bvh" and p.is_file()),
        key=lambda p: p.relative_to(path).parts,
    )
    if not files:
        raise errors.InputError(
            f"{path}: expected .bvh files in or below it. Received: none"
        )
    stems = [file.stem for file in files]
    for file, stem in zip(files, stems, strict=True):
        inside = file.relative_to(path)
        folder = inside.parts[0] if len(inside.parts) > 1 else None
        unique = stems.count(stem) == 1
        clip_id = stem if unique else inside.with_suffix("").as_posix()
        yield file, clip_id, _subject(stem, folder)


def _subject(stem: str, folder: str | None) -> str:
    number = re.match(r"(\d+)_\d+", stem)
    if number:
        return number[1]
    named = re.search(r"(?:subject|actor|performer)[_\-]?(\d+)", stem, re.IGNORECASE)
    if named:
        return f"subject{named[1]}"
    return folder or stem


def _action(stem: str) -> str:
    """Returns the first word of a file's name that says what is done."""
    words = re.findall(r"[A-Za-z]{3,}", stem)
    skipped = ("subject", "actor", "performer", "dataset", "take", "bvh")
    words = [word.lower() for word in words if word.lower() not in skipped]
    return words[0] if words else "motion"


def _starts_apart(file: BvhFile, body: BvhBody) -> bool:
    """Returns whether the first frame is much farther from the second than others."""
    if len(file.rows) < 4:
        return False
    places, _ = bvh_motion.world(file, file.rows[:_LOOKED_AT], body.all)
    limbs = np.stack([places[place] for place in body.limbs.values()], axis=1)
    steps = np.linalg.norm(np.diff(limbs, axis=0), axis=-1).max(axis=1)
    hip, ankle = body.limbs["left_hip"], body.limbs["left_ankle"]
    leg = np.linalg.norm(places[hip] - places[ankle], axis=-1).max()
    return bool(steps[0] > max(_LEAP * steps[1:].max(), _LEAST_LEAP * leg))


def _names(path: Path) -> tuple[tuple[str, str], ...]:
    try:
        if path.stat().st_size > _LARGEST_NAMES:
            raise ValueError("a file that is too large")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise errors.InputError(
            f"{path}: expected JSON with names of joints. Received: {str(error)[:120]}"
        ) from error
    if not isinstance(content, dict) or not all(
        isinstance(name, str) for name in content.values()
    ):
        raise errors.InputError(
            f'{path}: expected an object like {{"left_knee": "LeftLeg"}}. '
            f"Received: {str(content)[:80]}"
        )
    return tuple(content.items())
