"""Motion before any camera has seen it."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """One subject's motion in a z-up world, in mm, floor near z = 0.

    Attributes:
        clip_id: Unique in its source.
        subject: Who moves.
        action: What the subject does.
        fps: Frames a second.
        joints_world: Joints in `h36m17` order, float32, `[time, 17, 3]`.
        keypoints_world: Keypoints in `coco17` order, float32, `[time, 17, 3]`.
    """

    clip_id: str
    subject: str
    action: str
    fps: float
    joints_world: np.ndarray
    keypoints_world: np.ndarray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A part of the input that could not be read.

    Attributes:
        name: Its clip id or file.
        reason: Why, in one line.
    """

    name: str
    reason: str
