import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.models import receptive_field, temporal_branch


@pytest.fixture
def make_branch(randomize):
    def make(stride, *, causal=False, blocks=2, kernel_size=3):
        branch = temporal_branch.TemporalBranch(
            6,
            stride=stride,
            blocks=blocks,
            kernel_size=kernel_size,
            causal=causal,
        )
        branch.build((None, None, 6))
        return randomize(branch, seed=stride)

    return make


def _frames(batch, time):
    return tf.random.stateless_normal((batch, time, 6), (3, time))


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
def test_folding_equals_dilated_convolutions(
    make_branch, dilated_branch, stride, causal
):
    branch = make_branch(stride, causal=causal)
    dynamic = tf.function(
        branch, input_signature=[tf.TensorSpec([None, None, 6])], autograph=False
    )
    for time in (1, 5, 63, 64, 70):
        frames = _frames(2, time)
        expected = dilated_branch(branch, frames)
        np.testing.assert_allclose(branch(frames), expected, atol=1e-5)
        np.testing.assert_allclose(dynamic(frames), expected, atol=1e-5)


def test_wider_kernels_and_more_blocks_fold_too(make_branch, dilated_branch):
    branch = make_branch(3, blocks=3, kernel_size=5)
    frames = _frames(1, 20)
    np.testing.assert_allclose(
        branch(frames), dilated_branch(branch, frames), atol=1e-5
    )


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
def test_a_clip_inside_a_longer_row_acts_as_if_alone(make_branch, stride, causal):
    branch = make_branch(stride, causal=causal)
    clip = _frames(2, 13)
    rest = 5.0 * _frames(2, 20)
    for before, after in ((0, 4), (4, 0), (3, 11)):
        row = tf.concat([rest[:, :before], clip, rest[:, before : before + after]], 1)
        mask = np.zeros((2, before + 13 + after, 1), np.float32)
        mask[:, before : before + 13] = 1.0
        outputs = branch(row, frame_mask=tf.constant(mask))
        inside = outputs[:, before : before + 13]
        np.testing.assert_allclose(inside, branch(clip), atol=1e-5)


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 7])
def test_an_output_depends_on_exactly_its_receptive_field(make_branch, stride, causal):
    branch = make_branch(stride, causal=causal)
    field = receptive_field.of_branch(stride, blocks=2, kernel_size=3, causal=causal)
    frames, here = _frames(16, 130), 64
    weights = tf.random.stateless_normal((6,), (1, 1))
    with tf.GradientTape() as tape:
        tape.watch(frames)
        output = tf.reduce_sum(branch(frames)[:, here] * weights)
    gradient = np.abs(tape.gradient(output, frames)).sum(axis=(0, 2))
    seen = np.flatnonzero(gradient)
    np.testing.assert_array_equal(seen, here + np.array(field.offsets))


def test_dropout_acts_in_training_alone(randomize):
    branch = temporal_branch.TemporalBranch(
        6, stride=2, blocks=1, kernel_size=3, dropout=0.5
    )
    frames = _frames(1, 10)
    branch.build((None, None, 6))
    randomize(branch)
    still = branch(frames, training=False)
    np.testing.assert_array_equal(branch(frames), still)
    assert np.abs(branch(frames, training=True) - still).max() > 1e-3


def test_branch_keeps_the_layer_contract(check_layer):
    branch = temporal_branch.TemporalBranch(6, stride=3, blocks=1, kernel_size=3)
    check_layer(branch, _frames(2, 7), (2, 7, 6))
