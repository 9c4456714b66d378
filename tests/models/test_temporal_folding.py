import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.models import temporal_folding


def test_a_row_of_the_fold_is_a_phase_of_the_clip():
    frames = tf.range(2 * 7, dtype=tf.float32)[:, None] + 100.0
    frames = tf.reshape(frames, (2, 7, 1))  # 100..106 and 107..113
    phases = temporal_folding.fold(frames, 3)
    expected = [
        [100, 103, 106],
        [101, 104, 0],
        [102, 105, 0],
        [107, 110, 113],
        [108, 111, 0],
        [109, 112, 0],
    ]
    np.testing.assert_array_equal(phases[..., 0], expected)


@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
def test_unfolding_undoes_folding_in_graphs_of_any_length(stride):
    @tf.function(input_signature=[tf.TensorSpec([None, None, 4])])
    def there_and_back(x):
        phases = temporal_folding.fold(x, stride)
        return temporal_folding.unfold(phases, stride, tf.shape(x)[1])

    for time in (1, 5, 63, 64, 70):
        frames = tf.random.stateless_normal((2, time, 4), (0, time))
        phases = temporal_folding.fold(frames, stride)
        assert phases.shape == (2 * stride, -(-time // stride), 4)
        np.testing.assert_array_equal(there_and_back(frames), frames)
        again = temporal_folding.unfold(phases, stride, time)
        assert again.shape == frames.shape
        np.testing.assert_array_equal(again, frames)


@pytest.mark.parametrize("stride", [2, 3, 5, 7])
def test_the_mask_is_zero_at_phantom_frames_alone(stride):
    on_graph = tf.function(
        lambda x: temporal_folding.fold_mask(None, x, stride),
        input_signature=[tf.TensorSpec([None, None, 4])],
    )
    for time in (1, 6, 64, 70):
        frames = tf.ones((2, time, 4))
        expected = temporal_folding.fold(tf.ones((2, time, 1)), stride)
        np.testing.assert_array_equal(on_graph(frames), expected)
        mask = temporal_folding.fold_mask(None, frames, stride)
        if time % stride:
            np.testing.assert_array_equal(mask, expected)
        else:
            assert mask is None
            assert np.min(expected) == 1.0


def test_stride_one_has_nothing_to_mask():
    assert temporal_folding.fold_mask(None, tf.ones((2, 5, 4)), 1) is None


def test_static_lengths_stay_static():
    @tf.function(input_signature=[tf.TensorSpec([None, 64, 4])])
    def fold(x):
        assert temporal_folding.fold(x, 7).shape == (None, 10, 4)
        assert temporal_folding.unfold(temporal_folding.fold(x, 7), 7, 64).shape == (
            None,
            64,
            4,
        )
        return x

    fold(tf.zeros((1, 64, 4)))
