"""From folders of records to batches: all of it a stateless function of the seed.

Element i is drawn from (seed, i), so nothing is shuffled in a buffer, the order does
not depend on the number of workers, and a run goes on at step k where it left off.
"""

import dataclasses
import functools
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from stpose_tf import errors
from stpose_tf.augment import augmentation
from stpose_tf.config import experiment_config
from stpose_tf.data.records import record_checks, record_index
from stpose_tf.data.windows import (
    evaluation_rows,
    train_windows,
    training_sources,
    window_plan,
)

Indexes = Sequence[record_index.RecordIndex]
_PREFETCHED = 1  # batches; one of 8 pairs of 64 frames takes 285 MB


def open_records(
    config: experiment_config.ExperimentConfig,
) -> tuple[record_index.RecordIndex, ...]:
    """Returns the indexes of the run's records, checked against its settings.

    Raises:
        InputError: If a folder cannot be used, its skeletons or heat maps are not
            the model's, or a clip or subject of the settings is nowhere.
    """
    if not config.data.records:
        raise errors.InputError(
            "config.data.records: expected folders written by build_records. "
            "Received: none"
        )
    indexes = [_open(folder, config) for folder in config.data.records]
    _expect_known(
        "config.data.exclude_clips",
        config.data.exclude_clips,
        {clip.id for index in indexes for clip in index.clips},
    )
    excluded = set(config.data.exclude_clips)
    kept = tuple(
        index.with_clips(clip for clip in index.clips if clip.id not in excluded)
        for index in indexes
    )
    _expect_known(
        "config.data.validation_subjects",
        config.data.validation_subjects,
        {subject for index in kept for subject in index.subjects},
    )
    rates = [index.fps for index in kept]
    if len(set(rates)) > 1:
        logging.warning(
            "Records of several rates (%s fps): a temporal stride is another step in "
            "time in each; the model will be said to be of the first",
            ", ".join(f"{rate:g}" for rate in rates),
        )
    return kept


def expect_windows(
    config: experiment_config.ExperimentConfig, indexes: Indexes, *, context: int
) -> None:
    """Refuses settings that `build_train` or a validation's `build_eval` would.

    Args:
        config: The run's settings.
        indexes: What `open_records` returned.
        context: Frames before and after a frame that its prediction depends on.

    Raises:
        InputError: If no clip is long enough for a training window, or rows are too
            short for the context.
    """
    training_sources.training_sources(config, indexes)
    if config.data.validation_subjects:
        evaluation_rows.plan(config, indexes, split="validation", context=context)


def build_train(
    config: experiment_config.ExperimentConfig,
    indexes: Indexes,
    *,
    start_step: int = 0,
    with_augmentation: bool = True,
) -> tf.data.Dataset:
    """Returns the endless training batches.

    A batch holds B groups of two windows: two views of one motion, or two windows of
    clips without a second view or without 3D. The windows before and after
    augmentation are the same ones: both draws depend on nothing else.

    Args:
        config: The run's settings.
        indexes: What `open_records` returned.
        start_step: Batches that were used before.
        with_augmentation: False leaves detector noise and augmentations out.

    Returns:
        A dataset of dicts, all float32: `heatmaps` `[B, 2, T, H, W, K]`; `pose`, mm,
        camera frame, root-relative, and `corrupted`, `[B, 2, T, J, 3]`; `pose_valid`
        `[B, 2, T, J]`; `crop_rotation` `[B, 2, T, 3, 3]`; `keypoint_labels`, unit
        crop coordinates, `[B, 2, T, K, 2]`; `labelled` and `occluded`
        `[B, 2, T, K]`; `frame_mask` `[B, 2, T]`, 0 outside the clip; `only_2d`
        `[B, 2]`; `view_rotation` and `real_rotation`
        `[B, 2, 3, 3]`; `pair_rotation` `[B, 3, 3]`; `pair_weight` `[B]`.

    Raises:
        InputError: If there is nothing to train on.
    """
    sources = training_sources.training_sources(config, indexes)
    reader = train_windows.WindowReader(config=config, augmented=with_augmentation)
    shares = np.cumsum([source.share for source in sources])
    ends = tf.constant(shares[:-1] / shares[-1], tf.float32)
    base = tf.constant([config.seed, 0], tf.int64)

    def window(number: tf.Tensor) -> train_windows.Window:
        group, side = number // 2, number % 2
        choice, seed = augmentation.seeds(tf.random.fold_in(base, group), 2)
        if len(sources) == 1:
            return reader.window(sources[0], seed, side)
        place = tf.random.stateless_uniform([1], choice)
        drawn: train_windows.Window = tf.switch_case(
            tf.searchsorted(ends, place, side="right")[0],
            [functools.partial(reader.window, one, seed, side) for one in sources],
        )
        return drawn

    # Both sides of a group are drawn apart (0.01 ms a frame twice): the graph is half
    # as large, and its start-up half as long.
    size = 2 * config.data.batch_size
    numbers = tf.data.Dataset.range(start_step * size, np.iinfo(np.int64).max)
    windows = numbers.map(
        _plain(window), num_parallel_calls=_cores(), deterministic=True
    )
    groups = windows.batch(size, drop_remainder=True).map(_plain(train_windows.paired))
    return groups.prefetch(_PREFETCHED).with_options(_options())


def build_eval(
    config: experiment_config.ExperimentConfig,
    indexes: Indexes,
    *,
    split: str,
    context: int,
    condition: evaluation_rows.Condition | None = None,
    detector: bool,
    max_windows: int = 0,
    rows: Sequence[evaluation_rows.Row] | None = None,
) -> tf.data.Dataset:
    """Returns the evaluation batches of a split; `cardinality()` is their number.

    Args:
        config: The run's settings.
        indexes: What `open_records` returned.
        split: `train`, `validation` or `all`.
        context: Frames before and after a frame that its prediction depends on.
        condition: Changes each window before its heat maps are rendered.
        detector: Whether rendered heat maps get the detector's noise.
        max_windows: Rows to take, spread over all; 0 takes all, which scores each
            frame of each view exactly once.
        rows: Rows of `config.evaluation.length` frames instead of the split's own.

    Returns:
        A dataset of dicts, float32 unless said: `heatmaps` `[N, T, H, W, K]`;
        `frame_mask` (inside the clip) and `score` (counts here) `[N, T]`; `pose`,
        mm, camera frame, root-relative, `[N, T, J, 3]`; `pose_valid` `[N, T, J]`;
        `crop_rotation` `[N, T, 3, 3]`; `up`, where up is in the camera, `[N, 3]`;
        `occluded` `[N, T, K]`; int32 `clip` (among
        the clips of all indexes) and `view` `[N]`, `frame` (at the evaluation rate)
        `[N, T]`. The last batch is filled up with rows of zeros.

    Raises:
        InputError: If the split is empty or rows are too short for the context.
    """
    if rows is None:
        rows = evaluation_rows.plan(config, indexes, split=split, context=context)
    rows = list(rows)
    if 0 < max_windows < len(rows):
        chosen = np.linspace(0, len(rows) - 1, max_windows).round().astype(int)
        rows = [rows[number] for number in chosen]
    nothing = evaluation_rows.Row(clip=0, view=0, start=0, score_from=0, score_to=0)
    size = config.evaluation.batch_size
    rows += [nothing] * (-len(rows) % size)
    reader = evaluation_rows.RowReader(
        config=config,
        indexes=tuple(indexes),
        table=window_plan.clip_table(indexes),
        condition=condition,
        detector=detector,
    )
    places = {
        field.name: np.array([getattr(row, field.name) for row in rows], np.int64)
        for field in dataclasses.fields(evaluation_rows.Row)
    }
    dataset = tf.data.Dataset.from_tensor_slices(places)
    read = dataset.map(
        _plain(reader.row), num_parallel_calls=_cores(), deterministic=True
    )
    batches = read.batch(size, drop_remainder=True).prefetch(_PREFETCHED)
    return batches.with_options(_options())


def _open(
    folder: str, config: experiment_config.ExperimentConfig
) -> record_index.RecordIndex:
    """Returns the index of one folder, without its damaged clips."""
    index = record_index.load(folder)
    if config.data.verify:
        index, damage = record_checks.verify(index, strict=config.data.strict)
        for item in damage:
            logging.warning("%s: %s", item.clip_id, item.reason)
    model = config.model
    for name in ("input_skeleton", "output_skeleton"):
        expected, received = getattr(model, name), getattr(index, name)
        if expected != received:
            raise errors.InputError(
                f"{folder}: expected records of config.model.{name}={expected}. "
                f"Received: {received}"
            )
    if index.heatmap_size not in (None, tuple(model.heatmap_size)):
        raise errors.InputError(
            f"{folder}: expected heat maps of config.model.heatmap_size="
            f"{tuple(model.heatmap_size)}. Received: {index.heatmap_size}"
        )
    return index


def _expect_known(field: str, names: Sequence[str], known: set[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        some = sorted(known)
        more = f" and {len(some) - 8} more" if len(some) > 8 else ""
        raise errors.InputError(
            f"{field}: expected some of {', '.join(some[:8])}{more}. "
            f"Received: {', '.join(unknown)}"
        )


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function as it is: AutoGraph would take most of the start-up time."""
    plain: Callable[..., Any] = tf.autograph.experimental.do_not_convert(function)
    return plain


def _cores() -> int:
    return os.cpu_count() or 1


def _options() -> tf.data.Options:
    options = tf.data.Options()
    options.deterministic = True
    # Each worker of several takes its part of every global batch.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    # A model trains beside this: never more threads than cores.
    options.threading.private_threadpool_size = _cores()
    options.threading.max_intra_op_parallelism = 1
    return options
