"""From a video's rate to the one that a model was trained at, and back in 3D.

Heat maps are never blended in time: frames are taken or left out. The poses between
are interpolated.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.lifting import frame_clock

Array = npt.NDArray[np.float64]

MISSING = -1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePlan:
    """Which frames a model is fed.

    Attributes:
        rows: Of each frame fed, its place among the video's; `MISSING` where the video
            has none at that time, int64, `[fed]`.
        times: When they are seen in s, rising, `[fed]`.
        fps: Frames fed a second, as a rule.
    """

    rows: npt.NDArray[np.int64]
    times: Array
    fps: float


def plan(times: npt.ArrayLike, model_fps: float) -> FramePlan:
    """Returns the frames to feed to a model of some rate; see `frame_clock`.

    Args:
        times: When the frames are seen in s, rising, `[time]`.
        model_fps: The rate that the model was trained at.

    Raises:
        InputError: If the times do not rise or the rate is not positive.
    """
    times = np.asarray(times, np.float64)
    steps = np.diff(times)
    if not (np.isfinite(times).all() and (steps > 0.0).all()):
        place = int(np.argmin(steps))
        raise errors.InputError(
            "times: expected finite numbers that rise from frame to frame. "
            f"Received: {times[place]:g} s, then {times[place + 1]:g} s"
        )
    usual = float(np.median(steps)) if len(steps) else 1.0 / model_fps
    clock = frame_clock.FrameClock(1.0 / usual, model_fps)
    rows: list[int] = []
    for row, time in enumerate(times.tolist()):
        missed = clock.skipped(time)
        if missed is not None:
            rows += [MISSING] * missed + [row]
    fed = np.array(rows, np.int64)
    return FramePlan(rows=fed, times=fed_times(fed, times), fps=clock.fps)


def fed_times(rows: npt.NDArray[np.int64], times: Array) -> Array:
    """Returns when frames are seen; missing ones evenly between their neighbors.

    Args:
        rows: Places among the frames, or `MISSING`; neither first nor last, `[fed]`.
        times: Of the frames in s, `[time]`.
    """
    numbers = np.arange(len(rows))
    there = rows != MISSING
    evenly: Array = np.interp(numbers, numbers[there], times[rows[there]])
    return evenly


def interpolate(values: npt.ArrayLike, at: Array, times: npt.ArrayLike) -> Array:
    """Returns values between instants, on cubic curves through all of them.

    Hermite's cubics with the slopes of the parabolas through three neighbors: exact for
    motion of constant acceleration. Before the first and after the last instant the
    value stays.

    Args:
        values: `[instants, ...]`.
        at: The instants in s, rising, `[instants]`.
        times: The wanted times in s, `[time]`.

    Returns:
        `[time, ...]`.
    """
    values = np.asarray(values, np.float64)
    times = np.clip(np.asarray(times, np.float64), at[0], at[-1])
    if len(at) == 1:
        return np.repeat(values, len(times), axis=0)
    shape = (-1, *[1] * (values.ndim - 1))
    widths = np.diff(at)
    slopes = np.diff(values, axis=0) / widths.reshape(shape)
    tangents = np.empty_like(values)
    if len(at) == 2:
        tangents[:] = slopes
    else:
        before, after = widths[:-1].reshape(shape), widths[1:].reshape(shape)
        inner = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
        tangents[1:-1] = inner
        tangents[0] = 2.0 * slopes[0] - inner[0]
        tangents[-1] = 2.0 * slopes[-1] - inner[-1]
    left = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(at) - 2)
    width = widths[left].reshape(shape)
    s = (times - at[left]).reshape(shape) / width
    start, end = values[left], values[left + 1]
    out: Array = (
        start * (1.0 + 2.0 * s) * (1.0 - s) ** 2
        + end * s**2 * (3.0 - 2.0 * s)
        + width * s * (1.0 - s) * ((1.0 - s) * tangents[left] - s * tangents[left + 1])
    )
    return out
