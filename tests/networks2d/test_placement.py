import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import crops, heatmaps
from stpose_tf.networks2d import placement

CROPS = np.array(
    [[100.0, 60.0, 64.0, 0.0], [300.0, 200.0, 250.0, 0.6], [9.0, -4.0, 31.0, -2.9]]
)


@pytest.mark.parametrize("crop", CROPS)
def test_it_agrees_with_the_lifters_crops(crop):
    # The way of the package's other code: heat-map px -> unit -> image.
    points = np.random.default_rng(0).uniform(-5, 70, (20, 2))
    unit = heatmaps.heatmap_to_unit(tf.constant(points), (64, 64))
    expected = crops.unit_to_image(unit, tf.constant(crop))
    ours = placement.apply(placement.of_crop(crop, (64, 64)), points)
    np.testing.assert_allclose(ours, expected, atol=1e-9)
    ours = placement.apply(placement.of_unit(crop), np.asarray(unit))
    np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_maps_that_are_no_squares_are_as_high_as_the_crop():
    # 64 x 48 maps of a crop of 128 px: 2 px a pixel. The middle of the maps, pixel
    # (23.5, 31.5), is the crop's center; the first pixel's center lies 47 px left
    # and 63 px above of it.
    matrix = placement.of_crop(np.array([200.0, 300.0, 128.0, 0.0]), (64, 48))
    points = placement.apply(matrix, np.array([[23.5, 31.5], [0.0, 0.0]]))
    np.testing.assert_allclose(points, [[200.0, 300.0], [153.0, 237.0]])


def test_inverse_and_compose_undo_each_other():
    matrices = placement.of_crop(CROPS, (64, 48))
    both = placement.compose(placement.inverse(matrices), matrices)
    np.testing.assert_allclose(both, np.tile(np.eye(2, 3), (3, 1, 1)), atol=1e-12)


def test_a_crop_within_a_crop_shows_what_it_should():
    inner = np.array([0.3, 0.7, 0.5, 0.4])
    outer = CROPS[1]
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.2, 0.9]])
    # Through both one after the other, or through the one crop that stands for both.
    stepwise = placement.apply(
        placement.of_unit(outer), placement.apply(placement.of_unit(inner), corners)
    )
    at_once = placement.apply(
        placement.of_unit(placement.within(inner, outer)), corners
    )
    np.testing.assert_allclose(at_once, stepwise, atol=1e-9)


def test_angles_wrap():
    angles = np.array([0.0, np.pi, 3 * np.pi, -np.pi / 2, 7.0])
    wrapped = placement.wrapped(angles)
    assert (np.abs(wrapped) <= np.pi).all()
    np.testing.assert_allclose(np.exp(1j * wrapped), np.exp(1j * angles), atol=1e-12)
