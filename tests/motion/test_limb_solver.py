import numpy as np
from numpy.testing import assert_allclose

from stpose_tf.motion import limb_solver


def test_a_right_angled_limb():
    # 3-4-5: upper bone 3, lower 4, goal 5 below. The middle is 9/5 along, 12/5 out.
    origin, goal = np.zeros((1, 3)), np.array([[0.0, 0.0, -5.0]])
    middle, end = limb_solver.solve(
        origin, goal, np.array([[7.0, 0.0, 3.0]]), (3.0, 4.0), slack=0.0
    )
    assert_allclose(middle, [[2.4, 0.0, -1.8]], atol=1e-12)
    assert_allclose(end, goal, atol=1e-12)


def test_bones_keep_their_lengths_whatever_is_asked():
    rng = np.random.default_rng(1)
    origin = rng.normal(size=(500, 3)) * 100
    goal = origin + rng.normal(size=(500, 3)) * rng.uniform(1, 900, (500, 1))
    normal = rng.normal(size=(500, 3))
    slack = rng.uniform(size=(500, 1))
    middle, end = limb_solver.solve(origin, goal, normal, (440.0, 420.0), slack=slack)
    assert_allclose(np.linalg.norm(middle - origin, axis=-1), 440.0, rtol=1e-12)
    assert_allclose(np.linalg.norm(end - middle, axis=-1), 420.0, rtol=1e-12)
    cosine = np.sum((middle - origin) * (end - middle), axis=-1) / (440 * 420)
    assert np.degrees(np.arccos(cosine)).max() < 150
    span = goal - origin
    distance = np.linalg.norm(span, axis=-1, keepdims=True)
    assert_allclose(np.cross(end - origin, span) / distance, 0.0, atol=1e-9)
    near = ((distance > 300) & (distance < 0.93 * 860))[:, 0]
    assert near.sum() > 50
    assert_allclose(end[near], goal[near], atol=1e-9)


def test_the_end_stops_short_without_a_jolt():
    reach = np.linspace(700.0, 1000.0, 3001)
    goal = np.stack([np.zeros_like(reach), np.zeros_like(reach), -reach], axis=-1)
    normal = np.broadcast_to([1.0, 0.0, 0.0], goal.shape)
    _, end = limb_solver.solve(
        np.zeros_like(goal), goal, normal, (440.0, 420.0), slack=1.0
    )
    depth = -end[:, 2]
    assert depth.max() < 0.976 * 860
    assert (np.diff(depth) > -1e-9).all()
    assert np.abs(np.diff(depth, 2)).max() < 0.002  # one step is 0.1 mm
