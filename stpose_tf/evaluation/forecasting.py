"""Forecasts: rows whose last frames the model does not see, by how far ahead.

With all hidden frames at the end the model that fills gaps predicts the future (Cheng
et al. 2020, Data Augmentation for Occlusions).
"""

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import evaluation_rows, window_plan
from stpose_tf.evaluation import evaluator, generator_views, hiding, metrics

Array = npt.NDArray[np.float64]

HORIZONS_MS = (80, 160, 320, 560, 1000)
METHODS = (
    "model",
    "last estimate kept",
    "last estimate moving on",
    "last true pose kept",
    "last true pose moving on",
)
_MODEL, _KEPT, _MOVED, _TRUE_KEPT, _TRUE_MOVED = METHODS


@dataclasses.dataclass(frozen=True, kw_only=True)
class Forecast:
    """One window: what was predicted of its future.

    Attributes:
        clip: Position among the clips of all indexes.
        view: Number of the view.
        start: First frame, at the evaluation rate.
        poses: By method, camera frame, root-relative, mm, `[future, joints, 3]`.
        truths: `[future, joints, 3]`.
        valid: Whether the truth is known, `[future, joints]`.
    """

    clip: int
    view: int
    start: int
    poses: dict[str, Array]
    truths: Array
    valid: npt.NDArray[np.bool_]


def plan(
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    split: str,
    seen: int,
    future: int,
) -> list[evaluation_rows.Row]:
    """Returns windows that score each frame at most once, of the clips that fit one.

    Args:
        config: The run's settings.
        indexes: The records.
        split: `train`, `validation` or `all`.
        seen: Frames before the future.
        future: Frames to predict; also from one window to the next.

    Raises:
        InputError: If no clip is long enough.
    """
    evaluation = config.evaluation
    found, longest, offset = [], 0, 0
    for index in indexes:
        for number in window_plan.select(
            index, config.data.validation_subjects, split=split
        ):
            clip = index.clips[number]
            frames = -(-clip.frames // evaluation.temporal_stride)
            longest = max(longest, frames)
            views = min(evaluation.views or clip.views, clip.views)
            found += [
                window(offset + int(number), view, start, seen=seen, future=future)
                for view in range(views)
                for start in range(0, frames - seen - future + 1, future)
            ]
        offset += len(index.clips)
    if not found:
        raise errors.InputError(
            f"Forecasting: expected a clip of {seen + future} frames in the split "
            f"{split}. Received: {longest} in the longest"
        )
    return found


def window(
    clip: int, view: int, start: int, *, seen: int, future: int
) -> evaluation_rows.Row:
    """Returns the row of one window, scored on its future."""
    return evaluation_rows.Row(
        clip=clip,
        view=view,
        start=start,
        score_from=start + seen,
        score_to=start + seen + future,
    )


def predict(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    rows: Sequence[evaluation_rows.Row],
    seen: int,
    future: int,
    detector: bool,
) -> list[Forecast]:
    """Returns the forecasts of some windows, in their order.

    The baselines keep a pose, or let every joint go on as it moved from the frame
    before: once from the model's own estimates, which use what the model may use, and
    once from the true poses, which no one has but motion capture.

    Args:
        generator: The trained generator.
        config: Of its run.
        indexes: What `pipeline.open_records` returned.
        rows: What `plan` or `window` returned.
        seen: Frames before the future, at least 2.
        future: Frames to predict.
        detector: Whether rendered heat maps get the detector's noise.
    """
    config = copy.deepcopy(config)
    config.evaluation.length = seen + future
    batches = pipeline.build_eval(
        config,
        indexes,
        split="all",
        context=0,
        condition=hiding.HideEnd(seen),
        detector=detector,
        rows=rows,
    )
    call = tf.function(
        lambda maps, mask: generator(
            {"heatmaps": maps, "frame_mask": mask}, training=False
        )["pose"],
        autograph=False,
    )
    found: list[Forecast] = []
    for batch in batches:
        poses = call(batch["heatmaps"], batch["frame_mask"]).numpy()
        del batch["heatmaps"]
        arrays = {name: value.numpy() for name, value in batch.items()}
        estimates = evaluator.to_camera_frame(
            poses, _known_rotations(arrays["crop_rotation"], seen=seen)
        )
        found += [
            _forecast(arrays, estimates[number], number, seen=seen)
            for number in range(len(estimates))
            if arrays["score"][number].any()
        ]
    return found


def errors_by_method(forecasts: Sequence[Forecast]) -> dict[str, list[float]]:
    """Returns each method's MPJPE in mm of every future frame, over all windows."""
    valid = np.stack([forecast.valid for forecast in forecasts])
    truths = np.stack([forecast.truths for forecast in forecasts])
    truths = np.where(valid[..., np.newaxis], truths, 0.0)
    curves = {}
    for method in METHODS:
        poses = np.stack([forecast.poses[method] for forecast in forecasts])
        wrong = metrics.joint_errors(np.where(valid[..., None], poses, 0.0), truths)
        counts = valid.sum(axis=(0, 2))
        sums = np.sum(wrong, axis=(0, 2), where=valid)
        curves[method] = [float(value) for value in sums / np.maximum(counts, 1)]
    return curves


def at_horizons(
    curve: Sequence[float],
    *,
    fps: float,
    horizons_ms: Sequence[float] = HORIZONS_MS,
) -> dict[str, float | None]:
    """Returns a curve's values at times ahead, linear between two frames.

    Args:
        curve: Of the frames 1, 2, ... after the last one seen.
        fps: Rate of the frames.
        horizons_ms: Times in milliseconds; None where the curve ends earlier. Before
            the first frame the value is the first frame's.
    """
    times = (1 + np.arange(len(curve))) * 1000.0 / fps
    return {
        f"{horizon:g}": float(np.interp(horizon, times, curve))
        if horizon <= times[-1] * (1 + 1e-9)
        else None
        for horizon in horizons_ms
    }


def future_frames(fps: float, milliseconds: float = HORIZONS_MS[-1]) -> int:
    """Returns how many frames reach that far ahead."""
    return math.ceil(milliseconds / 1000.0 * fps - 1e-6)


def _known_rotations(rotations: Array, *, seen: int) -> Array:
    """Returns R_crop of each frame, in the future that of the last frame seen.

    Where the person's crop will lie is part of the future too.

    Args:
        rotations: R_crop of each frame, `[..., time, 3, 3]`.
        seen: Frames before the future.
    """
    last = rotations[..., seen - 1 : seen, :, :]
    future = np.arange(rotations.shape[-3]) >= seen
    return np.where(future[:, np.newaxis, np.newaxis], last, rotations)


def _forecast(
    batch: dict[str, npt.NDArray[Any]], estimates: Array, number: int, *, seen: int
) -> Forecast:
    truths = np.asarray(batch["pose"][number], np.float64)
    steps = 1 + np.arange(len(truths) - seen)[:, np.newaxis, np.newaxis]

    def going_on(poses: Array) -> tuple[Array, Array]:
        last, before = poses[seen - 1], poses[seen - 2]
        return last + 0 * steps, last + (last - before) * steps

    kept, moved = going_on(estimates)
    true_kept, true_moved = going_on(truths)
    return Forecast(
        clip=int(batch["clip"][number]),
        view=int(batch["view"][number]),
        start=int(batch["frame"][number, 0]),
        poses={
            _MODEL: estimates[seen:],
            _KEPT: kept,
            _MOVED: moved,
            _TRUE_KEPT: true_kept,
            _TRUE_MOVED: true_moved,
        },
        truths=truths[seen:],
        valid=batch["pose_valid"][number, seen:] > 0.5,
    )
