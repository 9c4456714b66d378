"""The occlusion benchmark: kinds of missing and wrong input, each at its severities.

After arXiv 2504.10350 and the paper's Figure 5, with this project's own kinds.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from stpose_tf import config as configs
from stpose_tf.augment import (
    augmentation,
    keypoint_shift,
    limbs,
    occlusion,
    recipe,
    symmetric_swap,
)
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import (
    conditions,
    evaluator,
    generator_views,
    hiding,
    keypoint_interpolation,
    score_groups,
    scores,
)
from stpose_tf.geometry import skeletons

CLEAN = "clean"
_OCCLUDER_SIDES = (0.35, 0.35)  # of the crop
_SWAP_RATE = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One line of the benchmark.

    Attributes:
        family: Kind of disturbance; one curve of the plot.
        severity: Where on the curve; 0 for a kind that has no degrees.
        unit: Of the severity.
        condition: What is done to the input.
    """

    family: str
    severity: float
    unit: str
    condition: conditions.Condition


def rows(model: configs.ModelConfig) -> tuple[BenchmarkRow, ...]:
    """Returns the benchmark's rows for a model's heat maps, the clean one first."""
    height, width = model.heatmap_size
    size = (int(height), int(width))
    skeleton = skeletons.get(model.input_skeleton)
    members, mirror = limbs.of(skeleton), recipe.permutation(skeleton)
    swap = symmetric_swap.SymmetricSwap(_SWAP_RATE, mirror)
    occluder = occlusion.AreaOcclusion(size, _OCCLUDER_SIDES, moving=1.0)
    return (
        _row(CLEAN, 0, "", None, "as detected, nothing missing"),
        *(
            _row(
                "keypoints missing",
                percent,
                "%",
                occlusion.PointOcclusion(percent / 100),
                f"{percent} % of the keypoints missing at random",
            )
            for percent in (10, 20, 30, 50)
        ),
        *(
            _row(
                "limb missing",
                frames,
                "frames",
                hiding.HideLimb(members, frames),
                f"one arm or leg missing for {frames} frames of each row",
            )
            for frames in (10, 30)
        ),
        *(
            _row(
                "frames missing",
                frames,
                "frames",
                conditions.HideFrames(frames),
                f"{frames} consecutive frames of each row missing",
            )
            for frames in (5, 15, 30)
        ),
        _row(
            "lower half out of view",
            0,
            "",
            hiding.HideLowerHalf(size),
            "the lower half of the crop is out of view",
        ),
        _row(
            "moving occluder",
            0,
            "",
            occluder,
            "an occluder of 35 % of the crop's sides moves across during each row",
        ),
        *(
            _row(
                "keypoint noise",
                pixels,
                "px",
                keypoint_shift.KeypointShift(size, 1.0, pixels, correlation=0.0),
                f"white noise of {pixels} px (of 256) on every keypoint",
            )
            for pixels in (5, 10, 20)
        ),
        _row(
            "left-right swaps",
            100 * _SWAP_RATE,
            "%",
            swap,
            f"each pair exchanged in {100 * _SWAP_RATE:g} % of the frames, in runs",
        ),
    )


def measure(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    split: str,
    interpolated: bool = False,
    max_windows: int = 0,
    progress: evaluator.Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Returns the numbers of each row, by its condition's name.

    Args:
        generator: The trained generator.
        config: Of its run; `config.evaluation` says how to measure.
        indexes: What `pipeline.open_records` returned.
        split: `train`, `validation` or `all`.
        interpolated: Whether missing keypoints are filled in before the model sees
            the input; rows in which none is missing are left out.
        max_windows: Rows to measure, spread over all; 0 measures every frame.
        progress: See `evaluator.evaluate`.

    Returns:
        For each row what `summarize` returns, with `family`, `severity`, `unit` and
        `meaning`.
    """
    skeleton = skeletons.get(config.model.output_skeleton)
    predictor = evaluator.Predictor(
        generator, config, indexes, split=split, progress=progress
    )
    found = {}
    for row in rows(config.model):
        condition = row.condition
        if interpolated:
            if condition.op is None or not hides(row):
                continue
            op = keypoint_interpolation.Interpolated(
                condition.op, config.data.heatmap_sigma
            )
            condition = dataclasses.replace(condition, op=op)
        groups = score_groups.ScoreGroups(
            evaluator.all_clips(indexes),
            skeleton,
            temporal_stride=config.evaluation.temporal_stride,
        )
        for sequence in predictor.sequences(condition, max_windows=max_windows):
            groups.add(sequence)
        first, *others = groups.scores.values()
        found[condition.name] = {
            "family": row.family,
            "severity": row.severity,
            "unit": row.unit,
            "meaning": condition.meaning,
            **summarize(sum(others, start=first), root=skeleton.root_index),
        }
    return found


def hides(row: BenchmarkRow) -> bool:
    """Returns whether a row takes keypoints away; the others make them wrong."""
    op = row.condition.op
    wrong = (keypoint_shift.KeypointShift, symmetric_swap.SymmetricSwap)
    return op is not None and not isinstance(op, wrong)


def summarize(total: scores.Scores, *, root: int) -> dict[str, float | None]:
    """Returns the benchmark's columns, over all frames; None where nothing counts.

    Args:
        total: Scores of all sequences.
        root: Index of the joint that is always 0; it is in no column but the first.

    Returns:
        `mpjpe_mm` of all joints; `visible_mpjpe_mm` and `occluded_mpjpe_mm` with
        `visible_joints` and `occluded_joints`; `mpjve_mm_per_second`.
    """
    whole = scores.summarize(total)
    others = np.arange(len(total.count)) != root
    hidden = float(total.occluded_count.sum())
    seen = float(total.count[others].sum()) - hidden
    seen_error = float(total.error[others].sum() - total.occluded_error.sum())
    return {
        "mpjpe_mm": whole["mpjpe_mm"],
        "p_mpjpe_mm": whole["p_mpjpe_mm"],
        "visible_mpjpe_mm": seen_error / seen if seen > 0 else None,
        "visible_joints": seen,
        "occluded_mpjpe_mm": whole["occluded_mpjpe_mm"],
        "occluded_joints": hidden,
        "mpjve_mm_per_second": whole["mpjve_mm_per_second"],
        "frames": whole["frames"],
    }


def _row(
    family: str,
    severity: float,
    unit: str,
    op: augmentation.Augmentation | None,
    meaning: str,
) -> BenchmarkRow:
    name = f"{family} {severity:g} {unit}".strip() if severity else family
    return BenchmarkRow(
        family=family,
        severity=float(severity),
        unit=unit,
        condition=conditions.Condition(name=name, meaning=meaning, op=op),
    )
