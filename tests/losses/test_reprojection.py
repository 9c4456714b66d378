import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import skeleton_maps, skeletons
from stpose_tf.losses import reprojection

H36M = skeletons.get("h36m17")
COCO = skeletons.get("coco17")


@pytest.fixture
def to_coco():
    return skeleton_maps.linear_map("h36m17", "coco17")


def _poses(seed=0, batch=2, time=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(batch, time, 17, 3)).astype(np.float32)


def _labels(poses, keypoint_map, scale=0.1, shift=0.5):
    keypoints = np.einsum("kj,...jd->...kd", keypoint_map.matrix, poses)
    return (scale * keypoints[..., :2] + shift).astype(np.float32)


def _loss(poses, labels, weights, keypoint_map):
    return reprojection.reprojection(
        tf.convert_to_tensor(poses),
        tf.convert_to_tensor(labels),
        weights=tf.convert_to_tensor(weights),
        keypoint_map=keypoint_map,
    )


def test_the_truth_costs_nothing_at_any_scale_and_place(to_coco):
    poses = _poses()
    for scale, shift in ((0.1, 0.5), (0.02, 0.9)):
        labels = _labels(poses, to_coco, scale, shift)
        total, count = _loss(poses, labels, np.ones((2, 4, 17), "f"), to_coco)
        assert float(total) == pytest.approx(0.0, abs=1e-9)
        assert float(count) == 2 * 4 * to_coco.valid.sum()


def test_the_scale_of_a_prediction_does_not_matter(to_coco):
    poses, weights = _poses(), np.ones((2, 4, 17), "f")
    labels = _labels(_poses(seed=1), to_coco) + _labels(poses, to_coco)
    first, _ = _loss(poses, labels, weights, to_coco)
    second, _ = _loss(3.0 * poses, labels, weights, to_coco)
    assert float(first) == pytest.approx(float(second), rel=1e-4)
    assert float(first) > 1e-3


def test_one_label_off_by_a_hand_number():
    # Keypoints (0,0) and (1,0) against labels (0,0) and (1,0.6): the centers are
    # (0.5,0) and (0.5,0.3), the best scale is <p,l>/<p,p> = 0.5/0.5 = 1, what is
    # left is -0.3 and 0.3 in y: 0.18 in all.
    two = skeleton_maps.LinearMap(np.eye(2, dtype="f"), np.array([True, True]))
    poses = np.array([[[[0, 0, 5], [1, 0, -2]]]], np.float32)
    labels = np.array([[[[0, 0], [1, 0.6]]]], np.float32)
    total, count = _loss(poses, labels, np.ones((1, 1, 2), "f"), two)
    assert float(total) == pytest.approx(0.18, rel=1e-5)
    assert float(count) == 2.0


def test_unlabelled_keypoints_have_no_gradient(to_coco):
    wrist = COCO.joints.index("left_wrist")
    weights = np.ones((1, 4, 17), np.float32)
    weights[..., wrist] = 0.0
    poses = tf.Variable(_poses(batch=1))
    labels = _labels(_poses(seed=2, batch=1), to_coco)
    labels[..., wrist, :] = np.nan
    with tf.GradientTape() as tape:
        total, _ = _loss(poses, labels, weights, to_coco)
    gradient = tape.gradient(total, poses).numpy()
    np.testing.assert_array_equal(gradient[:, :, H36M.index("left_wrist")], 0.0)
    # Orthographic: depth has no gradient either; the hip is in no COCO keypoint.
    np.testing.assert_array_equal(gradient[..., 2], 0.0)
    np.testing.assert_array_equal(gradient[:, :, H36M.index("hip")], 0.0)
    assert np.abs(gradient[:, :, H36M.index("left_elbow"), :2]).min() > 0.0


def test_no_labels_and_a_flat_pose_give_finite_gradients(to_coco):
    for weight in (0.0, 1.0):
        poses = tf.Variable(np.zeros((1, 4, 17, 3), np.float32))
        with tf.GradientTape() as tape:
            total, count = _loss(
                poses,
                _labels(_poses(batch=1), to_coco),
                np.full((1, 4, 17), weight, np.float32),
                to_coco,
            )
        assert np.isfinite(tape.gradient(total, poses)).all()
        assert np.isfinite(total)
        assert float(count) == weight * 4 * to_coco.valid.sum()
