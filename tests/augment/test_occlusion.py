import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import limbs, occlusion
from stpose_tf.geometry import skeletons

UNTOUCHED = {
    "keypoints", "keypoint_labels", "labelled", "confidence", "pose", "pose_valid",
    "crop", "crop_rotation", "focal", "center", "frame_change",
}  # fmt: skip
OPS = {
    "frames": occlusion.FrameOcclusion(0.3),
    "run": occlusion.RunOcclusion(5, 0.5),
    "points": occlusion.PointOcclusion(0.3),
    "limb": occlusion.LimbOcclusion(((5, 7, 9), (11, 13, 15)), 6),
    "joint": occlusion.JointOcclusion(0.3),
    "area": occlusion.AreaOcclusion((64, 64), (0.4, 0.9)),
}


def hidden_masks(op, example, count, seed=11):
    """Returns what was hidden for many seeds, bool `[count, time, keypoints]`."""
    clear = {**example, "occluded": tf.zeros_like(example["occluded"])}
    base = tf.constant([seed, 0], tf.int64)
    source = tf.data.Dataset.range(count).map(
        lambda i: op(clear, tf.random.fold_in(base, i))["occluded"]
    )
    return np.stack(list(source.as_numpy_iterator()))


@pytest.mark.parametrize("name", OPS)
def test_hidden_maps_are_zero_and_all_else_stays(name, check_law):
    before, after = check_law(OPS[name], tolerance=1e-6)
    hidden = after["occluded"].numpy() & ~before["occluded"].numpy()
    assert hidden.any()
    assert np.all(after["occluded"] | ~before["occluded"])
    maps = np.moveaxis(after["heatmaps"], -1, 1)
    assert np.all(maps[hidden] == 0)
    kept = ~after["occluded"].numpy()
    assert np.all(maps[kept].max(axis=(1, 2)) > 0.5)
    for key in UNTOUCHED:
        np.testing.assert_array_equal(after[key], before[key])


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_frame_rate(rate, make_window):
    example, _ = make_window(frames=16)
    masks = hidden_masks(occlusion.FrameOcclusion(rate), example, 100)
    assert np.array_equal(masks.any(-1), masks.all(-1))
    # 1600 frames: standard error 0.01.
    assert abs(masks.mean() - rate) < 0.04


def test_point_rate_and_independence(make_window):
    example, _ = make_window(frames=16)
    masks = hidden_masks(occlusion.PointOcclusion(0.25), example, 60)
    # 60 * 16 * 17 points: standard error 0.0034.
    assert abs(masks.mean() - 0.25) < 0.015
    np.testing.assert_allclose(masks.mean((0, 1)), 0.25, atol=0.06)
    np.testing.assert_allclose(masks.mean((0, 2)), 0.25, atol=0.06)


def test_joint_rate_for_the_whole_window(make_window):
    example, _ = make_window(frames=4)
    masks = hidden_masks(occlusion.JointOcclusion(0.1), example, 200)
    assert np.array_equal(masks.any(1), masks.all(1))
    # 3400 joints: standard error 0.005.
    assert abs(masks.mean() - 0.1) < 0.02


def test_runs_are_contiguous_and_of_all_lengths_and_places(make_window):
    example, _ = make_window(frames=16)
    masks = hidden_masks(occlusion.RunOcclusion(5, 0.0), example, 400)
    assert np.array_equal(masks.any(-1), masks.all(-1))
    frames = masks[..., 0].astype(int)
    changes = np.abs(np.diff(np.pad(frames, ((0, 0), (1, 1))), axis=1)).sum(1)
    assert np.all(changes == 2)  # one start and one end
    lengths = np.bincount(frames.sum(1), minlength=6)
    assert lengths[0] == 0
    assert len(lengths) == 6
    np.testing.assert_allclose(lengths[1:] / 400, 0.2, atol=0.07)
    assert frames.any(0).all()


def test_forecasting_runs_touch_the_last_frame(make_window):
    example, _ = make_window(frames=16)
    always = hidden_masks(occlusion.RunOcclusion(5, 1.0), example, 50)
    assert always[:, -1].all()
    never = hidden_masks(occlusion.RunOcclusion(5, 0.0), example, 300)
    # A run of length n of 16 ends there in 1 / (17 - n): 0.071 on average.
    assert abs(never[:, -1, 0].mean() - 0.071) < 0.05
    some = hidden_masks(occlusion.RunOcclusion(5, 0.4), example, 300)
    assert abs(some[:, -1, 0].mean() - (0.4 + 0.6 * 0.071)) < 0.09


def test_a_run_longer_than_the_window_can_hide_all_of_it(make_window):
    example, _ = make_window(frames=3)
    masks = hidden_masks(occlusion.RunOcclusion(100, 0.0), example, 60)
    assert set(masks[..., 0].sum(1)) == {1, 2, 3}


def test_a_limb_disappears_as_a_whole(make_window):
    example, _ = make_window(frames=10)
    groups = limbs.of(skeletons.get("coco17"))
    masks = hidden_masks(occlusion.LimbOcclusion(groups, 4), example, 80)
    seen = set()
    for mask in masks:
        keypoints = tuple(np.flatnonzero(mask.any(0)))
        assert keypoints in groups
        seen.add(keypoints)
        frames = np.flatnonzero(mask.any(1))
        assert len(frames) <= 4
        assert len(frames) == frames[-1] - frames[0] + 1
        assert mask[np.ix_(frames, keypoints)].all()
    assert seen == set(groups)


@pytest.mark.parametrize("moving", [0.0, 1.0])
def test_the_area_hides_exactly_the_keypoints_inside(moving, make_window):
    example, _ = make_window(frames=8)
    op = occlusion.AreaOcclusion((64, 64), (0.2, 0.6), moving=moving)
    masks = hidden_masks(op, example, 20)
    base = tf.constant([11, 0], tf.int64)
    points = example["keypoints"].numpy()
    for index, mask in enumerate(masks):
        corners = op.rectangle(tf.random.fold_in(base, np.int64(index)), 8)
        low, high = (corner.numpy() for corner in corners)
        expected = np.zeros_like(mask)
        for frame in range(8):
            for keypoint, (x, y) in enumerate(points[frame]):
                inside_x = low[frame, 0] <= x <= high[frame, 0]
                inside_y = low[frame, 1] <= y <= high[frame, 1]
                expected[frame, keypoint] = inside_x and inside_y
        np.testing.assert_array_equal(mask, expected)
    assert 0 < masks.mean() < 0.5


def test_rectangles_stand_or_move_with_constant_speed():
    op = occlusion.AreaOcclusion((64, 48), (0.2, 0.6), moving=0.5)
    moved = []
    for index in range(200):
        low, high = (corner.numpy() for corner in op.rectangle((3, index), 5))
        sides = (high - low) / [48, 64]
        assert np.all((sides > 0.2 - 1e-4) & (sides < 0.6 + 1e-4))
        np.testing.assert_allclose(np.diff(sides, axis=0), 0, atol=1e-5)
        center = (low + high) / 2 + 0.5
        assert np.all((center > -1e-3) & (center < [48.001, 64.001]))
        np.testing.assert_allclose(np.diff(center, 2, axis=0), 0, atol=1e-4)
        moved.append(np.abs(center[-1] - center[0]).max() > 1e-3)
    assert abs(np.mean(moved) - 0.5) < 0.12


def test_a_single_frame_window_works(make_window, check_augmentation):
    for example in make_window(frames=1):
        for op in OPS.values():
            check_augmentation(op, example)
