import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.training import discriminator_check


def test_area_under_curve_by_hand():
    area = discriminator_check.area_under_curve
    assert area(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    # Pairs: 2>0, 2=2 (half), 1>0, 1<2.
    assert area(np.array([2.0, 1.0]), np.array([0.0, 2.0])) == pytest.approx(2.5 / 4)


def test_an_eye_for_smoothness_and_one_for_length_see_their_corruptions():
    rng = np.random.default_rng(0)
    times = np.linspace(0, 3, 32)[:, None, None]
    poses = rng.normal(scale=300, size=(12, 1, 17, 3)) * (1 + 0.2 * np.sin(times))
    poses -= poses[:, :, :1]

    def smoothness(inputs, training):
        return -tf.reduce_mean(
            tf.abs(inputs["poses"][:, 1:] - inputs["poses"][:, :-1]), axis=(2, 3)
        )

    areas = discriminator_check.discriminator_check(
        smoothness, poses, skeleton_name="h36m17", seed=1
    )
    assert set(areas) == {"shuffled", "stretched", "jittered"}
    assert areas["shuffled"] == areas["jittered"] == 1.0
    again = discriminator_check.discriminator_check(
        smoothness, poses, skeleton_name="h36m17", seed=1
    )
    assert areas == again
    blind = discriminator_check.discriminator_check(
        lambda inputs, training: tf.zeros((12, 4)),
        poses,
        skeleton_name="h36m17",
        seed=1,
    )
    assert set(blind.values()) == {0.5}
