"""What the settings of a run must satisfy."""

import dataclasses
import math
from typing import Any

from stpose_tf import errors
from stpose_tf.config import data_config, experiment_config, network_config

_AT_LEAST_ONE = (
    "model.embedding_size",
    "model.channels",
    "model.blocks",
    "model.head_channels",
    "discriminator.interval",
    "discriminator.channels",
    "data.batch_size",
    "data.length",
    "training.steps",
    "training.steps_per_epoch",
    "training.evaluate_every",
    "evaluation.temporal_stride",
    "evaluation.length",
    "evaluation.batch_size",
    "augment.run_length",
)
_RANGES = (
    "views.pitch",
    "views.distance",
    "views.field_of_view",
    "detector.height",
    "detector.sigma",
    "augment.area_size",
)
_PROBABILITIES = (
    "model.dropout",
    "data.balance",
    "data.overhang",
    "views.exchange",
    "detector.correlation",
    "detector.outlier_rate",
    "detector.second_peak_rate",
    "optimizer.ema",
    "optimizer.final_rate",
)
# Fields of `augment` that are sizes, not probabilities.
_AUGMENT_SIZES = {"run_length", "area_size", "blur", "shift_size", "roll_angle"}


def validate(config: experiment_config.ExperimentConfig) -> None:
    """Raises `InputError` naming the first field that cannot be.

    Field names are checked by the schema itself; skeleton names where they are used.
    """
    for path in _AT_LEAST_ONE:
        _expect(config, path, lambda v: v >= 1, "at least 1")
    for path in _RANGES:
        _expect(
            config,
            path,
            lambda v: len(v) == 2 and v[0] <= v[1],
            "two numbers, the smaller first",
        )
    augment = [
        f"augment.{field.name}"
        for field in dataclasses.fields(data_config.AugmentConfig)
        if field.name not in _AUGMENT_SIZES
    ]
    for path in (*_PROBABILITIES, *augment):
        _expect(config, path, lambda v: 0 <= v <= 1, "a number from 0 to 1")
    for field in dataclasses.fields(network_config.LossConfig):
        _expect(
            config,
            f"loss.{field.name}",
            lambda v: v >= 0 and math.isfinite(v),
            "a weight of at least 0",
        )
    for path in ("model.strides", "data.temporal_strides"):
        _expect(
            config,
            path,
            lambda v: len(v) > 0 and min(v) >= 1 and len(set(v)) == len(v),
            "different integers of at least 1",
        )
    _expect(
        config,
        "model.kernel_size",
        lambda v: v >= 1 and v % 2 == 1,
        "an odd number",
    )
    _expect(
        config,
        "model.heatmap_size",
        lambda v: len(v) == 2 and min(v) >= 8,
        "height and width of at least 8",
    )
    _expect(
        config,
        "evaluation.context",
        lambda v: 0 <= 2 * v < config.evaluation.length,
        f"less than half of evaluation.length ({config.evaluation.length})",
    )
    _expect(
        config,
        "discriminator.interval",
        lambda v: v < config.data.length,
        f"less than data.length ({config.data.length})",
    )
    _expect(
        config,
        "data.ratios",
        lambda v: not v or (len(v) == len(config.data.records) and min(v) > 0),
        "one positive number for each of data.records, or none",
    )
    _expect(
        config,
        "optimizer.learning_rate",
        lambda v: 0 < v < math.inf,
        "a positive number",
    )


def _expect(
    config: experiment_config.ExperimentConfig, path: str, holds: Any, expected: str
) -> None:
    section, name = path.split(".")
    value = getattr(getattr(config, section), name)
    if not holds(value):
        raise errors.InputError(
            f"config.{path}: expected {expected}. Received: {value}"
        )
