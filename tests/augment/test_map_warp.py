import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from stpose_tf.augment import map_warp


def gaussian(x, y, sigma, size=(48, 64)):
    """Returns one Gaussian `[height, width]`, independent of the package."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    squared = (columns - x) ** 2 + (rows - y) ** 2
    return np.exp(-squared / (2 * sigma**2)).astype(np.float32)


def test_weights_at_whole_pixels_pick_that_pixel():
    positions = tf.constant([0.0, 3.0, 7.0, 30.0])
    weights = map_warp.weights(positions, 8).numpy()
    expected = np.zeros((4, 8))
    expected[0, 0] = expected[1, 3] = expected[2, 7] = 1
    np.testing.assert_allclose(weights, expected, atol=2e-4)


@pytest.mark.parametrize("sigma", [1.4, 1.8, 3.0])
def test_translation_moves_a_gaussian(sigma):
    maps = np.zeros((2, 48, 64, 3), np.float32)
    maps[0, ..., 1] = gaussian(30.3, 20.1, sigma)
    maps[1, ..., 2] = gaussian(25, 25, sigma)
    offsets = np.zeros((2, 3, 2), np.float32)
    offsets[0, 1] = 4.5, -2.25
    chosen = np.array([[False, True, False], [False, False, False]])
    moved = map_warp.translate(tf.constant(maps), offsets, chosen).numpy()
    expected = maps.copy()
    expected[0, ..., 1] = gaussian(34.8, 17.85, sigma)
    np.testing.assert_allclose(moved, expected, atol=1 / 255)
    np.testing.assert_array_equal(moved[1], maps[1])


def test_nothing_chosen_changes_nothing():
    maps = tf.random.stateless_uniform([2, 12, 16, 3], (0, 0))
    offsets = tf.ones([2, 3, 2])
    moved = map_warp.translate(maps, offsets, tf.zeros([2, 3], tf.bool))
    np.testing.assert_array_equal(moved, maps)


def test_the_identity_map_changes_nothing():
    maps = tf.random.stateless_uniform([2, 12, 16, 3], (0, 0))
    same = map_warp.affine(maps, tf.eye(2), tf.zeros([2]))
    np.testing.assert_allclose(same, maps, atol=1e-3)


@pytest.mark.parametrize("angle", [-45, -15, 10, 30])
@pytest.mark.parametrize("scale", [0.9, 1.1])
def test_affine_maps_agree_with_spline_resampling(angle, scale):
    maps = gaussian(30, 20, 1.5) + 0.5 * gaussian(36.2, 26.4, 2.0)
    radians = np.radians(angle)
    matrix = scale * np.array(
        [[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]]
    )
    offset = np.array([33, 22]) - matrix @ [31, 24]
    result = map_warp.affine(
        tf.constant(maps[np.newaxis, ..., np.newaxis]),
        tf.constant(matrix, tf.float32),
        tf.constant(offset, tf.float32),
    )
    # scipy's axes are (y, x); splines of order 5 are exact to 1e-3 here.
    expected = scipy.ndimage.affine_transform(
        maps, matrix[::-1, ::-1], offset[::-1], order=5
    )
    np.testing.assert_allclose(result[0, ..., 0], expected, atol=2.5 / 255)


@pytest.mark.parametrize("stddev", [0.0, 0.2, 0.5, 1.0, 2.5])
def test_blur_adds_variances(stddev):
    maps = gaussian(30.3, 20.6, 1.5)[np.newaxis, ..., np.newaxis]
    blurred = map_warp.blur(tf.constant(maps), tf.constant(stddev))[0, ..., 0]
    variance = 1.5**2 + stddev**2
    expected = gaussian(30.3, 20.6, variance**0.5) * 1.5**2 / variance
    np.testing.assert_allclose(blurred, expected, atol=1e-3)


def test_permutation_by_frame():
    maps = tf.random.stateless_uniform([2, 5, 4, 3], (0, 0))
    sources = [[0, 2, 1], [2, 0, 1]]
    result = map_warp.permute(maps, tf.constant(sources)).numpy()
    for frame in range(2):
        for keypoint, source in enumerate(sources[frame]):
            np.testing.assert_allclose(
                result[frame, ..., keypoint], maps[frame, ..., source]
            )
