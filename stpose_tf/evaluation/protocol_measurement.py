"""A generator under a protocol, from records."""

import copy
import dataclasses
from collections.abc import Sequence

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import (
    conditions,
    evaluator,
    generator_views,
    protocol_result,
    protocols,
    score_groups,
)
from stpose_tf.geometry import skeletons


def measure(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    protocol: Sequence[protocols.Protocol],
    flip: bool = False,
    skip_damaged: bool = False,
    max_windows: int = 0,
    progress: evaluator.Progress | None = None,
) -> tuple[protocol_result.ProtocolResult, ...]:
    """Returns a generator's results under protocols that test the same clips.

    Args:
        generator: The trained generator.
        config: Of its run; `config.evaluation` says how to measure.
        indexes: What `pipeline.open_records` returned.
        protocol: One or more of one dataset and one choice of joints.
        flip: Average with the answer to the mirror image.
        skip_damaged: Leave out the clips whose truth is known to be off.
        max_windows: Rows to measure, spread over all; 0 measures every frame.
        progress: See `evaluator.evaluate`.

    Raises:
        InputError: If the skeleton is another one than the protocol's, or there is
            no clip to test.
    """
    first = protocol[0]
    protocols.expect_skeleton(first, config.model.output_skeleton, whose="a model")
    for index in indexes:
        protocols.expect_skeleton(first, index.output_skeleton, whose="records")
    tested = select(indexes, first, skip_damaged=skip_damaged)
    config = copy.deepcopy(config)
    config.data.validation_subjects = ()
    model = config.model
    predictor = evaluator.Predictor(
        flipped(generator, config) if flip else generator,
        config,
        tested,
        split="all",
        progress=progress,
    )
    skeleton = skeletons.get(model.output_skeleton)
    groups = score_groups.ScoreGroups(
        evaluator.all_clips(tested),
        skeleton,
        temporal_stride=config.evaluation.temporal_stride,
    )
    counted = _counted(first, skeleton)
    shown = condition(first, tested)
    for sequence in predictor.sequences(shown, max_windows=max_windows):
        valid = sequence.valid & counted
        groups.add(dataclasses.replace(sequence, valid=valid))
    if not groups.count:
        raise errors.InputError(
            f"Protocol {first.name}: expected clips with 3D truth. Received: none"
        )
    remarks = _remarks(
        first,
        tested,
        config,
        max_windows=max_windows,
        skip_damaged=skip_damaged,
    )
    return tuple(
        protocol_result.result(one, groups.scores, remarks=remarks) for one in protocol
    )


def select(
    indexes: Sequence[record_index.RecordIndex],
    protocol: protocols.Protocol,
    *,
    skip_damaged: bool = False,
) -> list[record_index.RecordIndex]:
    """Returns the records with nothing but the clips that the protocol tests.

    Raises:
        InputError: If there are none; names the subjects that are there.
    """
    found = []
    for index in indexes:
        clips = [
            clip
            for clip in index.clips
            if protocol.is_tested(clip, skip_damaged=skip_damaged)
        ]
        if clips:
            found.append(index.with_clips(clips))
    if not found:
        there = sorted({name for index in indexes for name in index.subjects})
        raise errors.InputError(
            f"Protocol {protocol.name}: expected clips of "
            f"{', '.join(protocol.test_subjects)}. Received: clips of "
            f"{', '.join(there)}"
        )
    return found


def condition(
    protocol: protocols.Protocol, indexes: Sequence[record_index.RecordIndex]
) -> conditions.Condition:
    """Returns what a model is shown: everything, with the protocol's noise or none.

    Args:
        protocol: The protocol.
        indexes: The records; recorded heat maps are as they are.
    """
    (clean,) = conditions.get(("clean",))
    recorded = any(clip.has_heatmaps for index in indexes for clip in index.clips)
    return dataclasses.replace(
        clean, detector_noise=protocol.detector_noise or recorded
    )


def flipped(
    generator: generator_views.Generator, config: configs.ExperimentConfig
) -> generator_views.Generator:
    """Returns the generator averaged with its answer to the mirror image."""
    return generator_views.FlipAveraged(
        generator=generator,
        input_skeleton=config.model.input_skeleton,
        output_skeleton=config.model.output_skeleton,
    )


def _counted(protocol: protocols.Protocol, skeleton: skeletons.Skeleton) -> np.ndarray:
    """Returns the joints that count, `[joints]`."""
    if not protocol.joints:
        return np.ones(skeleton.num_joints, bool)
    counted = np.zeros(skeleton.num_joints, bool)
    counted[[skeleton.index(joint) for joint in protocol.joints]] = True
    return counted


def _remarks(
    protocol: protocols.Protocol,
    tested: Sequence[record_index.RecordIndex],
    config: configs.ExperimentConfig,
    *,
    max_windows: int,
    skip_damaged: bool,
) -> tuple[str, ...]:
    """Returns why the measurement is not quite the protocol's."""
    lines = []
    stride = config.evaluation.temporal_stride
    rates = sorted({index.fps / stride for index in tested})
    if any(abs(rate - protocol.fps) > 1e-3 * protocol.fps for rate in rates):
        shown = ", ".join(f"{rate:g}" for rate in rates)
        lines.append(f"scored at {shown} fps; the protocol scores {protocol.fps:g}")
    if config.evaluation.views:
        lines.append(f"{config.evaluation.views} views of each clip")
    if max_windows:
        lines.append(f"{max_windows} windows spread over all frames")
    if skip_damaged and protocol.damaged:
        lines.append(f"without {', '.join(protocol.damaged)}")
    return tuple(lines)
