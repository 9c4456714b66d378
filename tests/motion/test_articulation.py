import numpy as np
from numpy.testing import assert_allclose

from stpose_tf.motion import articulation, axis_rotation, body_shape, posture

BODY = body_shape.BodyShape()


def standing(*, yaw=0.0, arms=(0.0, 0.0, 0.0, 0.0), goals=None, weight=0.0):
    """Someone on straight legs at the origin."""
    ankles = np.array([[0.0, -130.0, 78.0], [0.0, 130.0, 78.0]])
    zero = np.zeros((1, 3))
    return posture.Posture(
        pelvis=np.array([[0.0, 0.0, 78.0 + 0.98 * BODY.leg]]),
        pelvis_angles=np.array([[yaw, 0.0, 0.0]]),
        chest_angles=zero,
        head_angles=zero,
        ankles=axis_rotation.turn(ankles, np.full(2, yaw))[None],
        foot_yaws=np.full((1, 2), yaw),
        arm_angles=np.broadcast_to(np.deg2rad(arms), (1, 2, 4)),
        hand_goals=np.zeros((1, 2, 3)) if goals is None else np.array([goals], float),
        hand_weights=np.full((1, 2), weight),
    )


def test_someone_who_stands_faces_x_with_the_left_side_to_y():
    points, face = articulation.joints(standing(), BODY)
    assert_allclose(points["left_hip"][0, 1], 130.0)
    assert_allclose(points["right_ankle"][0], [0.0, -130.0, 78.0], atol=1e-9)
    assert points["left_knee"][0, 0] > 50
    assert_allclose(points["thorax"][0, :2], 0.0, atol=1e-9)
    assert face["nose"][0, 0] > points["head"][0, 0] + 100
    assert face["left_ear"][0, 1] > 60
    assert points["left_wrist"][0, 2] < points["left_elbow"][0, 2] - 240


def test_a_turn_of_the_body_turns_every_joint():
    straight = articulation.joints(standing(arms=(30.0, 20.0, 40.0, 70.0)), BODY)
    turned = articulation.joints(
        standing(yaw=np.pi / 2, arms=(30.0, 20.0, 40.0, 70.0)), BODY
    )
    for before, after in zip(straight, turned, strict=True):
        for name, points in before.items():
            expected = points[:, [1, 0, 2]] * [-1, 1, 1]
            assert_allclose(after[name], expected, atol=1e-9)


def test_equal_arms_are_mirror_images():
    points, _ = articulation.joints(standing(arms=(30.0, 20.0, 40.0, 70.0)), BODY)
    for joint in ("shoulder", "elbow", "wrist"):
        mirrored = points[f"left_{joint}"] * [1, -1, 1]
        assert_allclose(points[f"right_{joint}"], mirrored, atol=1e-9)


def test_an_arm_lifted_forward_with_a_bent_elbow():
    points, _ = articulation.joints(standing(arms=(90.0, 0.0, 0.0, 90.0)), BODY)
    shoulder, elbow, wrist = (
        points[f"left_{joint}"][0] for joint in ("shoulder", "elbow", "wrist")
    )
    assert_allclose(elbow - shoulder, [BODY.upper_arm, 0.0, 0.0], atol=1e-6)
    assert_allclose(wrist - elbow, [0.0, 0.0, BODY.forearm], atol=1e-6)


def test_inward_twist_brings_the_forearm_in_front_of_the_body():
    points, _ = articulation.joints(standing(arms=(0.0, 0.0, 90.0, 90.0)), BODY)
    for side, inward in (("left", -1.0), ("right", 1.0)):
        forearm = points[f"{side}_wrist"][0] - points[f"{side}_elbow"][0]
        assert_allclose(forearm, [0.0, inward * BODY.forearm, 0.0], atol=1e-6)


def test_a_hand_reaches_its_goal():
    goals = [[420.0, -150.0, 1200.0], [350.0, 200.0, 1500.0]]
    points, _ = articulation.joints(standing(goals=goals, weight=1.0), BODY)
    assert_allclose(points["right_wrist"][0], goals[0], atol=1e-6)
    assert_allclose(points["left_wrist"][0], goals[1], atol=1e-6)
    # The elbow hangs below the line from the shoulder to a hand in front.
    middle = (points["right_shoulder"][0] + points["right_wrist"][0]) / 2
    assert points["right_elbow"][0, 2] < middle[2]
