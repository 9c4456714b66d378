"""From a posture to joint positions: the chain of the trunk, then the limbs."""

import numpy as np

from stpose_tf.motion import axis_rotation, body_shape, face, limb_solver, smooth_curve
from stpose_tf.motion.posture import LEFT, RIGHT, Posture

_SIDES = ((RIGHT, "right", -1.0), (LEFT, "left", 1.0))
_NECK_DIRECTION = np.array([0.28, 0.0, 0.96])
_HEAD_DIRECTION = np.array([-0.08, 0.0, 0.9968])
_SPINE_SHARE = 0.35  # how much of the trunk's bend the lower spine takes
_FREE_LIFT = 80.0  # mm above the floor at which a leg swings freely
_GOAL_TWIST = np.deg2rad(35.0)  # inward twist of an arm that follows its goal


def joints(
    posture: Posture, body: body_shape.BodyShape
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Returns all joints and the points of the face.

    Args:
        posture: Angles and goals over time.
        body: Lengths of the bones.

    Returns:
        Joints of `h36m17` and points of the face of `coco17`, by name, mm in the
        world, `[time, 3]` each.
    """
    turn = axis_rotation.yaw_pitch_roll
    pelvis = turn(posture.pelvis_angles)
    lower_spine = pelvis @ turn(_SPINE_SHARE * posture.chest_angles)
    chest = pelvis @ turn(posture.chest_angles)
    neck = chest @ turn(posture.head_angles / 2)
    head = chest @ turn(posture.head_angles)
    points = {"hip": posture.pelvis}
    for child, parent, frame, direction, length in (
        ("spine", "hip", lower_spine, np.array([0.0, 0.0, 1.0]), body.lower_spine),
        ("thorax", "spine", chest, np.array([0.0, 0.0, 1.0]), body.upper_spine),
        ("nose", "thorax", neck, _NECK_DIRECTION, body.neck),
        ("head", "nose", head, _HEAD_DIRECTION, body.head),
    ):
        bone = direction * (length / np.linalg.norm(direction))
        points[child] = points[parent] + axis_rotation.rotate(frame, bone)
    for side, name, sign in _SIDES:
        hip, knee, ankle = _leg(posture, body, pelvis, side, sign)
        points[f"{name}_hip"] = hip
        points[f"{name}_knee"] = knee
        points[f"{name}_ankle"] = ankle
        arm = _arm(posture, body, chest, points["thorax"], side, sign)
        for joint, position in zip(("shoulder", "elbow", "wrist"), arm, strict=True):
            points[f"{name}_{joint}"] = position
    return points, face.keypoints(points["head"], head, body.head)


def hips(posture: Posture, body: body_shape.BodyShape) -> np.ndarray:
    """Returns both hips in mm, `[time, side, 3]`."""
    across = axis_rotation.yaw_pitch_roll(posture.pelvis_angles)[..., 1]
    signs = np.array([sign for _, _, sign in _SIDES])
    offsets = signs[:, None] * body.half_pelvis * across[:, None]
    return posture.pelvis[:, None] + offsets


def _leg(
    posture: Posture,
    body: body_shape.BodyShape,
    pelvis: np.ndarray,
    side: int,
    sign: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hip = posture.pelvis + sign * body.half_pelvis * pelvis[..., 1]
    yaw = (posture.pelvis_angles[:, 0] + posture.foot_yaws[:, side]) / 2
    hinge = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros_like(yaw)], axis=-1)
    ankle = posture.ankles[:, side]
    # Across the leg and the knee's axis: forward for a leg that stands, upward for
    # one that is stretched out to the front.
    normal = np.cross(ankle - hip, hinge)
    lengths = (body.thigh, body.shin)
    lift = ankle[:, 2:] - body.ankle_height
    swinging = smooth_curve.minimum_jerk(lift / _FREE_LIFT)
    return hip, *limb_solver.solve(hip, ankle, normal, lengths, slack=swinging)


def _arm(
    posture: Posture,
    body: body_shape.BodyShape,
    chest: np.ndarray,
    thorax: np.ndarray,
    side: int,
    sign: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own = chest * np.array([1.0, sign, 1.0])  # x forward, y outward, z up
    upper, inward_bend = _arm_directions(posture.arm_angles[:, side])
    bend = posture.arm_angles[:, side, 3, None]
    forearm = np.cos(bend) * upper + np.sin(bend) * inward_bend
    hanging = body.upper_arm * upper + body.forearm * forearm
    weight = posture.hand_weights[:, side, None]
    goal = posture.hand_goals[:, side]
    socket = thorax + body.half_shoulders * own[..., 1]
    reach = np.einsum("tij,ti->tj", own, goal - socket)
    wish = (1 - weight) * hanging + weight * reach
    shoulder = thorax + axis_rotation.rotate(own, _collar(wish / body.arm, body))
    target = shoulder + axis_rotation.rotate(own, hanging)
    target = (1 - weight) * target + weight * goal
    reach = np.einsum("tij,ti->tj", own, target - shoulder)
    flexion = np.arctan2(reach[:, 0], -reach[:, 2])
    twist = np.full_like(flexion, _GOAL_TWIST)
    abduction = np.arctan2(reach[:, 1], np.hypot(reach[:, 0], reach[:, 2]))
    _, reach_bend = _arm_directions(np.stack([flexion, abduction, twist], axis=-1))
    normal = -(1 - weight) * _elbow_side(upper, forearm, inward_bend, body)
    normal = axis_rotation.rotate(own, normal - weight * reach_bend)
    lengths = (body.upper_arm, body.forearm)
    return shoulder, *limb_solver.solve(shoulder, target, normal, lengths, slack=0.15)


def _arm_directions(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions of the upper arm and to where the elbow bends, `[time, 3]` each."""
    flexion, abduction, twist = angles[:, 0], angles[:, 1], angles[:, 2, None]
    cosine = np.cos(abduction)
    upper = np.stack(
        [np.sin(flexion) * cosine, np.sin(abduction), -np.cos(flexion) * cosine], -1
    )
    ahead = np.stack([np.cos(flexion), np.zeros_like(cosine), np.sin(flexion)], -1)
    bend = np.cos(twist) * ahead + np.sin(twist) * np.cross(upper, ahead)
    return upper, bend


def _elbow_side(
    upper: np.ndarray,
    forearm: np.ndarray,
    inward_bend: np.ndarray,
    body: body_shape.BodyShape,
) -> np.ndarray:
    """Unit vector across the line from shoulder to wrist, away from the elbow."""
    line = body.upper_arm * upper + body.forearm * forearm
    line = line / np.linalg.norm(line, axis=-1, keepdims=True)
    across = inward_bend - np.sum(inward_bend * line, axis=-1, keepdims=True) * line
    return across / np.linalg.norm(across, axis=-1, keepdims=True)


def _collar(reach: np.ndarray, body: body_shape.BodyShape) -> np.ndarray:
    """The bone from thorax to shoulder, which follows the arm up and forward."""
    raised = 0.5 + 0.5 * np.tanh(1.2 * reach[:, 2])
    elevation = np.deg2rad(-9.0 + 26.0 * raised**2)
    protraction = np.deg2rad(-3.0 + 9.0 * np.tanh(reach[:, 0]))
    bone = [
        np.sin(protraction) * np.cos(elevation),
        np.cos(protraction) * np.cos(elevation),
        np.sin(elevation),
    ]
    return body.half_shoulders * np.stack(bone, axis=-1)
