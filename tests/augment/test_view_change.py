"""The views' laws, against points that a pinhole camera really shot."""

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import augmentation, peak_components, view_change
from stpose_tf.geometry import crops, heatmaps, rotations

SIZE = (64, 64)
CHANGING = ("pose", "pose_valid", "crop_rotation", "frame_change")


@pytest.fixture
def make_ops(coco_permutation, h36m_permutation):
    def make(size=SIZE):
        return {
            "mirror": view_change.Mirror(size, coco_permutation, h36m_permutation),
            "crop_jitter": view_change.CropJitter(size, 0.06, 0.12),
            "roll": view_change.Roll(size, 15.0),
        }

    return make


@pytest.mark.parametrize("sigma", [1.4, 2.0])
@pytest.mark.parametrize("name", ["mirror", "crop_jitter", "roll"])
def test_maps_are_the_same_rendered_and_stored(name, sigma, make_ops, check_law):
    for seed in ((7, 0), (8, 1)):
        op = make_ops()[name]
        before, after = check_law(op, seed, sigma=sigma, radius=400.0)
        assert np.abs(after["keypoints"] - before["keypoints"]).max() > 0.5


@pytest.mark.parametrize("name", ["crop_jitter", "roll"])
def test_the_inner_maps_are_the_same_with_keypoints_up_to_the_border(
    name, make_ops, check_law
):
    # A stored map lacks what its border cut off; that part cannot be brought back.
    before, _ = check_law(make_ops()[name], radius=1000.0, sigma=1.8, border=8)
    assert before["keypoints"].numpy().max() > 62


@pytest.mark.parametrize("name", ["mirror", "crop_jitter", "roll"])
def test_keypoints_labels_and_peaks_move_together(name, make_ops, make_window):
    for size in ((64, 64), (64, 48)):
        example, _ = make_window(size=size)
        changed = make_ops(size)[name](example, (5, 5))
        places = heatmaps.unit_to_heatmap(changed["keypoint_labels"], size)
        np.testing.assert_allclose(changed["keypoints"], places, atol=1e-4)
        main = changed["peaks"][:, :, peak_components.MAIN]
        np.testing.assert_allclose(main[..., :2], places, atol=1e-4)
        assert np.all(main[..., 3] == 1)


def shot(example):
    """Returns 3D points that the example's labels are a picture of, and their crop.

    One point for each label, at its own depth, from the example's own camera.
    """
    pixels = crops.unit_to_image(example["keypoint_labels"], example["crop"])
    depth = np.random.default_rng(1).uniform(3500, 4500, (*pixels.shape[:2], 1))
    slope = (pixels - example["center"]) / example["focal"]
    return np.concatenate([slope, np.ones_like(depth)], axis=-1) * depth


@pytest.mark.parametrize("name", ["mirror", "crop_jitter", "roll"])
def test_labels_are_what_the_changed_camera_sees(
    name, make_ops, make_window, coco_permutation
):
    example, _ = make_window()
    points = shot(example)
    changed = make_ops()[name](example, (5, 5))
    if name == "mirror":
        points = points[:, coco_permutation]
    points = points @ changed["frame_change"].numpy().T
    pixels = points[..., :2] / points[..., 2:] * example["focal"] + example["center"]
    labels = crops.image_to_unit(tf.cast(pixels, tf.float32), changed["crop"])
    np.testing.assert_allclose(changed["keypoint_labels"], labels, atol=1e-5)


@pytest.mark.parametrize("name", ["mirror", "crop_jitter", "roll"])
def test_the_crops_rotation_belongs_to_the_crop(name, make_ops, make_window):
    for focal in (1100.0, 0.0):
        example, _ = make_window()
        example["focal"] = tf.fill([2], focal)
        example["crop_rotation"] = crops.crop_rotation(
            example["crop"], example["focal"], example["center"]
        )
        changed = make_ops()[name](example, (5, 5))
        expected = crops.crop_rotation(
            changed["crop"], changed["focal"], changed["center"]
        )
        np.testing.assert_allclose(changed["crop_rotation"], expected, atol=1e-5)


def test_unknown_intrinsics_leave_the_roll_alone(make_ops, make_window):
    example, _ = make_window()
    example["focal"] = tf.zeros([2])
    changed = make_ops()["roll"](example, (5, 5))
    np.testing.assert_array_equal(changed["crop"], example["crop"])
    jittered = make_ops()["crop_jitter"](example, (5, 5))
    # The fixture's crops are rolled by 0.05 rad.
    expected = np.broadcast_to(rotations.about_z(-0.05), (8, 3, 3))
    np.testing.assert_allclose(jittered["crop_rotation"], expected, atol=1e-6)


def test_mirrored_twice_is_the_identity(make_ops, make_window):
    for example in make_window():
        mirror = make_ops()["mirror"]
        twice = mirror(mirror(example, (0, 0)), (0, 0))
        for key, value in example.items():
            np.testing.assert_allclose(twice[key], value, atol=1e-4, err_msg=key)


def test_the_mirror_by_hand(make_ops, make_window):
    example, _ = make_window()
    changed = make_ops()["mirror"](example, (0, 0))
    # h36m17: 1 is the right hip, 4 the left; coco17: 5, 6 are the shoulders.
    np.testing.assert_array_equal(
        changed["pose"][:, 1], example["pose"][:, 4] * [-1.0, 1.0, 1.0]
    )
    np.testing.assert_array_equal(
        changed["pose_valid"][:, 1], example["pose_valid"][:, 4]
    )
    for key in ("labelled", "occluded", "confidence"):
        np.testing.assert_array_equal(changed[key][:, 5], example[key][:, 6])
    labels = example["keypoint_labels"][:, 6]
    np.testing.assert_allclose(changed["keypoint_labels"][:, 5, 0], 1 - labels[:, 0])
    np.testing.assert_array_equal(changed["keypoint_labels"][:, 5, 1], labels[:, 1])
    # The principal point lies at x = 510.
    np.testing.assert_allclose(changed["crop"][:, 0], 1020 - example["crop"][:, 0])
    np.testing.assert_array_equal(changed["crop"][:, 3], -example["crop"][:, 3])
    S = np.diag([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(
        changed["crop_rotation"], S @ example["crop_rotation"].numpy() @ S
    )
    np.testing.assert_array_equal(changed["frame_change"], S)


def test_the_crop_alone_does_not_change_the_pose(make_ops, make_window):
    example, _ = make_window()
    changed = make_ops()["crop_jitter"](example, (5, 5))
    for key in ("pose", "pose_valid", "frame_change", "confidence", "occluded"):
        np.testing.assert_array_equal(changed[key], example[key])
    shares = changed["crop"][:, 2] / example["crop"][:, 2]
    assert np.ptp(shares) < 1e-6
    assert abs(shares[0] - 1) > 1e-3


def test_crop_changes_stay_within_their_limits(make_ops, make_window):
    example, _ = make_window(frames=1)
    op = view_change.CropJitter(SIZE, 0.1, 0.25)
    crop = example["crop"].numpy()[0]
    changed = np.stack([op(example, (i, 0))["crop"][0] for i in range(150)])
    scales = changed[:, 2] / crop[2]
    assert 0.8 <= scales.min() < 0.83
    assert 1.21 < scales.max() <= 1.2501
    unit = crops.image_to_unit(changed[:, :2], crop).numpy() - 0.5
    assert 0.09 < np.abs(unit).max() <= 0.1001


def test_roll_angles_stay_within_their_limit(make_window):
    example, _ = make_window(frames=1)
    op = view_change.Roll(SIZE, 20.0)
    turned = [op(example, (i, 0))["frame_change"].numpy() for i in range(100)]
    angles = np.degrees([np.arctan2(Z[1, 0], Z[0, 0]) for Z in turned])
    assert -20 <= angles.min() < -16
    assert 16 < angles.max() <= 20


@pytest.mark.parametrize("mirrored", [False, True])
def test_multi_view_loss_of_the_truth_is_zero(mirrored, make_ops, make_window):
    relative = rotations.euler_xyz(tf.constant([0.2, 1.0, -0.1])).numpy()
    first, _ = make_window(seed=3)
    second, _ = make_window(seed=3, rotation=relative)
    np.testing.assert_allclose(
        first["pose"] @ relative.T, second["pose"], atol=1e-3
    )  # R X1 = X2 to begin with
    ops = make_ops()
    own = augmentation.Chain((ops["crop_jitter"], ops["roll"], ops["roll"]))
    views = []
    for index, view in enumerate((first, second)):
        if mirrored:
            view = ops["mirror"](view, (1, 1))
        views.append(own(view, (index, 4)))
    M1, M2 = (view["frame_change"].numpy() for view in views)
    changed = M2 @ relative @ M1.T
    np.testing.assert_allclose(changed @ changed.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(changed) > 0.99
    np.testing.assert_allclose(
        views[0]["pose"] @ changed.T, views[1]["pose"], atol=2e-3
    )


def test_the_target_in_the_crop_turns_with_the_map(make_ops, make_window):
    example, _ = make_window()
    before = np.einsum("tde,tje->tjd", example["crop_rotation"], example["pose"])
    changed = make_ops()["roll"](example, (5, 5))
    after = np.einsum("tde,tje->tjd", changed["crop_rotation"], changed["pose"])
    Z = changed["frame_change"].numpy()
    np.testing.assert_allclose(after, before @ Z.T, atol=1e-3)
    mirrored = make_ops()["mirror"](example, (5, 5))
    after = np.einsum("tde,tje->tjd", mirrored["crop_rotation"], mirrored["pose"])
    expected = before[:, make_ops()["mirror"].joint_permutation] * [-1, 1, 1]
    np.testing.assert_allclose(after, expected, atol=1e-3)
