"""From a video's rate to the one that a model was trained at, and back in 3D.

Heat maps are never blended in time: frames are taken or left out. The poses between
are interpolated.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from stpose_tf import errors

Array = npt.NDArray[np.float64]

MISSING = -1
_UNEVEN = 0.25  # of the usual step between frames


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePlan:
    """Which frames a model is fed.

    Attributes:
        rows: Of each frame fed, its place among the video's; `MISSING` where the video
            has none at that time, int64, `[fed]`.
        times: When they are seen in s, rising evenly, `[fed]`.
        fps: Frames fed a second.
    """

    rows: npt.NDArray[np.int64]
    times: Array
    fps: float


def plan(times: npt.ArrayLike, model_fps: float) -> FramePlan:
    """Returns the frames to feed to a model of some rate.

    A video as fast as the model, or slower, is fed whole. Of a faster one every second,
    third, ... frame is, whichever comes nearest to the model's rate. Where the frames
    come unevenly, the nearest one to each instant of an even clock is taken, once at
    most.

    Args:
        times: When the frames are seen in s, rising, `[time]`.
        model_fps: The rate that the model was trained at.

    Raises:
        InputError: If the times do not rise or the rate is not positive.
    """
    times = np.asarray(times, np.float64)
    if not model_fps > 0.0:
        raise errors.InputError(f"fps: expected a rate above 0. Received: {model_fps}")
    if len(times) < 2:
        return FramePlan(rows=np.arange(len(times)), times=times, fps=model_fps)
    steps = np.diff(times)
    if not (np.isfinite(times).all() and (steps > 0.0).all()):
        raise errors.InputError(
            "times: expected finite numbers that rise from frame to frame. "
            f"Received: {times[int(np.argmin(steps))]:g} s, then "
            f"{times[int(np.argmin(steps)) + 1]:g} s"
        )
    usual = float(np.median(steps))
    every = max(1, round(1.0 / usual / model_fps))
    tick = every * usual
    if (np.abs(steps - usual) <= _UNEVEN * usual).all():
        rows = np.arange(0, len(times), every)
        return FramePlan(rows=rows, times=times[rows], fps=1.0 / tick)
    count = int(np.floor((times[-1] - times[0]) / tick + 0.5)) + 1
    ticks = times[0] + tick * np.arange(count)
    return FramePlan(rows=_nearest(times, ticks, tick), times=ticks, fps=1.0 / tick)


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


def _nearest(times: Array, ticks: Array, tick: float) -> npt.NDArray[np.int64]:
    """Returns the frame nearest to each tick, within half a tick, each once."""
    after = np.clip(np.searchsorted(times, ticks), 1, len(times) - 1)
    closer = ticks - times[after - 1] <= times[after] - ticks
    rows = np.where(closer, after - 1, after)
    off = np.abs(times[rows] - ticks)
    rows = np.where(off <= tick * (0.5 + 1e-6), rows, MISSING)
    for place in range(1, len(rows)):
        if rows[place] != MISSING and rows[place] == rows[place - 1]:
            worse = place if off[place] >= off[place - 1] else place - 1
            rows[worse] = MISSING
    return rows.astype(np.int64)
