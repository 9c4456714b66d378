import math

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import rotations


def _assert_rotations(matrices):
    matrices = np.asarray(matrices)
    gram = matrices @ np.swapaxes(matrices, -1, -2)
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(3), gram.shape), atol=2e-6)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, atol=2e-6)


def test_quarter_turns_take_each_axis_to_the_next():
    x, y, z = np.eye(3)
    quarter = tf.constant(math.pi / 2, tf.float64)
    for rotation, start, end in (
        (rotations.about_x, y, z),
        (rotations.about_y, z, x),
        (rotations.about_z, x, y),
    ):
        np.testing.assert_allclose(rotation(quarter).numpy() @ start, end, atol=1e-15)


def test_euler_angles_act_z_first_and_x_last():
    angles = np.array([[0.3, -1.2, 2.0], [0.0, 0.5, -0.1]])
    out = rotations.euler_xyz(tf.constant(angles))
    for rotation, (a, b, c) in zip(out.numpy(), angles, strict=True):
        expected = (
            np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
            @ [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
            @ [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
        )
        np.testing.assert_allclose(rotation, expected, atol=1e-15)


def test_to_forward_is_the_smallest_rotation_to_plus_z():
    directions = np.random.default_rng(0).normal(size=(200, 3))
    out = rotations.to_forward(tf.constant(directions)).numpy()
    _assert_rotations(out)
    lengths = np.linalg.norm(directions, axis=-1)
    moved = np.einsum("nij,nj->ni", out, directions)
    np.testing.assert_allclose(moved, lengths[:, None] * [0.0, 0.0, 1.0], atol=1e-9)
    # The smallest: its angle is the angle between the direction and z.
    angle = np.arccos(np.clip((np.trace(out, axis1=1, axis2=2) - 1.0) / 2.0, -1, 1))
    np.testing.assert_allclose(angle, np.arccos(directions[:, 2] / lengths), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_to_forward_of_zero_forward_and_backward_is_a_rotation(dtype):
    directions = tf.constant([[0, 0, 0], [0, 0, 2], [0, 0, -2], [1e-4, 0, -1]], dtype)
    out = rotations.to_forward(directions)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out[0], np.eye(3))
    np.testing.assert_array_equal(out[1], np.eye(3))
    np.testing.assert_array_equal(out[2], np.diag([1, -1, -1]))
    _assert_rotations(out[:3])
    np.testing.assert_allclose(
        tf.linalg.matvec(out, directions)[:, 2], tf.norm(directions, axis=-1), atol=1e-3
    )


def test_the_gradient_at_a_zero_direction_is_finite():
    direction = tf.constant([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    with tf.GradientTape() as tape:
        tape.watch(direction)
        out = tf.reduce_sum(rotations.to_forward(direction) ** 3)
    assert np.isfinite(tape.gradient(out, direction)).all()


def test_random_views_turn_all_around_and_tilt_within_bounds():
    out = rotations.random_view_rotation(tf.constant([1, 2]), (4000,))
    _assert_rotations(out)
    # R = Rx(a) Ry(b) Rz(c): R02 = sin b, R01/R00 = -tan c, R12/R22 = -tan a.
    out = out.numpy()
    forward = np.abs(np.arctan2(-out[:, 0, 1], out[:, 0, 0])) < math.pi / 2
    sign = np.where(forward, 1.0, -1.0)
    b = np.arctan2(out[:, 0, 2], sign * np.hypot(out[:, 0, 0], out[:, 0, 1]))
    a = np.arctan2(-sign * out[:, 1, 2], sign * out[:, 2, 2])
    c = np.arctan2(-sign * out[:, 0, 1], sign * out[:, 0, 0])
    for tilt in (a, c):
        assert np.abs(tilt).max() <= 0.2 * math.pi + 1e-4
        assert np.abs(tilt).max() > 0.19 * math.pi
    counts, _ = np.histogram(b, 8, (-math.pi, math.pi))
    assert counts.min() > 400


def test_random_views_depend_on_the_seed_alone():
    draw = rotations.random_view_rotation
    graph = tf.function(lambda seed: draw(seed, (3,)))
    seed = tf.constant([5, 6], tf.int64)
    np.testing.assert_allclose(graph(seed), draw(seed, (3,)), atol=1e-6)
    assert np.abs(draw([5, 7]) - draw([5, 6])).max() > 1e-3
    assert draw([5, 7]).shape == (3, 3)


def test_quaternions_of_known_turns():
    half = math.sqrt(0.5)
    quaternions = tf.constant(
        [[1, 0, 0, 0], [half, half, 0, 0], [3, 0, 0, 3]], "float64"
    )
    out = rotations.quaternion_to_matrix(quaternions)
    expected = [
        np.eye(3),
        rotations.about_x(tf.constant(math.pi / 2, tf.float64)),
        rotations.about_z(tf.constant(math.pi / 2, tf.float64)),
    ]
    np.testing.assert_allclose(out, expected, atol=1e-15)
    _assert_rotations(
        rotations.quaternion_to_matrix(np.random.default_rng(0).normal(size=(9, 4)))
    )
