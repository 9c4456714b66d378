import numpy as np
import pytest

from stpose_tf.lifting import window_average


def _sizes(length=20, margin=4, blend=3):
    return window_average.WindowSizes(length=length, margin=margin, blend=blend)


def _all(average, frames, step):
    parts = []
    for begin in range(0, len(frames), step):
        parts += average.push(frames[begin : begin + step])
    parts += average.finish()
    names = parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


class _Blur:
    """Sums each frame's neighbors up to four frames away, zero outside."""

    def __init__(self):
        self.longest = 0

    def __call__(self, window, inside):
        self.longest = max(self.longest, len(window))
        window = np.where(inside[:, None], window, 0.0)
        padded = np.pad(window, [(4, 4), (0, 0)])
        sums = np.stack([padded[k : k + len(window)] for k in range(9)]).sum(axis=0)
        return {"sum": sums, "first": sums[:, 0]}


@pytest.mark.parametrize("frames", [1, 5, 19, 20, 21, 28, 29, 30, 31, 95])
@pytest.mark.parametrize("step", [1, 7, 200])
def test_windows_give_what_the_whole_gives(frames, step):
    values = np.random.default_rng(frames).normal(size=(frames, 2))
    blur = _Blur()
    found = _all(window_average.WindowAverage(blur, _sizes()), values, step)
    whole = _Blur()(values, np.ones(frames, bool))
    np.testing.assert_allclose(found["sum"], whole["sum"], atol=1e-12)
    np.testing.assert_allclose(found["first"], whole["first"], atol=1e-12)
    assert blur.longest == 20


def test_the_weights_of_neighbors_add_up_to_one():
    # length 20, margin 4, blend 3: windows start every 20 - 8 - 3 = 9 frames.
    sizes = _sizes()
    assert sizes.hop == 9
    sums = np.zeros(9 * 4 + 20)
    for number in range(5):
        weights = sizes.weights(first=number == 0, last=number == 4)
        sums[9 * number : 9 * number + 20] += weights
    np.testing.assert_allclose(sums, 1.0)
    middle = sizes.weights(first=False, last=False)
    np.testing.assert_array_equal(middle[:4], 0.0)
    np.testing.assert_allclose(middle[4:8], [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(middle, middle[::-1])


def test_a_network_that_disagrees_with_itself_is_blended():
    # Every window answers with its own number: 0, 1, 2, ...
    numbers = iter(range(100))

    def network(window, inside):
        return {"number": np.full(len(window), float(next(numbers)))}

    average = window_average.WindowAverage(network, _sizes())
    found = _all(average, np.zeros((40, 1)), 40)["number"]
    # The second window starts at frame 9; its margin ends at 13.
    np.testing.assert_allclose(found[:13], 0.0)
    np.testing.assert_allclose(found[13:17], [0.25, 0.5, 0.75, 1.0])
    assert np.abs(np.diff(found)).max() <= 0.25 + 1e-12


def test_what_is_held_does_not_grow():
    average = window_average.WindowAverage(_Blur(), _sizes())
    for _ in range(60):
        average.push(np.zeros((10, 2)))
        assert average._held <= 20


def test_windows_must_be_long_enough():
    with pytest.raises(ValueError, match="too short"):
        _sizes(length=10)
