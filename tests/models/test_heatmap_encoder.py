import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import heatmaps
from stpose_tf.models import heatmap_encoder

_ENCODERS = [
    heatmap_encoder.CompactEncoder,
    heatmap_encoder.Conv5Encoder,
    heatmap_encoder.PeakEncoder,
]


def _maps(frames, keypoints=3, size=(16, 16)):
    peaks = np.random.default_rng(0).uniform(3, 12, (frames, keypoints, 1, 4))
    peaks[..., 2], peaks[..., 3] = 1.8, 0.9
    return heatmaps.render(tf.constant(peaks, tf.float32), size)


@pytest.mark.parametrize("encoder", _ENCODERS)
def test_encoders_keep_the_layer_contract(check_layer, encoder):
    check_layer(encoder(10), _maps(4), (4, 10))


@pytest.mark.parametrize("encoder", _ENCODERS)
def test_a_frame_is_embedded_as_if_alone(encoder):
    layer, maps = encoder(10), _maps(5)
    together = layer(maps)
    np.testing.assert_allclose(layer(maps[2:3]), together[2:3], atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-2


@pytest.mark.parametrize("encoder", _ENCODERS)
def test_embeddings_of_empty_maps_are_finite_with_finite_gradients(encoder):
    layer = encoder(10)
    with tf.GradientTape() as tape:
        embeddings = layer(tf.zeros((2, 16, 16, 3)))
        loss = tf.reduce_sum(embeddings**2)
    assert np.isfinite(embeddings).all()
    gradients = tape.gradient(loss, [v.value for v in layer.trainable_variables])
    assert all(np.isfinite(g).all() for g in gradients if g is not None)


def test_compact_encoder_has_the_layers_it_says():
    layer = heatmap_encoder.CompactEncoder(512)
    layer.build((None, 64, 64, 17))
    convolutions = (16 * 17 + 1) * 32 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 64
    # 64 / 4 / 2 / 2 leaves 4 x 4 places of 64 channels; each map has 3 moments.
    dense, normalization = (4 * 4 * 64 + 3 * 17 + 1) * 512, 2 * 512
    assert layer.count_params() == convolutions + dense + normalization


def test_conv5_encoder_has_the_layers_it_says():
    layer = heatmap_encoder.Conv5Encoder(512)
    layer.build((None, 64, 64, 17))
    convolutions = (25 * 17 + 1) * 64 + (25 * 64 + 1) * 128 + 2 * (25 * 128 + 1) * 128
    # Four halvings leave 4 x 4 places of 128 channels.
    assert layer.count_params() == convolutions + (4 * 4 * 128 + 1) * 512


def test_moments_of_a_blob_are_its_place_and_its_mass():
    # The fourth power of a Gaussian of sigma 3 is one of sigma 1.5, of 0.8 is 0.8^4.
    peaks = tf.constant([[[[20.3, 31.7, 3.0, 0.8]], [[40.0, 9.25, 3.0, 0.8]]]])
    x, y, size = (
        heatmap_encoder.moments(heatmaps.render(peaks, (64, 48))).numpy().reshape(3, 2)
    )
    np.testing.assert_allclose(x, 4 * np.array([20.8, 40.5]) / 48 - 2, atol=1e-5)
    np.testing.assert_allclose(y, 4 * np.array([32.2, 9.75]) / 64 - 2, atol=1e-5)
    mass = 0.8**4 * 2 * np.pi * 1.5**2
    np.testing.assert_allclose(size, mass**0.25, rtol=1e-4)


def test_moments_of_an_empty_map_are_zero():
    assert not heatmap_encoder.moments(tf.zeros((2, 16, 16, 3))).numpy().any()


def test_a_peak_outweighs_the_tail_beside_it():
    blob, tail = [12.0, 20.0, 1.8, 0.8], [30.0, 20.0, 6.0, 0.08]
    x = [
        heatmap_encoder.moments(heatmaps.render(tf.constant([[p]]), (64, 64)))[0, 0]
        for p in ([blob], [blob, tail])
    ]
    assert abs(x[1] - x[0]) * 16 < 0.1  # px of 64


def test_moments_are_computed_in_full_precision_under_mixed_precision():
    maps = _maps(3)
    layer = heatmap_encoder.CompactEncoder(10, dtype="mixed_bfloat16")
    assert layer(maps).dtype == tf.bfloat16
    assert heatmap_encoder.moments(maps).dtype == tf.float32
    full = heatmap_encoder.CompactEncoder(10)
    full.build(maps.shape)
    full.set_weights(layer.get_weights())
    np.testing.assert_allclose(tf.cast(layer(maps), tf.float32), full(maps), atol=0.05)


def test_maps_need_not_be_square():
    layer = heatmap_encoder.CompactEncoder(8)
    assert layer(_maps(2, size=(24, 18))).shape == (2, 8)


def test_peak_encoder_sees_place_and_height_alone():
    layer = heatmap_encoder.PeakEncoder(6)
    layer.build((None, 64, 48, 2))
    layer.set_weights([np.eye(6, dtype=np.float32), np.zeros(6, np.float32)])
    peaks = tf.constant([[[[11.5, 47.5, 2.0, 0.8]], [[0.0, 0.0, 2.0, 0.0]]]])
    embedding = layer(heatmaps.render(peaks, (64, 48)))[0]
    # x = 2 * (11.5 + 0.5) / 48 - 1, y = 2 * (47.5 + 0.5) / 64 - 1; the height is that
    # of the nearest pixel, half a pixel off on both axes: exp(-2 * 0.5^2 / (2 * 2^2)).
    expected = [-0.5, 0.5, 0.8 * np.exp(-0.0625), 0.0, 0.0, 0.0]
    np.testing.assert_allclose(embedding, expected, atol=1e-4)


def test_peaks_are_decoded_in_full_precision_under_mixed_precision():
    layer = heatmap_encoder.PeakEncoder(6, dtype="mixed_bfloat16")
    layer.build((None, 64, 64, 2))
    layer.set_weights([np.eye(6, dtype=np.float32), np.zeros(6, np.float32)])
    peaks = tf.constant([[[[20.3, 31.7, 2.0, 0.8]], [[40.0, 9.25, 2.0, 0.7]]]])
    embedding = tf.cast(layer(heatmaps.render(peaks, (64, 64)))[0], tf.float32)
    x, y = 2 * (20.3 + 0.5) / 64 - 1, 2 * (31.7 + 0.5) / 64 - 1
    # Only the dense layer rounds, to 8 bits.
    np.testing.assert_allclose(embedding[:2], [x, y], rtol=2**-8, atol=2**-10)
