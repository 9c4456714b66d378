"""What the parts of a body do at each instant, before bones are fitted to it."""

import dataclasses

import numpy as np

RIGHT, LEFT = 0, 1  # the order of sides along the axis "side"


@dataclasses.dataclass(frozen=True)
class Posture:
    """Angles and goals over time; lengths in mm, angles in radians.

    Angles are yaw, pitch, roll of `axis_rotation.yaw_pitch_roll`. An arm's angles are
    flexion (forward), abduction (sideways), inward twist and bend of the elbow, all
    zero for an arm that hangs straight with the elbow pointing back.

    Attributes:
        pelvis: Mid hips in the world, `[time, 3]`.
        pelvis_angles: Pelvis to world, `[time, 3]`.
        chest_angles: Chest relative to pelvis, `[time, 3]`.
        head_angles: Head relative to chest, `[time, 3]`.
        ankles: Goals of the ankles in the world, `[time, side, 3]`.
        foot_yaws: Directions of the feet, `[time, side]`.
        arm_angles: `[time, side, 4]`.
        hand_goals: Goals of the wrists in the world, `[time, side, 3]`.
        hand_weights: How far a wrist has left its angles for its goal, 0 to 1,
            `[time, side]`.
    """

    pelvis: np.ndarray
    pelvis_angles: np.ndarray
    chest_angles: np.ndarray
    head_angles: np.ndarray
    ankles: np.ndarray
    foot_yaws: np.ndarray
    arm_angles: np.ndarray
    hand_goals: np.ndarray
    hand_weights: np.ndarray
