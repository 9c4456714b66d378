"""The CMU motion capture database in its own format, ASF/AMC.

The files do not say their rate; 120 frames a second is assumed.
"""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.motion_clip import Motion
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.bodies import head_points, world_axes
from stpose_tf.data.sources.mocap import amc_motion, asf_body
from stpose_tf.data.sources.mocap.asf_body import Body
from stpose_tf.geometry import skeletons

FPS = 120.0
# CMU's bones whose ends are our joints; the others lie between bones.
_ENDS = {
    "right_hip": "rhipjoint",
    "right_knee": "rfemur",
    "right_ankle": "rtibia",
    "left_hip": "lhipjoint",
    "left_knee": "lfemur",
    "left_ankle": "ltibia",
    "spine": "lowerback",
    "head": "head",
    "left_shoulder": "lclavicle",
    "left_elbow": "lhumerus",
    "left_wrist": "lradius",
    "right_shoulder": "rclavicle",
    "right_elbow": "rhumerus",
    "right_wrist": "rradius",
}
_NECK = ("thorax", "lowerneck")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One .amc file; see `planned_clip.PlannedClip`.

    Attributes:
        path: The file.
        body_path: The .asf file of its subject.
        step: Every which frame to keep.
    """

    path: Path
    body_path: Path
    step: int

    @property
    def clip_id(self) -> str:
        """Such as `16_15`."""
        return self.path.stem

    @property
    def subject(self) -> str:
        """Such as `16`."""
        return self.body_path.stem

    def read(self) -> Motion:
        """Returns the motion.

        Raises:
            InputError: If one of the files is damaged or does not fit the other.
        """
        return read(self.path, _body(self.body_path), step=self.step)


def find(
    folder: Path, *, fps: float | None = None, subjects: tuple[str, ...] = ()
) -> Iterator[Trial]:
    """Yields every .amc file in or below a folder, in order of its name.

    Args:
        folder: Holds `NN.asf` beside `NN_MM.amc`; the subject is `NN`.
        fps: Frames a second to give; 120 must be a multiple of it; None is 120.
        subjects: Only these; all of them if empty.

    Raises:
        InputError: If there is no .amc file at all, or the rate does not divide.
    """
    step = 1 if fps is None else frame_rates.step(FPS, fps)
    paths = sorted(folder.rglob("*.amc"), key=lambda path: (path.name, path))
    if not paths:
        raise errors.InputError(
            f"{folder}: expected .asf and .amc files in or below it. Received: none"
        )
    for path in paths:
        subject = path.stem.partition("_")[0]
        if not subjects or subject in subjects:
            body_path = path.with_name(f"{subject}.asf")
            yield Trial(path=path, body_path=body_path, step=step)


@functools.lru_cache(maxsize=4)
def _body(path: Path) -> Body:
    """Returns the body of a subject, whose trials follow one another."""
    return asf_body.read(path)


def read(path: Path, body: Body, *, step: int = 1) -> Motion:
    """Returns every `step`-th frame of one .amc file.

    Raises:
        InputError: If the file is damaged, does not fit the body, or the body lacks
            a bone.
    """
    values = amc_motion.read_values(path, body)
    kept = {name: numbers[::step] for name, numbers in values.items()}
    ends, turns = amc_motion.bone_ends(body, kept)
    missing = sorted({*_ENDS.values(), *_NECK} - ends.keys())
    if missing:
        raise errors.InputError(
            f"{body.path}: expected CMU's bones. Received: none named "
            f"{', '.join(missing)}"
        )
    # At rest CMU's bodies face z, with y up and x to their left.
    orientation = world_axes.z_up(turns["head"][..., [2, 0, 1]].swapaxes(-1, -2))
    orientation = orientation.swapaxes(-1, -2)
    joints = _joints(
        {name: world_axes.z_up(end) for name, end in ends.items()},
        forward=orientation[..., 0],
    )
    head = next(bone for bone in body.bones if bone.name == "head")
    bone_length = float(np.linalg.norm(head.offset)) * body.mm
    keypoints = head_points.with_face(
        joints, orientation, head_points.HEAD_LENGTH * bone_length
    )
    subject = path.stem.partition("_")[0]
    return Motion(
        clip_id=path.stem,
        subject=subject,
        action=_action(path.stem),
        fps=FPS / step,
        joints_world=joints.astype(np.float32),
        keypoints_world=keypoints.astype(np.float32),
    )


def _joints(ends: dict[str, np.ndarray], *, forward: np.ndarray) -> np.ndarray:
    places = {name: ends[bone] for name, bone in _ENDS.items()}
    places["hip"] = (places["right_hip"] + places["left_hip"]) / 2
    # The base of the neck, level with the shoulders: half of the lower neck.
    places["thorax"] = (ends["thorax"] + ends["lowerneck"]) / 2
    places["nose"] = head_points.nose(places["thorax"], places["head"], forward)
    names = skeletons.get("h36m17").joints
    return np.stack([places[name] for name in names], axis=1)


# The files name no action. These are read off the motion itself: straight walks of
# 1.0 to 1.7 m/s, a run of 2.7 m/s, jumps, punches; all others are "motion".
_ACTIONS = {
    "02_01": "walk",
    "02_02": "walk",
    "02_03": "run",
    "02_04": "jump",
    "02_05": "punch",
}
_WALKS = {
    "16": (15, 16, 21, 22, 31, 32, 47, 58),
    "39": (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14),
}


def _action(clip_id: str) -> str:
    subject, _, trial = clip_id.partition("_")
    if trial.isdecimal() and int(trial) in _WALKS.get(subject, ()):
        return "walk"
    return _ACTIONS.get(clip_id, "motion")
