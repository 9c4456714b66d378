import numpy as np
import pytest
from scipy import interpolate

from stpose_tf import errors
from stpose_tf.lifting import frame_clock, rate_matching


@pytest.mark.parametrize(
    ("fps", "every", "fed"),
    [(30, 1, 30), (25, 1, 25), (15, 1, 15), (60, 2, 30), (50, 2, 25), (120, 4, 30)],
)
def test_fast_videos_lose_frames_and_slow_ones_none(fps, every, fed):
    plan = rate_matching.plan(3.0 + np.arange(31) / fps, 30.0)
    np.testing.assert_array_equal(plan.rows, np.arange(0, 31, every))
    assert plan.fps == pytest.approx(fed)
    np.testing.assert_allclose(plan.times, 3.0 + plan.rows / fps)


def test_times_that_tremble_are_even():
    times = np.arange(40) / 30 + np.random.default_rng(0).uniform(-3e-3, 3e-3, 40)
    plan = rate_matching.plan(times, 30.0)
    np.testing.assert_array_equal(plan.rows, np.arange(40))


def test_an_uneven_video_is_fed_by_the_clock_and_lacks_what_it_lacks():
    # 30 fps of which frames 3, 4, 5 and 8 were never written.
    numbers = np.array([0, 1, 2, 6, 7, 9, 10, 11])
    plan = rate_matching.plan(numbers / 30, 30.0)
    np.testing.assert_array_equal(plan.rows, [0, 1, 2, -1, -1, -1, 3, 4, -1, 5, 6, 7])
    np.testing.assert_allclose(plan.times, np.arange(12) / 30)


def test_no_frame_is_fed_twice_and_none_long_before_its_tick():
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.exponential(1 / 40, 300))
    plan = rate_matching.plan(times, 30.0)
    fed = plan.rows[plan.rows != rate_matching.MISSING]
    assert (np.diff(fed) > 0).all()
    assert (np.diff(plan.times) > 0).all()
    ticks = np.arange(len(plan.rows)) / plan.fps
    there = plan.rows != rate_matching.MISSING
    late = (times[fed] - times[0] - ticks[there]) * plan.fps
    assert late.min() >= -0.251
    assert late.max() < 1.0


@pytest.mark.parametrize("fps", [0.0, -30.0, np.nan, np.inf])
def test_rates_are_positive(fps):
    with pytest.raises(errors.InputError, match="rate above 0"):
        frame_clock.FrameClock(fps, 30.0)


@pytest.mark.parametrize("times", [[0.0, 0.1, 0.1], [0.0, np.nan], [0.2, 0.1]])
def test_times_must_rise(times):
    with pytest.raises(errors.InputError, match="rise"):
        rate_matching.plan(times, 30.0)


def test_one_frame_is_enough():
    plan = rate_matching.plan([2.0], 30.0)
    assert plan.rows.tolist() == [0]
    values = rate_matching.interpolate(np.ones((1, 17, 3)), plan.times, [2.0])
    np.testing.assert_array_equal(values, np.ones((1, 17, 3)))


def test_constant_acceleration_comes_back_exactly():
    at = np.array([0.0, 0.04, 0.08, 0.14, 0.2])
    times = np.linspace(0.0, 0.2, 33)

    def fall(t):
        return np.stack([3 * t - 4.9 * t**2, 7.0 - t], axis=-1)

    found = rate_matching.interpolate(fall(at), at, times)
    np.testing.assert_allclose(found, fall(times), atol=1e-12)


def test_it_is_hermites_cubic_of_an_independent_library():
    rng = np.random.default_rng(2)
    at = np.cumsum(rng.uniform(0.02, 0.06, 12))
    values = rng.normal(size=(12, 2, 3))
    times = np.linspace(at[0], at[-1], 77)
    # Slopes of the parabola through three neighbors are NumPy's gradient of 2nd order.
    slopes = np.gradient(values, at, axis=0, edge_order=2)
    expected = interpolate.CubicHermiteSpline(at, values, slopes)(times)
    found = rate_matching.interpolate(values, at, times)
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_what_lies_outside_stays_and_what_is_given_is_kept():
    at = np.array([0.0, 0.1, 0.2, 0.3])
    values = np.random.default_rng(3).normal(size=(4, 3))
    times = np.array([-1.0, 0.0, 0.1, 0.2, 0.3, 5.0])
    found = rate_matching.interpolate(values, at, times)
    np.testing.assert_allclose(found, values[[0, 0, 1, 2, 3, 3]], atol=1e-12)
