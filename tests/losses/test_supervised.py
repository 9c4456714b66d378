import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.losses import supervised


def test_squared_error_is_summed_over_xyz_and_counted_per_labelled_joint():
    poses = tf.constant([[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [9.0, 9.0, 9.0]]])
    targets = tf.constant([[[0.0, 0.0, 1.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.0]]])
    # 1 + 4 + 4 = 9 and 0.25; the third joint is unlabelled.
    total, count = supervised.supervised_3d(
        poses, targets, weights=tf.constant([[1.0, 1.0, 0.0]])
    )
    assert float(total) == pytest.approx(9.25)
    assert float(count) == 2.0


def test_unlabelled_joints_have_no_gradient_even_where_the_target_is_nan():
    poses = tf.Variable(np.ones((1, 3, 3), np.float32))
    targets = np.zeros((1, 3, 3), np.float32)
    targets[0, 1] = np.nan
    with tf.GradientTape() as tape:
        total, _ = supervised.supervised_3d(
            poses, tf.constant(targets), weights=tf.constant([[1.0, 0.0, 1.0]])
        )
    gradient = tape.gradient(total, poses).numpy()
    np.testing.assert_array_equal(gradient[0, 1], 0.0)
    np.testing.assert_array_equal(gradient[0, [0, 2]], 2.0)


def test_a_perfect_prediction_costs_nothing_and_has_a_finite_gradient():
    poses = tf.Variable(np.ones((1, 2, 3), np.float32))
    with tf.GradientTape() as tape:
        total, _ = supervised.supervised_3d(
            poses, tf.ones((1, 2, 3)), weights=tf.ones((1, 2))
        )
    assert float(total) == 0.0
    np.testing.assert_array_equal(tape.gradient(total, poses), 0.0)


def test_nothing_labelled_is_zero_of_zero():
    total, count = supervised.supervised_3d(
        tf.ones((2, 3)), tf.fill((2, 3), np.nan), weights=tf.zeros(2)
    )
    assert (float(total), float(count)) == (0.0, 0.0)
