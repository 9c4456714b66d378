"""One clip of generated motion."""

import dataclasses

import numpy as np

from stpose_tf.motion import body_shape


@dataclasses.dataclass(frozen=True)
class MotionClip:
    """One person's motion in a z-up world whose floor is z = 0.

    Attributes:
        action: One of `generator.ACTIONS`.
        fps: Frames per second.
        joints_world: Joint positions in mm in the order of the skeleton `h36m17`,
            float32 `[time, 17, 3]`.
        keypoints_world: Keypoint positions in mm in the order of `coco17`, float32
            `[time, 17, 3]`; its twelve body joints are those of `joints_world`.
        body: The lengths of the person's bones.
    """

    action: str
    fps: float
    joints_world: np.ndarray
    keypoints_world: np.ndarray
    body: body_shape.BodyShape
