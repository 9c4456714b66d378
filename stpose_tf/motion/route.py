"""Where a body goes, which way it faces and how far its stepping has come."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from stpose_tf.motion import smooth_curve
from stpose_tf.motion.gait import Gait

RATE = 100.0  # instants per second of everything integrated over time
LEAD = 3.0  # seconds of motion before the first frame and after the last


@dataclasses.dataclass(frozen=True)
class Route:
    """Curves over time.

    Attributes:
        grid: Times at `RATE`, from `LEAD` before the clip to `LEAD` after it.
        position: mm on the floor, two channels.
        facing: Radians, one channel; it winds on past a full turn.
        velocity: mm/s forward and to the left, rad/s of turning: three channels.
        phase: Steps taken, one channel; a foot comes down at each whole number, the
            right foot at the even ones.
        step_rate: Steps per second, one channel.
    """

    grid: np.ndarray
    position: smooth_curve.SmoothCurve
    facing: smooth_curve.SmoothCurve
    velocity: smooth_curve.SmoothCurve
    phase: smooth_curve.SmoothCurve
    step_rate: smooth_curve.SmoothCurve


def times(seconds: float) -> np.ndarray:
    """Returns the grid of a clip of `seconds`, `[knots]`."""
    count = int(np.ceil((seconds + 2 * LEAD) * RATE)) + 1
    return np.arange(count) / RATE - LEAD


def span(seconds: float) -> tuple[float, float]:
    """Returns the first and last time of a clip's grid."""
    return -LEAD, seconds + LEAD + 1.0


def roam(
    rng: np.random.Generator,
    grid: np.ndarray,
    forward: smooth_curve.SmoothCurve,
    *,
    turning: smooth_curve.SmoothCurve,
    room: float,
) -> np.ndarray:
    """Returns velocities that wander about but turn back near the edge of a room.

    Args:
        rng: Where the randomness comes from.
        grid: Times, `[knots]`.
        forward: Speed in mm/s.
        turning: Turn rate wished for in rad/s.
        room: Distance in mm from the origin at which turning back is strongest.

    Returns:
        mm/s forward, mm/s to the left and rad/s, `[knots, 3]`.
    """
    speeds = forward(grid)[:, 0]
    wishes = turning(grid)[:, 0]
    step = 1.0 / RATE
    x, y = (float(value) for value in rng.uniform(-0.3, 0.3, 2) * room)
    heading = float(rng.uniform(-np.pi, np.pi))
    rates = np.empty_like(wishes)
    for index, (speed, wish) in enumerate(
        zip(speeds.tolist(), wishes.tolist(), strict=True)
    ):
        cosine, sine = math.cos(heading), math.sin(heading)
        outward = cosine * x + sine * y
        across = cosine * y - sine * x
        # Turn away from the wall, more the farther out and the more it is ahead.
        far = (x * x + y * y) / room**2
        home = (
            -across
            if outward < 0
            else -math.copysign(math.hypot(across, outward), across)
        )
        rate = (wish + 1.6 * far * home / room) * speed / (speed + 250.0)
        rates[index] = rate
        heading += rate * step
        x += speed * cosine * step
        y += speed * sine * step
    rates = smooth(rates, seconds=0.25)
    return np.stack([speeds, np.zeros_like(speeds), rates], axis=-1)


def follow(
    velocities: np.ndarray,
    grid: np.ndarray,
    *,
    start: np.ndarray,
    gait: Gait,
    hurry: Callable[[np.ndarray], np.ndarray],
    scale: float,
) -> Route:
    """Returns the route of given velocities.

    Args:
        velocities: mm/s forward, mm/s to the left, rad/s, `[knots, 3]`.
        grid: Times of the velocities, `[knots]`.
        start: x and y in mm, direction in radians and steps taken: at first, `[4]`.
        gait: Step lengths.
        hurry: Relative deviation of the step rate over time, around 0, one channel.
        scale: Size of the body relative to the gait's.
    """
    facing = start[2] + _integral(velocities[:, 2])
    forward, side, turning = velocities.T
    cosine, sine = np.cos(facing), np.sin(facing)
    x = start[0] + _integral(cosine * forward - sine * side)
    y = start[1] + _integral(sine * forward + cosine * side)
    step = scale * gait.shortest_step + gait.step_gain * np.abs(forward)
    rate = np.hypot(forward / step, side / (scale * gait.side_step))
    rate = np.hypot(rate, turning / gait.turn_step)
    rate = smooth(rate * (1 + hurry(grid)[:, 0]), seconds=0.12)
    phase = start[3] + _integral(rate)
    curve = smooth_curve.sampled
    return Route(
        grid=grid,
        position=curve(grid, np.stack([x, y], axis=-1)),
        facing=curve(grid, facing[:, None]),
        velocity=curve(grid, velocities),
        phase=curve(grid, phase[:, None]),
        step_rate=curve(grid, rate[:, None]),
    )


def smooth(values: np.ndarray, *, seconds: float) -> np.ndarray:
    """Returns `values [knots]` averaged over +-`seconds` with a bell-shaped weight."""
    radius = round(seconds * RATE)
    weights = np.cos(np.linspace(-np.pi / 2, np.pi / 2, 2 * radius + 3)[1:-1]) ** 2
    padded = np.pad(values, radius, mode="edge")
    return np.convolve(padded, weights / weights.sum(), mode="valid")


def _integral(values: np.ndarray) -> np.ndarray:
    steps = (values[1:] + values[:-1]) / (2 * RATE)
    return np.concatenate([[0.0], np.cumsum(steps)])
