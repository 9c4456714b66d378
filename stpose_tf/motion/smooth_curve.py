"""Curves over time with continuous velocity and acceleration.

Everything that moves a generated body is one of these, whatever made its knots, so
that no joint can jump in position, velocity or acceleration, and so that a motion
does not depend on the rate at which it is sampled.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


@dataclasses.dataclass(frozen=True)
class SmoothCurve:
    """A quintic Hermite spline: the only quintics with the given ends, joined.

    With accelerations -g at both ends and fitting ends it reproduces a free fall;
    with velocities and accelerations of zero each piece is a minimum-jerk movement
    (Flash & Hogan 1985). Before its first and after its last knot it stands still.

    Attributes:
        times: Increasing times of the knots in seconds, `[knots]`.
        values: Values at the knots, `[knots, channels]`.
        velocities: Their first derivatives, `[knots, channels]`.
        accelerations: Their second derivatives, `[knots, channels]`.
    """

    times: np.ndarray
    values: np.ndarray
    velocities: np.ndarray
    accelerations: np.ndarray

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Returns the values `[time, channels]` at `times [time]` in seconds."""
        if len(self.times) == 1:
            return np.repeat(self.values, len(times), axis=0)
        index = np.searchsorted(self.times, times, side="right") - 1
        index = np.clip(index, 0, len(self.times) - 2)
        length = (self.times[index + 1] - self.times[index])[:, None]
        start, end = self.values[index], self.values[index + 1]
        start_v = self.velocities[index] * length
        end_v = self.velocities[index + 1] * length
        start_a = self.accelerations[index] * length**2
        end_a = self.accelerations[index + 1] * length**2
        s = np.clip((times - self.times[index])[:, None] / length, 0.0, 1.0)
        rest = end - start - start_v - start_a / 2
        rest_v = end_v - start_v - start_a
        rest_a = end_a - start_a
        cubic = 10 * rest - 4 * rest_v + rest_a / 2
        quartic = -15 * rest + 7 * rest_v - rest_a
        highest = 6 * rest - 3 * rest_v + rest_a / 2
        tail = cubic + s * (quartic + s * highest)
        return start + s * (start_v + s * (start_a / 2 + s * tail))


def minimum_jerk(progress: np.ndarray) -> np.ndarray:
    """Returns the share of a movement done after a share `progress` of its time."""
    s = np.clip(progress, 0.0, 1.0)
    return s**3 * (10 + s * (-15 + 6 * s))


def smaller(first: np.ndarray, second: ArrayLike, band: ArrayLike) -> np.ndarray:
    """Returns the lesser of two arrays, never more, rounded off where they cross.

    It is exact where they differ by `band` or more, and twice differentiable.
    """
    band = np.asarray(band)
    gap = np.maximum(band - np.abs(first - second), 0.0) / band
    return np.minimum(first, second) - gap**3 * (band / 6)


def larger(first: np.ndarray, second: ArrayLike, band: ArrayLike) -> np.ndarray:
    """Returns the greater of two arrays, never less, rounded off where they cross."""
    return -smaller(-first, -np.asarray(second), band)


def resting(times: ArrayLike, values: ArrayLike) -> SmoothCurve:
    """Returns the curve that comes to rest at every knot.

    Args:
        times: Increasing times in seconds, `[knots]`.
        values: `[knots, channels]`.
    """
    values = np.asarray(values, float)
    still = np.zeros_like(values)
    return SmoothCurve(np.asarray(times, float), values, still, still)


def flowing(times: ArrayLike, values: ArrayLike) -> SmoothCurve:
    """Returns the curve that passes through its inner knots and rests at the ends.

    Velocities are those of the parabola through three neighbors, accelerations half
    of its own.

    Args:
        times: Increasing times in seconds, `[knots]`.
        values: `[knots, channels]`.
    """
    times, values = np.asarray(times, float), np.asarray(values, float)
    velocities, accelerations = np.zeros_like(values), np.zeros_like(values)
    step = np.diff(times)[:, None]
    slope = np.diff(values, axis=0) / step
    before, after = step[:-1], step[1:]
    velocities[1:-1] = (slope[:-1] * after + slope[1:] * before) / (before + after)
    accelerations[1:-1] = (slope[1:] - slope[:-1]) / (before + after)
    return SmoothCurve(times, values, velocities, accelerations)


def sampled(times: np.ndarray, values: np.ndarray) -> SmoothCurve:
    """Returns the curve through dense samples `[knots, channels]` at equal steps."""
    velocities = np.gradient(values, times, axis=0)
    return SmoothCurve(
        times, values, velocities, np.gradient(velocities, times, axis=0)
    )


def wander(
    rng: np.random.Generator,
    span: tuple[float, float],
    *,
    seconds: float,
    stddev: Sequence[float],
) -> SmoothCurve:
    """Returns a smooth random curve around zero that never repeats.

    Args:
        rng: Where the randomness comes from.
        span: First and last time in seconds.
        seconds: Mean time between turning points; each differs by up to 40 %.
        stddev: Standard deviation of each channel's knots, which stay within two.
    """
    count = int((span[1] - span[0]) / seconds) + 3
    gaps = seconds * rng.uniform(0.6, 1.4, count)
    times = span[0] - seconds + np.cumsum(gaps)
    values = np.clip(rng.normal(size=(count, len(stddev))), -2.0, 2.0)
    return flowing(times, values * np.asarray(stddev))


class Track:
    """Knots of a curve that rests between movements, added in order of time.

    Args:
        value: Value `[channels]` from the beginning of time.
    """

    def __init__(self, value: ArrayLike) -> None:
        self._times = [-1e3]
        self._values = [np.asarray(value, float)]

    @property
    def value(self) -> np.ndarray:
        """The last value."""
        return self._values[-1]

    def move(self, start: float, stop: float, value: ArrayLike) -> None:
        """Adds a movement to `value`; it starts no sooner than the last one ended.

        One that has to start late is cut short by no more than a fifth.
        """
        shortest = max(0.8 * (stop - start), 0.08)
        start = max(start, self._times[-1])
        stop = max(stop, start + shortest)
        if start > self._times[-1]:
            self._times.append(start)
            self._values.append(self._values[-1])
        self._times.append(stop)
        self._values.append(np.broadcast_to(value, self._values[0].shape).astype(float))

    def curve(self) -> SmoothCurve:
        """Returns the curve so far."""
        return resting(self._times, np.stack(self._values))
