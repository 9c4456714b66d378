import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.export import keypoint_input
from stpose_tf.geometry import heatmaps

SETTINGS = {"size": (32, 32), "sigma": 1.3, "margin": 1.25}


def _maps(keypoints, confidence):
    maps, crop = keypoint_input.to_heatmaps(
        tf.constant(keypoints, tf.float32),
        tf.constant(confidence, tf.float32),
        **SETTINGS,
    )
    return maps.numpy(), crop.numpy()


@pytest.fixture
def person():
    rng = np.random.default_rng(0)
    keypoints = rng.uniform([300, 100], [420, 400], size=(2, 12, 17, 2))
    return keypoints, rng.uniform(0.2, 1.0, size=(2, 12, 17))


def test_a_person_who_stands_still_is_in_a_square_1_25_times_the_box():
    # A box from (100, 50) to (200, 250): 200 high, its middle at (150, 150).
    corners = np.array([[100, 50], [200, 250], [130, 60]])
    keypoints = np.broadcast_to(corners, (1, 5, 3, 2))
    maps, crop = _maps(keypoints, np.ones((1, 5, 3)))
    np.testing.assert_allclose(crop, np.broadcast_to([150, 150, 250, 0], (1, 5, 4)))
    # (100 - 150) / 250 + 0.5 = 0.3 of 32 px, counted from the first pixel's middle.
    places = heatmaps.decode(maps[0, 0]).numpy()
    np.testing.assert_allclose(
        places[0, :2], [0.3 * 32 - 0.5, 0.1 * 32 - 0.5], atol=0.01
    )


def test_maps_show_each_keypoint_as_high_as_its_confidence(person):
    maps, crop = _maps(*person)
    found = heatmaps.decode(maps).numpy()
    centers, sides = crop[..., np.newaxis, :2], crop[..., np.newaxis, 2:3]
    wanted = ((person[0] - centers) / sides + 0.5) * 32 - 0.5
    np.testing.assert_allclose(found[..., :2], wanted, atol=0.02)
    # The highest pixel is at most half a pixel off the peak, in x and in y.
    lowest = np.exp(-(0.5**2) / 1.3**2)
    ratio = found[..., 2] / person[1]
    assert (ratio <= 1 + 1e-6).all()
    assert (ratio >= lowest - 1e-6).all()


def test_place_and_size_in_the_image_do_not_matter(person):
    keypoints, confidence = person
    maps, crop = _maps(keypoints, confidence)
    moved, moved_crop = _maps(3 * keypoints + [70, -20], confidence)
    np.testing.assert_allclose(moved, maps, atol=1e-4)
    np.testing.assert_allclose(
        moved_crop[..., :3], 3 * crop[..., :3] + [70, -20, 0], rtol=1e-5
    )


def test_what_was_not_seen_has_no_say(person):
    keypoints, confidence = person
    confidence[:, :, [4, 9]] = 0
    maps, crop = _maps(keypoints, confidence)
    keypoints[:, :, [4, 9]] = np.nan
    again, same_crop = _maps(keypoints, confidence)
    np.testing.assert_array_equal(again, maps)
    np.testing.assert_array_equal(same_crop, crop)
    assert (maps[..., [4, 9]] == 0).all()


def test_frames_without_anyone_take_the_crops_around_them():
    keypoints = np.zeros((1, 40, 2, 2))
    keypoints[0, :20] = [[0, 0], [80, 80]]  # crop: (40, 40), 100 px
    keypoints[0, 30:] = [[0, 0], [160, 160]]  # crop: (80, 80), 200 px
    confidence = np.ones((1, 40, 2))
    confidence[:, 20:30] = 0
    maps, crop = _maps(keypoints, confidence)
    np.testing.assert_allclose(crop[0, [0, 19, 21], 2], 100, rtol=1e-5)
    np.testing.assert_allclose(crop[0, [28, 30, 39], 2], 200, rtol=1e-5)
    assert (maps[:, 20:30] == 0).all()


def test_a_clip_without_anyone_has_finite_crops():
    maps, crop = _maps(np.full((1, 3, 17, 2), np.nan), np.zeros((1, 3, 17)))
    assert (maps == 0).all()
    assert np.isfinite(crop).all()
    assert (crop[..., 2] > 0).all()
