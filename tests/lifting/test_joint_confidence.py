import numpy as np
import pytest

from stpose_tf.lifting import joint_confidence, pose_smoothing


def test_it_is_the_share_of_normal_errors_inside_the_radius():
    rng = np.random.default_rng(0)
    for sigma in (20.0, 60.0, 150.0):
        errors = np.linalg.norm(rng.normal(scale=sigma, size=(200_000, 3)), axis=-1)
        found = joint_confidence.within(np.log(sigma), 100.0)
        assert found == pytest.approx((errors < 100.0).mean(), abs=0.004)


def test_it_stays_between_0_and_1():
    found = joint_confidence.within(np.array([-50.0, 0.0, 5.0, 50.0]))
    assert found[0] == found[1] == 1.0
    assert 0.0 <= found[3] < 1e-9
    assert (np.diff(found) <= 0.0).all()


def test_a_joint_is_seen_if_one_of_its_keypoints_is():
    # Joint 0 lies between keypoints 0 and 1, joint 1 is keypoint 2, joint 2 is none.
    support = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0]], bool)
    visible = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 1]], bool)
    expected = [[1, 0, 1], [0, 1, 1], [0, 0, 0], [1, 1, 1]]
    found = joint_confidence.seen_joints(visible, support)
    np.testing.assert_array_equal(found, np.array(expected, bool))


def test_smoothing_takes_jitter_and_leaves_motion():
    rng = np.random.default_rng(1)
    time = np.arange(120) / 30
    walk = 400 * np.sin(2 * np.pi * 1.0 * time)[:, None, None] * np.ones((1, 2, 3))
    shaken = walk + rng.normal(scale=15, size=walk.shape)
    smooth = pose_smoothing.smooth(shaken, np.log(np.full((120, 2), 50.0)), fps=30.0)
    before, after = (np.abs(p - walk)[10:-10].mean() for p in (shaken, smooth))
    assert after < 0.75 * before
    jitter = [np.abs(np.diff(p, 2, axis=0)).mean() for p in (shaken, smooth)]
    assert jitter[1] < 0.45 * jitter[0]


def test_a_joint_without_jitter_stays():
    line = np.linspace(0, 500, 40)[:, None, None] * np.ones((1, 3, 3))
    smooth = pose_smoothing.smooth(line, np.zeros((40, 3)), fps=30.0)
    np.testing.assert_allclose(smooth, line, atol=1e-6)
