"""A part of a video in which one person is seen, or soon again, and its 3D."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf.geometry import crops
from stpose_tf.lifting import pose_lifter, rate_matching
from stpose_tf.lifting.intrinsics import Intrinsics

Array = npt.NDArray[np.float64]

_AT_ONCE = 64  # frames whose heat maps are in memory


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """One person in consecutive frames, of which some may not show it.

    Attributes:
        frames: Their numbers, each one more than the last, int64, `[time]`.
        times: When they are seen in s, rising, `[time]`.
        keypoints: In px of the image, NaN where there is none, `[time, keypoints, 2]`.
        confidence: 0 where there is none, `[time, keypoints]`.
        visible: Which keypoints the network is shown, bool, `[time, keypoints]`.
        crops: Center x, center y, side in px and roll in rad, `[time, 4]`.
    """

    frames: npt.NDArray[np.int64]
    times: Array
    keypoints: npt.NDArray[Any]
    confidence: npt.NDArray[Any]
    visible: npt.NDArray[np.bool_]
    crops: npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiftedStretch:
    """A stretch in 3D, at the video's rate.

    Attributes:
        stretch: What was seen.
        poses: Camera frame, root-relative, mm, `[time, joints, 3]`.
        log_sigma: Log of a coordinate's standard error in mm, `[time, joints]`.
    """

    stretch: Stretch
    poses: Array
    log_sigma: Array


Heatmaps = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
"""Takes places among a stretch's frames and returns `[places, height, width, K]`."""


def lift(
    stretch: Stretch,
    heatmaps: Heatmaps,
    lifter: pose_lifter.PoseLifter,
    *,
    camera: Intrinsics,
    model_fps: float,
) -> LiftedStretch:
    """Returns a stretch in 3D.

    Args:
        stretch: What is seen.
        heatmaps: Its heat maps; asked for once, in order, at the model's rate.
        lifter: The network.
        camera: Of the video.
        model_fps: The rate that the network was trained at.
    """
    plan = rate_matching.plan(stretch.times, model_fps)
    track = lifter.start()
    for begin in range(0, len(plan.rows), _AT_ONCE):
        track.push(_fed(plan.rows[begin : begin + _AT_ONCE], heatmaps, lifter))
    poses, log_sigma = track.finish()
    return finished(stretch, plan, poses, log_sigma, camera=camera)


def finished(
    stretch: Stretch,
    plan: rate_matching.FramePlan,
    poses: npt.NDArray[Any],
    log_sigma: npt.NDArray[Any],
    *,
    camera: Intrinsics,
) -> LiftedStretch:
    """Returns a stretch in 3D from what the network said of the frames that it was fed.

    Args:
        stretch: What was seen.
        plan: Which frames were fed.
        poses: Crop frame, mm, `[fed, joints, 3]`.
        log_sigma: `[fed, joints]`.
        camera: Of the video.
    """
    after = np.searchsorted(stretch.times, plan.times).clip(0, len(stretch.times) - 1)
    rows = np.where(plan.rows == rate_matching.MISSING, after, plan.rows)
    rotations = crops.crop_rotation(
        tf.constant(stretch.crops[rows], tf.float64),
        tf.constant(camera.focal),
        tf.constant(camera.center),
    ).numpy()
    seen = np.asarray(poses, np.float64) @ rotations  # X = R_crop^T Y
    values = [seen, np.asarray(log_sigma, np.float64)]
    if len(plan.rows) != len(stretch.times) or (plan.rows != rows).any():
        values = [
            rate_matching.interpolate(value, plan.times, stretch.times)
            for value in values
        ]
    return LiftedStretch(stretch=stretch, poses=values[0], log_sigma=values[1])


def _fed(
    rows: npt.NDArray[np.int64], heatmaps: Heatmaps, lifter: pose_lifter.PoseLifter
) -> npt.NDArray[np.float32]:
    """Returns the heat maps of these frames; zeros where the video has none."""
    there = rows != rate_matching.MISSING
    if there.all():
        return heatmaps(rows)
    maps = np.zeros((len(rows), *lifter.heatmap_shape), np.float32)
    if there.any():
        maps[there] = heatmaps(rows[there])
    return maps
