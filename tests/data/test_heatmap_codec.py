import tracemalloc
import zlib

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.geometry import heatmaps

SIZE = (24, 16)


@pytest.fixture
def maps():
    """Five frames of four maps: usual, high, partly negative, empty."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 16, (5, 4, 1, 2))
    looks = np.broadcast_to([1.8, 1.0], (5, 4, 1, 2))
    peaks = np.concatenate([places, looks], axis=-1).astype(np.float32)
    drawn = heatmaps.render(peaks, SIZE).numpy() * np.float32([0.8, 30.0, 1.0, 0.0])
    drawn[..., 2] -= 0.1
    return drawn


def test_the_error_is_at_most_range_over_510(maps):
    ranges = heatmap_codec.ranges(maps)
    assert_allclose(ranges[3], 0)
    assert ranges[2, 0] == pytest.approx(-0.1, abs=1e-4)
    for frame in maps:
        blob = heatmap_codec.encode_frame(frame, ranges)
        decoded = heatmap_codec.decode_frame(blob, ranges, size=SIZE)
        assert decoded.dtype == np.float32
        limits = (ranges[:, 1] - ranges[:, 0]) / 510
        assert (np.abs(decoded - frame) <= limits * (1 + 1e-4) + 1e-9).all()


def test_zero_stays_zero_where_nothing_is_negative(maps):
    ranges = heatmap_codec.ranges(maps)
    blob = heatmap_codec.encode_frame(np.zeros_like(maps[0]), ranges)
    decoded = heatmap_codec.decode_frame(blob, ranges, size=SIZE)
    assert_array_equal(decoded[..., [0, 1, 3]], 0)


def test_bytes_are_keypoint_major():
    # Keypoint 0 is full and keypoint 1 half: 255s first, then 128s (127.5 to even).
    maps = np.stack([np.full((2, 3), 1.0), np.full((2, 3), 0.5)], axis=-1)
    ranges = np.array([[0, 1], [0, 1]], np.float32)
    content = zlib.decompress(heatmap_codec.encode_frame(maps, ranges))
    assert content == bytes([255] * 6 + [128] * 6)


def test_the_graph_decodes_as_numpy_does(maps):
    encoded = heatmap_codec.encode([maps[:2], maps[2:]], heatmap_codec.ranges(maps))
    assert encoded.size == SIZE
    expected = np.stack(
        [
            heatmap_codec.decode_frame(blob, encoded.ranges, size=SIZE)
            for blob in encoded.blobs
        ]
    )

    def decode(blobs, ranges):
        return heatmap_codec.decode_on_graph(blobs, ranges, size=SIZE, keypoints=4)

    blobs = tf.constant(encoded.blobs)
    for function in (decode, tf.function(decode)):
        assert_allclose(function(blobs, encoded.ranges), expected, atol=1e-6)
        each = np.broadcast_to(encoded.ranges, (5, 4, 2))
        assert_allclose(function(blobs, each), expected, atol=1e-6)
    dataset = tf.data.Dataset.from_tensors(blobs).map(
        lambda some: decode(some[1:3], encoded.ranges)
    )
    assert_allclose(dataset.get_single_element(), expected[1:3], atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(maps, value):
    maps[2, 3, 4, 1] = value
    with pytest.raises(errors.InputError, match="expected finite values"):
        heatmap_codec.ranges(maps)


@pytest.mark.parametrize(
    ("blob", "received"),
    [
        (zlib.compress(bytes(10**8)), "Received: more"),
        (zlib.compress(bytes(7)), "Received: more"),
        (zlib.compress(bytes(5)), "Received: 5"),
        (zlib.compress(bytes(6))[:-3], "cut off"),
        (zlib.compress(bytes(6)) + b"x", "1 left over"),
        (b"", "Received: 0"),
        (b"no zlib", "expected zlib data"),
    ],
)
def test_blobs_of_another_length_are_refused(blob, received):
    with pytest.raises(errors.InputError, match=received):
        heatmap_codec.inflate(blob, 6)


def test_nothing_is_inflated_past_the_limit():
    bomb = zlib.compress(bytes(5 * 10**7))
    assert len(bomb) < 60_000
    tracemalloc.start()
    with pytest.raises(errors.InputError):
        heatmap_codec.inflate(bomb, 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**6
