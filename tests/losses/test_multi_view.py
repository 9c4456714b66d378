import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import rotations
from stpose_tf.losses import multi_view

PAIR_AND_NOT = tf.repeat([[1.0], [0.0]], 5, axis=1)  # of one pair's 5 frames


def _pair():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(2, 5, 4, 3)).astype(np.float32)
    rotation = rotations.random_view_rotation(tf.constant([3, 4]), (2,))
    second = np.einsum("bed,btjd->btje", rotation, first).astype(np.float32)
    return first, second, rotation


def test_two_views_of_the_truth_agree():
    first, second, rotation = _pair()
    total, count = multi_view.multi_view(
        first, second, rotation=rotation, weights=tf.ones((2, 5))
    )
    assert float(total) == pytest.approx(0.0, abs=1e-9)
    assert float(count) == 2 * 5 * 4


def test_a_shift_by_a_hand_number():
    # 0.3 m along x and 0.4 m along z is 0.25 m^2 in each of 1 x 5 x 4 joints.
    first, second, rotation = _pair()
    shifted = second + np.array([0.3, 0.0, 0.4], np.float32)
    total, count = multi_view.multi_view(
        first, shifted, rotation=rotation, weights=PAIR_AND_NOT
    )
    assert float(total) == pytest.approx(5.0, rel=1e-5)
    assert float(count) == 20.0


def test_unrelated_windows_have_no_gradient():
    first, _, rotation = _pair()
    poses = tf.Variable(first)
    with tf.GradientTape() as tape:
        total, _ = multi_view.multi_view(
            poses, tf.zeros_like(poses), rotation=rotation, weights=1.0 - PAIR_AND_NOT
        )
    gradient = tape.gradient(total, poses).numpy()
    np.testing.assert_array_equal(gradient[0], 0.0)
    # |R x|^2 = |x|^2: the gradient is 2 x whatever the rotation.
    np.testing.assert_allclose(gradient[1], 2.0 * first[1], atol=1e-5)


def test_frames_outside_the_clip_do_not_count():
    first, second, rotation = _pair()
    second[:, 3:] = 9.0
    inside = tf.repeat([[1.0, 1.0, 1.0, 0.0, 0.0]], 2, axis=0)
    shifted = second + np.array([0.3, 0.0, 0.4], np.float32)
    total, count = multi_view.multi_view(
        first, shifted, rotation=rotation, weights=inside
    )
    assert float(total) == pytest.approx(2 * 3 * 4 * 0.25, rel=1e-5)
    assert float(count) == 2 * 3 * 4
