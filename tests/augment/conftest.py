"""A window as augmentations see it, in both forms, from a real camera's geometry."""

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import peak_components
from stpose_tf.geometry import crops, heatmaps, skeletons

SIZE = (64, 64)
FOCAL = np.array([1100.0, 1100.0], np.float32)
CENTER = np.array([510.0, 490.0], np.float32)


def body(frames, points, rng, *, radius=500.0):
    """Returns slowly moving points, mm [time, points, 3]."""
    start = rng.uniform(-1, 1, (points, 3))
    speed = rng.uniform(-1, 1, (points, 3)) / 40
    time = np.arange(frames)[:, None, None]
    return (radius * np.tanh(start + speed * time)).astype(np.float32)


@pytest.fixture
def make_window():
    """Returns a function that makes a window with `peaks` and one with `heatmaps`."""

    def make(frames=8, seed=0, *, sigma=1.5, size=SIZE, rotation=None, radius=500.0):
        rng = np.random.default_rng(seed)
        keypoints_3d = body(frames, 17, rng, radius=radius)
        joints_3d = body(frames, 17, rng)
        joints_3d -= joints_3d[:, :1]
        if rotation is not None:
            keypoints_3d, joints_3d = keypoints_3d @ rotation.T, joints_3d @ rotation.T
        place = np.array([600.0, -400.0, 4000.0], np.float32)
        positions = keypoints_3d + place
        pixels = positions[..., :2] / positions[..., 2:] * FOCAL + CENTER
        centers = place[:2] / place[2] * FOCAL + CENTER + rng.normal(size=(frames, 2))
        crop = np.concatenate(
            [centers, np.full((frames, 1), 420.0), np.full((frames, 1), 0.05)], -1
        ).astype(np.float32)
        labels = crops.image_to_unit(pixels.astype(np.float32), crop)
        places = heatmaps.unit_to_heatmap(labels, size)
        example = {
            "peaks": peak_components.from_keypoints(places, sigma=sigma),
            "keypoints": places,
            "keypoint_labels": labels,
            "labelled": tf.constant(rng.random((frames, 17)) < 0.9),
            "occluded": tf.constant(rng.random((frames, 17)) < 0.1),
            "confidence": tf.constant(rng.uniform(0.5, 1, (frames, 17)), tf.float32),
            "pose": tf.constant(joints_3d),
            "pose_valid": tf.constant(rng.random((frames, 17)) < 0.9),
            "crop": tf.constant(crop),
            "crop_rotation": crops.crop_rotation(crop, FOCAL, CENTER),
            "focal": tf.constant(FOCAL),
            "center": tf.constant(CENTER),
            "frame_change": tf.eye(3),
        }
        stored = {k: v for k, v in example.items() if k != "peaks"}
        stored["heatmaps"] = heatmaps.render(example["peaks"], size)
        return example, stored

    return make


@pytest.fixture
def check_law(make_window, check_augmentation):
    """Returns a function that checks augment(render(k)) = render(augment(k))."""

    def check(op, seed=(7, 0), *, border=0, tolerance=2 / 255, **kwargs):
        peaks, stored = make_window(**kwargs)
        size = stored["heatmaps"].shape[1:3]
        rendered = check_augmentation(op, peaks, seed)
        warped = check_augmentation(op, stored, seed)
        expected = heatmaps.render(rendered.pop("peaks"), size).numpy()
        maps = warped.pop("heatmaps").numpy()
        assert set(rendered) == set(warped)
        for key, value in rendered.items():
            np.testing.assert_allclose(value, warped[key], atol=1e-4, err_msg=key)
        height, width = size
        inner = slice(border, height - border), slice(border, width - border)
        error = np.abs(expected - maps)[:, inner[0], inner[1]].max()
        assert error <= tolerance, error * 255
        return peaks, {**rendered, "heatmaps": maps}

    return check


@pytest.fixture
def coco_permutation():
    return tuple(int(i) for i in skeletons.get("coco17").mirror_permutation)


@pytest.fixture
def h36m_permutation():
    return tuple(int(i) for i in skeletons.get("h36m17").mirror_permutation)
