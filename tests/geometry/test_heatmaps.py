import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import heatmaps


def _peaks(rng, shape, *, size=(64, 64), margin=2.0, gaussians=1):
    shape = (*shape, gaussians, 1)
    return np.concatenate(
        [
            rng.uniform(margin, size[1] - 1 - margin, size=shape),
            rng.uniform(margin, size[0] - 1 - margin, size=shape),
            rng.uniform(1.4, 2.5, size=shape),
            rng.uniform(0.6, 1.0, size=shape),
        ],
        axis=-1,
    ).astype("float32")


def test_a_gaussian_has_its_height_at_its_center_and_falls_by_its_sigma():
    peaks = np.array([[[10.0, 20.0, 2.0, 0.8]]], "float32")
    maps = heatmaps.render(peaks, (32, 24)).numpy()
    assert maps.shape == (32, 24, 1)
    assert maps[20, 10, 0] == pytest.approx(0.8)
    assert maps[20, 12, 0] == pytest.approx(0.8 * np.exp(-0.5))
    assert maps[23, 14, 0] == pytest.approx(0.8 * np.exp(-(9 + 16) / 8))


def test_maps_are_the_sums_of_all_gaussians_written_out():
    rng = np.random.default_rng(0)
    peaks = _peaks(rng, (2, 5), size=(20, 28), gaussians=3)
    maps = heatmaps.render(peaks, (20, 28)).numpy()
    assert maps.shape == (2, 20, 28, 5)
    y, x = np.mgrid[:20, :28]
    for time in range(2):
        for joint in range(5):
            expected = sum(
                h * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * s * s))
                for cx, cy, s, h in peaks[time, joint]
            )
            np.testing.assert_allclose(maps[time, ..., joint], expected, atol=1e-6)


def test_the_border_cuts_a_gaussian_off():
    # Seen on a larger canvas it is the same Gaussian.
    peaks = np.array([[[0.3, 14.2, 2.0, 1.0]]], "float32")
    small = heatmaps.render(peaks, (16, 16))
    large = heatmaps.render(peaks + np.array([8, 8, 0, 0], "float32"), (32, 32))
    np.testing.assert_allclose(small, large[8:24, 8:24], atol=1e-6)
    np.testing.assert_array_equal(
        heatmaps.render(np.array([[[-500.0, 3.0, 2.0, 1.0]]], "float32"), (16, 16)), 0.0
    )


def test_a_height_of_zero_leaves_a_gaussian_out():
    peaks = np.array([[[5.0, 5.0, 2.0, 1.0], [0.0, 0.0, 0.0, 0.0]]], "float32")
    one = heatmaps.render(peaks[:, :1], (16, 16))
    np.testing.assert_array_equal(heatmaps.render(peaks, (16, 16)), one)
    assert np.isfinite(one).all()


@pytest.mark.parametrize("size", [(64, 64), (48, 64), (64, 48)])
def test_decoding_finds_what_was_rendered(size):
    peaks = _peaks(np.random.default_rng(1), (40, 17), size=size)
    decoded = heatmaps.decode(heatmaps.render(peaks, size)).numpy()
    np.testing.assert_allclose(decoded[..., :2], peaks[..., 0, :2], atol=1e-3)
    # The highest pixel is at most half a pixel away in x and y.
    height = peaks[..., 0, 3]
    least = height * np.exp(-0.25 / peaks[..., 0, 2] ** 2)
    assert (decoded[..., 2] <= height + 1e-6).all()
    assert (decoded[..., 2] >= least - 1e-6).all()


def test_decoding_finds_peaks_up_to_the_border():
    peaks = _peaks(np.random.default_rng(2), (40, 17), margin=-0.5)
    decoded = heatmaps.decode(heatmaps.render(peaks, (64, 64))).numpy()
    np.testing.assert_allclose(decoded[..., :2], peaks[..., 0, :2], atol=1e-2)


@pytest.mark.parametrize("steps", [255, 127])
def test_eight_bits_cost_less_than_a_fiftieth_of_a_pixel(steps):
    peaks = _peaks(np.random.default_rng(3), (40, 17))
    maps = np.round(heatmaps.render(peaks, (64, 64)) * steps) / steps
    decoded = heatmaps.decode(maps.astype("float32")).numpy()
    assert np.abs(decoded[..., :2] - peaks[..., 0, :2]).max() < 0.02


def test_half_precision_maps_decode_to_float32():
    peaks = _peaks(np.random.default_rng(4), (40, 17))
    maps = tf.cast(heatmaps.render(peaks, (64, 64)), tf.bfloat16)
    decoded = heatmaps.decode(maps)
    assert decoded.dtype == tf.float32
    assert np.abs(decoded[..., :2] - peaks[..., 0, :2]).max() < 0.02


def test_noise_moves_a_peak_by_less_than_a_tenth_of_a_pixel():
    rng = np.random.default_rng(5)
    peaks = _peaks(rng, (40, 17))
    maps = heatmaps.render(peaks, (64, 64)) + 0.01 * rng.normal(size=(40, 64, 64, 17))
    decoded = heatmaps.decode(maps).numpy()
    off = decoded[..., :2] - peaks[..., 0, :2]
    assert np.sqrt(np.square(off).mean()) < 0.03
    assert np.abs(off).max() < 0.15


def test_an_empty_map_gives_its_center_with_no_confidence():
    maps = np.zeros((2, 12, 20, 3), "float32")
    maps[1, ..., 1] = -0.5
    expected = np.broadcast_to([9.5, 5.5, 0.0], (2, 3, 3))
    np.testing.assert_array_equal(heatmaps.decode(maps), expected)


def test_flat_and_single_pixel_maps_give_a_pixel_of_them():
    maps = np.zeros((12, 12, 4), "float32")
    maps[3, 7, 0] = 0.5  # one pixel alone
    maps[..., 1] = 0.7  # flat
    maps[4:7, 5:8, 2] = 1.0  # a plateau
    maps[0, 11, 3] = 0.2  # a corner
    decoded = heatmaps.decode(maps).numpy()
    np.testing.assert_allclose(decoded[0], [7, 3, 0.5], atol=1e-4)
    assert (np.abs(decoded[1, :2]) <= 1.0).all()
    np.testing.assert_allclose(decoded[2, :2], [6, 5], atol=1.0)
    np.testing.assert_allclose(decoded[3, :2], [11, 0], atol=1.0)
    assert np.isfinite(decoded).all()


def test_the_higher_of_two_peaks_is_decoded():
    peaks = np.array([[[12.0, 40.0, 1.8, 0.7], [44.3, 20.6, 1.8, 0.9]]], "float32")
    decoded = heatmaps.decode(heatmaps.render(peaks, (64, 64))).numpy()
    np.testing.assert_allclose(decoded[0], [44.3, 20.6, 0.9], atol=0.05)


def test_two_equal_peaks_do_not_make_a_third():
    maps = np.zeros((16, 16, 1), "float32")
    maps[3, 12] = maps[12, 3] = 1.0
    decoded = heatmaps.decode(maps).numpy()[0]
    np.testing.assert_allclose(decoded, [12, 3, 1], atol=1e-4)


def test_graphs_with_free_leading_axes_agree_with_eager():
    peaks = _peaks(np.random.default_rng(6), (2, 3, 17), gaussians=2)
    render = tf.function(
        lambda p: heatmaps.render(p, (64, 48)),
        input_signature=[tf.TensorSpec([None, None, 17, 2, 4])],
    )
    maps = heatmaps.render(peaks, (64, 48))
    assert render.get_concrete_function().output_shapes == (None, None, 64, 48, 17)
    np.testing.assert_allclose(render(peaks), maps, atol=1e-6)
    decode = tf.function(
        heatmaps.decode, input_signature=[tf.TensorSpec([None, None, 64, 48, 17])]
    )
    assert decode.get_concrete_function().output_shapes == (None, None, 17, 3)
    np.testing.assert_allclose(decode(maps), heatmaps.decode(maps), atol=1e-5)
    assert decode(maps[:0]).shape == (0, 3, 17, 3)


def test_gradients_of_empty_maps_and_gaussians_are_finite():
    maps = tf.zeros([1, 16, 16, 2])
    peaks = tf.zeros([1, 2, 1, 4])
    with tf.GradientTape() as tape:
        tape.watch([maps, peaks])
        out = tf.reduce_sum(heatmaps.decode(maps))
        out += tf.reduce_sum(heatmaps.render(peaks, (16, 16)))
    for gradient in tape.gradient(out, [maps, peaks]):
        assert np.isfinite(tf.convert_to_tensor(gradient)).all()


def test_maps_too_small_to_decode_are_refused():
    with pytest.raises(errors.InputError, match="at least 5 x 5"):
        heatmaps.decode(np.zeros((1, 4, 16, 2), "float32"))


def test_unit_coordinates_and_pixels_of_maps():
    # The crop's corners lie half a pixel outside the outermost pixel centers.
    points = tf.constant([[0.0, 0.0], [1.0, 1.0], [0.5, 0.25]])
    out = heatmaps.unit_to_heatmap(points, (64, 48))
    np.testing.assert_allclose(out, [[-0.5, -0.5], [47.5, 63.5], [23.5, 15.5]])
    np.testing.assert_allclose(heatmaps.heatmap_to_unit(out, (64, 48)), points)
