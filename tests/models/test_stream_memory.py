import numpy as np
import pytest

from stpose_tf.models import stream_memory


def test_the_rows_of_a_small_causal_network():
    plan = stream_memory.plan((1, 2), blocks=1, kernel_size=3, causal=True)
    # Two convolutions, each with 2 frames of stride 1 and 4 frames of stride 2.
    assert plan.lookahead == 0
    assert plan.rows == 12
    assert plan.reads == ((), (0, 1, 2, 4), (6, 7, 8, 10))
    assert plan.update[:6] == (1, 12 + 2, 3, 4, 5, 12 + 3)
    assert plan.aligned == (0, 1)
    assert plan.mask_ages == ((0, 0), (0, 0))


def test_the_rows_of_a_small_network_that_looks_ahead():
    plan = stream_memory.plan((1, 2), blocks=1, kernel_size=3, causal=False)
    # Stride 2 looks 2 + 2 frames ahead and stride 1 only 1 + 1: its input waits for 2
    # frames. Then 2 + 4 rows before each convolution and as many for the block's input.
    assert plan.lookahead == 4
    assert plan.rows == 2 + 3 * 6
    assert plan.reads == ((0,), (2, 3, 4, 6), (8, 9, 10, 12), (14, 16))
    # Stride 1 is the input that waited; the other is the second of the new inputs.
    assert plan.aligned == (0, 2)
    assert plan.mask_ages == ((2, 0), (3, 2))


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
@pytest.mark.parametrize("strides", [(1, 2, 3, 5, 7), (3, 1), (4,)], ids=str)
@pytest.mark.parametrize(("blocks", "kernel_size"), [(2, 3), (3, 5)])
def test_every_register_gives_back_the_frames_it_was_given(
    strides, causal, blocks, kernel_size
):
    plan = stream_memory.plan(
        strides, blocks=blocks, kernel_size=kernel_size, causal=causal
    )
    span = {stride: (kernel_size - 1) * stride for stride in strides}
    longest = max(span.values())
    inputs = [[] if causal else [blocks * (longest - span[s])] for s in strides]
    taps = [[span[s] - k * s for k in range(kernel_size - 1)] for s in strides]
    block = [taps, taps] if causal else [taps, taps, [[span[s]] for s in strides]]
    groups = [inputs, *block * blocks]
    # A row that holds what it belongs to and its frame; -1 is before the first frame.
    memory = np.full((plan.rows, 3), -1)
    for frame in range(60):
        for group, ages in enumerate(groups):
            expected = [
                (group, branch, frame - age) if frame >= age else (-1, -1, -1)
                for branch, branch_ages in enumerate(ages)
                for age in branch_ages
                if age
            ]
            read = memory[np.array(plan.reads[group], int)]
            np.testing.assert_array_equal(read, np.reshape(expected, (-1, 3)))
        new = [(g, b, frame) for g in range(len(groups)) for b in range(len(strides))]
        memory = np.concatenate([memory, new])[list(plan.update)]
        assert len(memory) == plan.rows
