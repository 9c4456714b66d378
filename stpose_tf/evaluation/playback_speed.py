"""Errors of one model on motion played slower or faster than it usually is.

A model does not know the rate of its frames: every third frame of a walk is a walk at
three times the speed, or one filmed at a third of the rate. Both axes of the study are
therefore one measurement, with two names for each of its points.
"""

import copy
import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import (
    conditions,
    evaluator,
    generator_views,
    score_groups,
    scores,
)
from stpose_tf.geometry import skeletons

STEPS = (1, 2, 3, 4, 6)  # frames of the records from one input frame to the next


def measure(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    split: str,
    steps: Sequence[int] = STEPS,
    max_windows: int = 0,
    progress: evaluator.Progress | None = None,
) -> list[dict[str, float | None]]:
    """Returns the errors at each step, all over the same instants.

    Args:
        generator: The trained generator.
        config: Of its run; its evaluation stride is speed 1.
        indexes: What `pipeline.open_records` returned.
        split: `train`, `validation` or `all`.
        steps: Frame steps.
        max_windows: Rows to measure, spread over all; 0 measures every frame.
        progress: See `evaluator.evaluate`.

    Returns:
        For each step `speed` (1 is the usual one), `fps`, `mpjpe_mm`, `p_mpjpe_mm`
        and `frames` over the instants that all steps have, and
        `mpjve_mm_per_second` (of the motion's own time) over all frames.

    Raises:
        InputError: If the clips are so short that no such instant was measured.
    """
    common = math.lcm(*steps)
    usual = config.evaluation.temporal_stride
    (condition,) = conditions.get(("clean",))
    found = []
    for step in steps:
        changed = copy.deepcopy(config)
        changed.evaluation.temporal_stride = step
        predictor = evaluator.Predictor(
            generator, changed, indexes, split=split, progress=progress
        )
        everywhere, instants = (_groups(changed, indexes) for _ in range(2))
        for sequence in predictor.sequences(condition, max_windows=max_windows):
            everywhere.add(sequence)
            shared = sequence.frames * step % common == 0
            valid = sequence.valid & shared[:, np.newaxis]
            instants.add(dataclasses.replace(sequence, valid=valid))
        if not instants.count:
            raise errors.InputError(
                f"Speeds: expected frames that steps of {list(steps)} have in common. "
                "Received: none"
            )
        shared_scores = scores.summarize(_total(instants))
        all_scores = scores.summarize(_total(everywhere))
        found.append(
            {
                "speed": step / usual,
                "fps": indexes[0].fps / step,
                "mpjpe_mm": shared_scores["mpjpe_mm"],
                "p_mpjpe_mm": shared_scores["p_mpjpe_mm"],
                "frames": shared_scores["frames"],
                "mpjve_mm_per_second": all_scores["mpjve_mm_per_second"],
            }
        )
    return found


def _groups(
    config: configs.ExperimentConfig, indexes: Sequence[record_index.RecordIndex]
) -> score_groups.ScoreGroups:
    return score_groups.ScoreGroups(
        evaluator.all_clips(indexes),
        skeletons.get(config.model.output_skeleton),
        temporal_stride=config.evaluation.temporal_stride,
    )


def _total(groups: score_groups.ScoreGroups) -> scores.Scores:
    first, *others = groups.scores.values()
    return sum(others, start=first)
