import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import heatmaps
from stpose_tf.networks2d import peak_places


@pytest.mark.parametrize("size", [(64, 64), (64, 48), (5, 9)])
def test_peaks_are_those_of_the_other_decoder(size):
    rng = np.random.default_rng(0)
    peaks = rng.uniform(-1, [size[1], size[0], 3, 1.0], (33, 2, 4)).astype(np.float32)
    maps = heatmaps.render(tf.constant(peaks), size).numpy()
    maps += rng.uniform(0, 0.02, maps.shape).astype(np.float32)
    expected = heatmaps.decode(tf.constant(maps)).numpy()
    np.testing.assert_allclose(peak_places.decode(maps), expected, atol=2e-3)


def test_gaussians_are_found_between_pixels():
    places = np.random.default_rng(1).uniform(6, 26, (17, 2))
    rest = np.tile([1.7, 0.8], (17, 1))
    peaks = np.concatenate([places, rest], axis=1)[:, np.newaxis].astype(np.float32)
    found = peak_places.decode(heatmaps.render(tf.constant(peaks), (32, 32)).numpy())
    np.testing.assert_allclose(found[:, :2], places, atol=1e-3)


def test_a_map_of_zeros_has_its_peak_nowhere():
    maps = np.zeros((32, 24, 2), np.float32)
    maps[4, 6, 1] = 0.5
    found = peak_places.decode(maps)
    np.testing.assert_array_equal(found, [[11.5, 15.5, 0.0], [6.0, 4.0, 0.5]])
