"""Your own 3D joints, as .npz, .npy, .csv or .tsv files.

An .npz file holds one clip as `joints`, `[time, joints, 3]`, or several under names of
their own. Beside them it may say `skeleton` or `joint_names`, `unit`, `up`,
`handedness`, `fps`, `subject` and `action`. A table has the columns that
`detections.point_table` describes.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import named_files
from stpose_tf.data.detections import keypoint_orders
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.bodies import body_completion, floor_height
from stpose_tf.data.sources.own import own_arrays, own_facts
from stpose_tf.data.sources.own.own_facts import OwnFacts
from stpose_tf.geometry import skeletons


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OwnClip:
    """One array, or one person of a table; see `find`.

    Attributes:
        clip_id: Of the file and the array.
        subject: Who moves.
        path: The file.
        key: Which array or person.
        facts: What the user says.
        fps: The wanted rate; None is the file's.
    """

    clip_id: str
    subject: str
    path: Path
    key: str | None
    facts: OwnFacts
    fps: float | None

    def read(self) -> Motion:
        """Returns the motion.

        Raises:
            InputError: If the file is damaged, an array has the wrong shape or numbers
                that are not finite, or the skeleton, the unit, the direction up or the
                rate is unknown or cannot be right; names the file.
        """
        where = f"{self.path}" if self.key is None else f"{self.path}: {self.key}"
        try:
            return self._read(where)
        except errors.InputError as error:
            text = str(error)
            named = text.startswith(str(self.path))
            raise errors.InputError(text if named else f"{where}: {text}") from error

    def _read(self, where: str) -> Motion:
        points, names, said = own_arrays.content(self.path, self.key)
        facts = own_facts.joined(self.facts, said, where)
        order = _order(points.shape[1], names, facts, where)
        joints = order.pick_in_time(points)
        _check_finite(joints, where)
        if facts.fps is None:
            raise errors.InputError(
                f"{where}: expected frames a second, from the file or from the user. "
                "Received: none"
            )
        step = frame_rates.step(facts.fps, facts.fps if self.fps is None else self.fps)
        joints = joints[::step] * own_facts.scale(joints, order.skeleton, facts, where)
        joints = own_facts.upright(joints, order.skeleton, facts, where)
        body, keypoints = body_completion.complete(joints, order.skeleton)
        lift = floor_height.lift(body)
        return Motion(
            clip_id=self.clip_id,
            subject=self.subject,
            action=said.get("action", "motion"),
            fps=facts.fps / step,
            joints_world=(body + lift).astype(np.float32),
            keypoints_world=(keypoints + lift).astype(np.float32),
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    skeleton: str | None = None,
    unit: str | None = None,
    up: str | None = None,
    handedness: str | None = None,
    source_fps: float | None = None,
) -> Iterator[OwnClip | Skipped]:
    """Yields every clip of every file, in order of the files' names.

    Args:
        path: A file, or a folder of files.
        fps: Frames a second to give; None is the files'.
        subjects: Only these, by what the file says, or the file's name, or the person's
            in a table; all if empty.
        skeleton: Name of the joints' order, where a file does not say it.
        unit: One of `own_facts.UNITS`; None takes the one that gives human legs.
        up: One of `own_facts.UPS`; None finds it by how the people stand.
        handedness: One of `own_facts.HANDS`; None is right.
        source_fps: Frames a second, where a file does not say it.

    Raises:
        InputError: If there is no file, or an option is unusable.
    """
    facts = OwnFacts(
        skeleton=skeleton, unit=unit, up=up, handedness=handedness, fps=source_fps
    )
    for file, name in named_files.find(path, own_arrays.SUFFIXES, kind="3D joints"):
        try:
            members = own_arrays.members(file)
        except errors.InputError as error:
            yield Skipped(name=name, reason=str(error))
            continue
        for key, subject in members:
            who = subject or name
            if subjects and who not in subjects:
                continue
            yield OwnClip(
                clip_id=name if key is None else f"{name}_{key}",
                subject=who,
                path=file,
                key=key,
                facts=facts,
                fps=fps,
            )


def _order(
    count: int, names: tuple[str, ...] | None, facts: OwnFacts, where: str
) -> keypoint_orders.KeypointOrder:
    if names is not None:
        if len(names) != count:
            raise errors.InputError(
                f"{where}: expected {count} names of joints. Received: {len(names)}"
            )
        return keypoint_orders.by_names(names, where=where, skeleton=facts.skeleton)
    if facts.skeleton is None:
        raise errors.InputError(
            f"{where}: expected a skeleton's name, from the file or from the user, for "
            f"its {count} joints: one of {', '.join(skeletons.KNOWN)}. Received: none"
        )
    return keypoint_orders.by_count(count, where=where, skeleton=facts.skeleton)


def _check_finite(joints: np.ndarray, where: str) -> None:
    if not np.isfinite(joints).all():
        frame, joint, _ = np.argwhere(~np.isfinite(joints))[0]
        raise errors.InputError(
            f"{where}: expected finite positions. Received: "
            f"{joints[frame, joint].tolist()} in frame {frame}, joint {joint}"
        )
