import numpy as np
import tensorflow as tf

from stpose_tf.augment import peak_components
from stpose_tf.geometry import heatmaps


def test_ideal_peaks_render_to_one_gaussian():
    peaks = peak_components.from_keypoints(tf.constant([[3.0, 5.0]]), sigma=1.5)
    assert peaks.shape == (1, peak_components.COUNT, 4)
    maps = heatmaps.render(peaks, (8, 8))[..., 0]
    # One px to the right: exp(-1 / (2 * 1.5^2)).
    np.testing.assert_allclose(maps[5, 3], 1.0)
    np.testing.assert_allclose(maps[5, 4], np.exp(-1 / 4.5), rtol=1e-6)


def test_only_the_named_component_is_replaced():
    peaks = tf.random.stateless_uniform([2, 3, peak_components.COUNT, 4], (0, 0))
    component = tf.fill([2, 3, 4], 9.0)
    result = peak_components.with_component(peaks, peak_components.SECOND, component)
    expected = peaks.numpy()
    expected[:, :, 2] = 9.0
    np.testing.assert_array_equal(result, expected)


def test_heights_scale_and_places_move():
    peaks = tf.ones([1, 2, peak_components.COUNT, 4])
    scaled = peak_components.scale_heights(peaks, tf.constant([[2.0, 0.5]]))
    np.testing.assert_array_equal(scaled[0, :, 0], [[1, 1, 1, 2], [1, 1, 1, 0.5]])
    moved = peak_components.move(peaks, tf.constant([[[1.0, 2.0], [0.0, -1.0]]]))
    np.testing.assert_array_equal(moved[0, :, 3], [[2, 3, 1, 1], [1, 0, 1, 1]])
    hidden = peak_components.without(peaks, tf.constant([[True, False]]))
    np.testing.assert_array_equal(hidden[0, :, 1], [[1, 1, 1, 0], [1, 1, 1, 1]])
