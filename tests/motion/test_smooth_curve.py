import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf.motion import smooth_curve


def test_a_free_fall_between_two_knots_is_a_parabola():
    # Up at 3 m/s under 9.81 m/s² for 0.4 s: z = 3t - 4.905t², v = 3 - 9.81t.
    ends = np.array([0.0, 0.4])
    curve = smooth_curve.SmoothCurve(
        ends,
        (3 * ends - 4.905 * ends**2)[:, None],
        (3 - 9.81 * ends)[:, None],
        np.full((2, 1), -9.81),
    )
    times = np.linspace(0.0, 0.4, 21)
    assert_allclose(curve(times)[:, 0], 3 * times - 4.905 * times**2, atol=1e-12)


def test_a_resting_curve_moves_by_minimum_jerk():
    curve = smooth_curve.resting([1.0, 3.0], [[2.0], [6.0]])
    # Shares of the way after 0, 1/4, 1/2, 3/4 and 1 of the time: 10s³ - 15s⁴ + 6s⁵.
    shares = [0.0, 0.103515625, 0.5, 0.896484375, 1.0]
    assert_allclose(
        curve(np.array([1.0, 1.5, 2.0, 2.5, 3.0]))[:, 0], 2 + 4 * np.array(shares)
    )
    assert_allclose(curve(np.array([-5.0, 9.0]))[:, 0], [2.0, 6.0])


@pytest.mark.parametrize("maker", [smooth_curve.resting, smooth_curve.flowing])
def test_velocity_and_acceleration_are_continuous_at_knots(maker):
    knots = np.array([0.0, 0.7, 1.0, 2.2])
    curve = maker(knots, np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 4.0], [3.0, 3.0]]))
    h = 1e-4
    for knot in knots[1:-1]:
        before, at, after = curve(np.array([knot - h, knot, knot + h]))
        assert_allclose((at - before) / h, (after - at) / h, atol=0.02)
        left = curve(knot - h * np.arange(3.0))
        right = curve(knot + h * np.arange(3.0))
        second = [np.diff(side, 2, axis=0)[0] / h**2 for side in (left, right)]
        assert_allclose(second[0], second[1], atol=2.0)  # of up to 150


def test_a_flowing_curve_follows_a_line_where_all_knots_lie_on_it():
    curve = smooth_curve.flowing([0.0, 1.0, 1.5, 3.0, 4.0], [[0], [2], [3], [6], [8]])
    times = np.linspace(1.0, 3.0, 9)
    assert_allclose(curve(times)[:, 0], 2 * times, atol=1e-12)


def test_smaller_is_exact_outside_its_band_and_never_more():
    first = np.linspace(-3.0, 3.0, 61)
    result = smooth_curve.smaller(first, 0.0, 1.0)
    assert (result <= np.minimum(first, 0.0) + 1e-15).all()
    outside = np.abs(first) >= 1.0
    assert_allclose(result[outside], np.minimum(first, 0.0)[outside])
    assert_allclose(smooth_curve.smaller(np.zeros(1), 0.0, 0.6), [-0.1])
    assert_allclose(smooth_curve.larger(-first, 0.0, 1.0), -result)


def test_wander_is_bounded_and_never_repeats():
    rng = np.random.default_rng(0)
    curve = smooth_curve.wander(rng, (0.0, 60.0), seconds=1.0, stddev=[2.0, 0.5])
    values = curve(np.arange(0.0, 60.0, 0.05))
    assert 0.5 < values[:, 0].std() < 2.5
    assert np.abs(values).max(axis=0) == pytest.approx([4.0, 1.0], rel=0.35)
    gaps = np.diff(curve.times)
    assert len(np.unique(gaps)) == len(gaps)


def test_a_late_movement_waits_and_keeps_its_pace():
    track = smooth_curve.Track([0.0])
    track.move(0.0, 1.0, 5.0)
    track.move(0.5, 1.5, 7.0)  # starts at 1.0 and still takes 0.8 s
    curve = track.curve()
    assert_allclose(curve(np.array([-1.0, 1.0, 1.4, 1.8]))[:, 0], [0.0, 5.0, 6.0, 7.0])
    assert (np.diff(curve.times) > 0).all()
