import math

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import cameras, crops, rotations

FOCAL, CENTER = np.array([1150.0, 1150.0]), np.array([500.0, 510.0])


def _crops(rng, count):
    return np.concatenate(
        [
            rng.uniform(200, 800, size=(count, 2)),
            rng.uniform(150, 500, size=(count, 1)),
            rng.uniform(-0.4, 0.4, size=(count, 1)),
        ],
        axis=-1,
    )


def _turn(points, center, angle):
    cosine, sine = np.cos(angle), np.sin(angle)
    return (points - center) @ np.array([[cosine, sine], [-sine, cosine]]) + center


def test_corners_of_an_upright_crop_are_zero_and_one():
    crop = np.array([300.0, 200.0, 100.0, 0.0])
    corners = np.array([[250.0, 150.0], [350.0, 250.0], [300.0, 200.0]])
    out = crops.image_to_unit(corners, crop)
    np.testing.assert_allclose(out, [[0, 0], [1, 1], [0.5, 0.5]])


def test_roll_turns_the_crop_not_the_other_way():
    # A crop rolled by a quarter turn: its "right" points down in the image.
    crop = np.array([300.0, 200.0, 100.0, math.pi / 2])
    out = crops.image_to_unit(np.array([[300.0, 250.0]]), crop)
    np.testing.assert_allclose(out, [[1.0, 0.5]], atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_unit_coordinates_go_there_and_back(dtype):
    rng = np.random.default_rng(0)
    crop = _crops(rng, 6)
    points = rng.uniform(0, 1000, size=(6, 17, 2)).astype(dtype)
    unit = crops.image_to_unit(points, crop)
    assert unit.dtype == dtype
    tolerance = 1e-3 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(crops.unit_to_image(unit, crop), points, atol=tolerance)


def test_the_ray_through_the_center_becomes_forward():
    rng = np.random.default_rng(1)
    crop = _crops(rng, 20)
    rotation = crops.crop_rotation(crop, FOCAL, CENTER).numpy()
    rays = np.concatenate([(crop[:, :2] - CENTER) / FOCAL, np.ones((20, 1))], -1)
    out = np.einsum("nij,nj->ni", rotation, rays)
    np.testing.assert_allclose(out[:, :2], 0.0, atol=1e-12)
    np.testing.assert_allclose(
        rotation @ np.swapaxes(rotation, 1, 2),
        np.broadcast_to(np.eye(3), (20, 3, 3)),
        atol=1e-12,
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0)


def test_a_batch_of_cameras_takes_the_crops_of_its_clips():
    crop = _crops(np.random.default_rng(1), 6).reshape(2, 3, 4)
    focal = np.array([FOCAL, FOCAL * 2])
    center = np.array([CENTER, CENTER + 30])
    out = crops.crop_rotation(crop, focal, center)
    for clip in range(2):
        alone = crops.crop_rotation(crop[clip], focal[clip], center[clip])
        np.testing.assert_allclose(out[clip], alone)


def test_without_intrinsics_only_the_roll_is_left():
    crop = np.array([300.0, 900.0, 100.0, 0.3])
    rotation = crops.crop_rotation(crop, np.zeros(2), np.zeros(2))
    np.testing.assert_allclose(rotation, rotations.about_z(np.float64(-0.3)))


def test_one_pose_at_five_places_of_the_image_is_one_pose_in_the_crop_frame():
    # The camera is turned so that the same person, seen along the same line,
    # appears at five places; float32 as in the pipeline.
    rng = np.random.default_rng(2)
    pose = rng.normal(size=(17, 3)).astype("float32") * 400
    root = np.array([0.0, 0.0, 4000.0])
    seen = []
    for slope in ([0, 0], [0.35, 0], [-0.35, 0.1], [0.1, 0.3], [-0.2, -0.3]):
        turn = tf.linalg.matrix_transpose(
            rotations.to_forward(tf.constant([*slope, 1.0], tf.float64))
        )
        place = tf.linalg.matvec(turn, root).numpy()
        center = place[:2] / place[2] * FOCAL + CENTER
        crop = tf.constant([*center, 300.0, 0.0], tf.float32)
        rotation = crops.crop_rotation(crop, FOCAL, CENTER)
        in_camera = tf.linalg.matvec(tf.cast(turn, tf.float32), pose)
        in_crop = tf.linalg.matvec(rotation, in_camera)
        seen.append(in_crop.numpy())
        back = tf.linalg.matvec(rotation, in_crop, transpose_a=True)
        np.testing.assert_allclose(back, in_camera, atol=1e-3)
    for other in seen:
        np.testing.assert_allclose(other, seen[0], atol=1e-3)


@pytest.mark.parametrize("angle", [-1.0, 0.2, 2.5])
def test_rolling_the_camera_conjugates_the_crop_rotation(angle):
    crop = _crops(np.random.default_rng(3), 10)
    rotation = crops.crop_rotation(crop, FOCAL, CENTER)
    rolled = crop.copy()
    rolled[:, :2] = _turn(crop[:, :2], CENTER, angle)
    Z = rotations.about_z(np.float64(angle))
    expected = Z @ rotation @ tf.linalg.matrix_transpose(Z)
    out = crops.crop_rotation(rolled, FOCAL, CENTER)
    np.testing.assert_allclose(out, expected, atol=1e-12)
    # A crop that rolls with the image shows the same pose.
    rolled[:, 3] += angle
    poses = np.random.default_rng(4).normal(size=(10, 3))
    turned = tf.linalg.matvec(Z, poses)
    np.testing.assert_allclose(
        tf.linalg.matvec(crops.crop_rotation(rolled, FOCAL, CENTER), turned),
        tf.linalg.matvec(rotation, poses),
        atol=1e-12,
    )


def test_mirroring_the_image_conjugates_the_crop_rotation():
    crop = _crops(np.random.default_rng(5), 10)
    mirrored = crop * [1, 1, 1, -1]
    mirrored[:, 0] = 2 * CENTER[0] - crop[:, 0]
    S = np.diag([-1.0, 1.0, 1.0])
    expected = S @ crops.crop_rotation(crop, FOCAL, CENTER).numpy() @ S
    out = crops.crop_rotation(mirrored, FOCAL, CENTER)
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_a_far_person_projects_orthographically_in_the_crop_frame():
    # The crop frame is the frame in which the picture in the crop is the pose's
    # x and y: perspective leaves little at 40 m, wherever in the image.
    rng = np.random.default_rng(6)
    pose = rng.uniform(-800, 800, size=(17, 3))
    camera = cameras.camera_at(np.zeros(3), np.eye(3), focal=FOCAL * 10, center=CENTER)
    for slope, roll in (([0.0, 0.0], 0.0), ([0.04, -0.03], 0.7)):
        root = np.array([*slope, 1.0]) * 40000
        pixels = cameras.project(pose + root, camera)
        center = cameras.project(root, camera).numpy()
        crop = np.array([*center, 600.0, roll])
        rotation = crops.crop_rotation(crop, FOCAL * 10, CENTER)
        in_crop = tf.linalg.matvec(rotation, pose)
        labels = crops.image_to_unit(pixels, crop)
        out, scale = crops.fit_orthographic(
            in_crop[None], labels[None], np.ones((1, 17))
        )
        np.testing.assert_allclose(out[0], labels, atol=0.02)
        assert float(scale) == pytest.approx(11500 / 40000 / 600, rel=0.02)


def _window(rng):
    poses = rng.normal(size=(2, 5, 17, 3)) * 400
    scale = np.array([2e-3, 7e-4])
    shift = rng.uniform(size=(2, 5, 1, 2))
    labels = poses[..., :2] * scale[:, None, None, None] + shift
    weights = (rng.uniform(size=(2, 5, 17)) < 0.7).astype(float)
    weights[0, 3] = 0.0  # a frame without labels
    return poses, labels, weights, scale


def test_orthographic_fit_finds_the_scale_and_the_places():
    poses, labels, weights, scale = _window(np.random.default_rng(7))
    out, found = crops.fit_orthographic(poses, labels, weights)
    np.testing.assert_allclose(found, scale, rtol=1e-9)
    seen = weights.any(axis=-1)
    np.testing.assert_allclose(out.numpy()[seen], labels[seen], atol=1e-9)


@pytest.mark.parametrize("absurd", [1e6, np.nan])
def test_unlabelled_joints_do_not_move_the_orthographic_fit(absurd):
    poses, labels, weights, _ = _window(np.random.default_rng(8))
    labels += 0.02 * np.random.default_rng(9).normal(size=labels.shape)
    expected, scale = crops.fit_orthographic(poses, labels, weights)
    wild = np.where(weights[..., None] > 0, labels, absurd)
    out, found = crops.fit_orthographic(poses, wild, weights)
    np.testing.assert_allclose(found, scale)
    np.testing.assert_allclose(out, expected)
    bent = np.where(weights[..., None] > 0, poses, poses + 1e4)
    _, found = crops.fit_orthographic(bent, labels, weights)
    np.testing.assert_allclose(found, scale)


def test_no_other_scale_fits_better():
    poses, labels, weights, _ = _window(np.random.default_rng(10))
    labels += 0.05 * np.random.default_rng(11).normal(size=labels.shape)
    out, scale = crops.fit_orthographic(poses, labels, weights)
    w = weights[..., None]
    center = (w * poses[..., :2]).sum(2, keepdims=True)
    center = center / np.maximum(w.sum(2, keepdims=True), 1)
    middle = (w * labels).sum(2, keepdims=True) / np.maximum(w.sum(2, keepdims=True), 1)
    best = (w * (out.numpy() - labels) ** 2).sum()
    for factor in (0.98, 1.02):
        other = scale.numpy()[:, None, None, None] * factor * (poses[..., :2] - center)
        assert (w * (other + middle - labels) ** 2).sum() > best


def test_an_upside_down_pose_keeps_a_positive_scale():
    poses, labels, weights, scale = _window(np.random.default_rng(12))
    _, found = crops.fit_orthographic(-poses, labels, weights)
    np.testing.assert_allclose(found, 0.1 * scale, rtol=0.2)


def test_gradients_of_the_fit_are_finite_without_poses_or_labels():
    for poses, weights in (
        (tf.zeros([1, 2, 17, 3]), tf.ones([1, 2, 17])),
        (tf.ones([1, 2, 17, 3]), tf.zeros([1, 2, 17])),
    ):
        with tf.GradientTape() as tape:
            tape.watch(poses)
            out, _ = crops.fit_orthographic(poses, tf.ones([1, 2, 17, 2]), weights)
            loss = tf.reduce_sum(out**2)
        assert np.isfinite(out).all()
        assert np.isfinite(tape.gradient(loss, poses)).all()
