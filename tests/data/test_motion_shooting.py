import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf.data import heatmap_codec, motion_shooting
from stpose_tf.data.motion_clip import Motion
from stpose_tf.geometry import cameras, crops, heatmaps


@pytest.fixture
def motion(make_motion):
    joints, keypoints = make_motion(frames=12)
    return Motion(
        clip_id="m",
        subject="s1",
        action="walk",
        fps=60.0,
        joints_world=joints,
        keypoints_world=keypoints,
    )


def shoot(motion, **changes):
    given = {"dataset": "figures", "num_views": 2, "seed": 5, **changes}
    return motion_shooting.shoot(motion, **given)


def test_keypoints_are_the_projections_inside_the_crop(motion):
    clip = shoot(motion)
    clip.validate()
    assert len(clip.views) == 2
    for view in clip.views:
        in_camera = cameras.world_to_camera(motion.keypoints_world, view.camera)
        expected = cameras.project(in_camera, view.camera)
        assert_allclose(view.keypoints, expected, atol=1e-3)
        unit = crops.image_to_unit(view.keypoints, view.crop).numpy()
        assert unit.min() > -0.05
        assert unit.max() < 1.05
        assert_array_equal(view.confidence, 1)
        assert view.labelled.all()
        assert view.heatmaps is None


def test_views_differ_and_seeds_repeat(motion):
    first, again, other = shoot(motion), shoot(motion), shoot(motion, seed=6)
    assert_array_equal(first.views[0].keypoints, again.views[0].keypoints)
    assert np.abs(first.views[0].keypoints - first.views[1].keypoints).max() > 10
    assert np.abs(first.views[0].keypoints - other.views[0].keypoints).max() > 10
    more = shoot(motion, num_views=3)
    assert_array_equal(first.views[1].keypoints, more.views[1].keypoints)


def test_stored_maps_peak_near_the_keypoints(motion):
    clip = shoot(motion, num_views=1, heatmap_size=(64, 64))
    clip.validate()
    (view,) = clip.views
    assert view.heatmap_size == (64, 64)
    assert view.heatmap_bytes == sum(map(len, view.heatmaps.blobs))
    maps = np.stack(
        [
            heatmap_codec.decode_frame(blob, view.heatmaps.ranges, size=(64, 64))
            for blob in view.heatmaps.blobs
        ]
    )
    peaks = np.asarray(heatmaps.decode(maps))
    unit = heatmaps.heatmap_to_unit(peaks[..., :2], (64, 64))
    pixels = crops.unit_to_image(unit, view.crop).numpy()
    errors = np.linalg.norm(pixels - view.keypoints, axis=-1)
    errors = errors / view.crop[:, None, 2] * 256
    assert 0.5 < np.median(errors) < 8  # px of 256; a detector's are 1 to 6
    assert (view.confidence < 0.96).all()
    assert np.median(np.abs(peaks[..., 2] - view.confidence)) < 0.03


def decoded(view):
    size = view.heatmap_size
    return np.stack(
        [
            heatmap_codec.decode_frame(blob, view.heatmaps.ranges, size=size)
            for blob in view.heatmaps.blobs
        ]
    )


def test_recorded_keypoints_are_drawn_as_high_as_their_confidence(make_clip):
    clip = make_clip("a", frames=5)
    for view in clip.views:
        view.confidence[:] = 0.5
        view.confidence[2, 4] = 0.0
    drawn = motion_shooting.with_heatmaps(clip, (64, 48))
    drawn.validate()
    for view, before in zip(drawn.views, clip.views, strict=True):
        assert_array_equal(view.keypoints, before.keypoints)
        maps = decoded(view)
        assert maps.shape == (5, 64, 48, 17)
        assert not maps[2, ..., 4].any()
        peaks = np.asarray(heatmaps.decode(maps))
        unit = heatmaps.heatmap_to_unit(peaks[..., :2], (64, 48))
        pixels = crops.unit_to_image(unit, view.crop).numpy()
        seen = view.confidence > 0
        distance = np.linalg.norm(pixels - view.keypoints, axis=-1)[seen]
        assert (distance / np.median(view.crop[:, 2])).max() < 0.01
        assert np.abs(peaks[..., 2][seen] - 0.5).max() < 0.05


def test_heat_maps_that_are_there_are_kept(make_clip):
    clip = make_clip("a", frames=2, maps=(16, 12))
    assert motion_shooting.with_heatmaps(clip, (64, 64)) is clip
