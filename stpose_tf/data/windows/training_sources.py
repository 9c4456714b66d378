"""The training clips, grouped by how they become windows."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from stpose_tf import errors
from stpose_tf.config import experiment_config
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import window_plan


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """Clips that are turned into windows in one way.

    Attributes:
        plan: Draws windows from them.
        share: Their part of all windows, relative to other sources.
        num_views: The most recorded views that one of them has.
        virtual: Whether new cameras shoot their motion; else recorded views are read.
        heatmap_size: Height and width of recorded heat maps that are to be read;
            None renders them.
        paired: Whether the two windows are two views of one motion.
    """

    plan: window_plan.WindowPlan
    share: float
    num_views: int
    virtual: bool
    heatmap_size: tuple[int, int] | None
    paired: bool


def training_sources(
    config: experiment_config.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
) -> list[Source]:
    """Returns the sources of a run.

    The folders' shares are `data.ratios`; without them, and inside a folder always,
    clips share by their frames or as `data.balance` says.

    Raises:
        InputError: If a folder has no training subject or no clip that is long
            enough.
    """
    ratios = config.data.ratios or [0.0] * len(indexes)
    found = []
    for index, ratio in zip(indexes, ratios, strict=True):
        sources = _folder_sources(config, index)
        weight = sum(source.share for source in sources)
        scale = ratio / weight if config.data.ratios else 1.0
        found += [
            dataclasses.replace(source, share=source.share * scale)
            for source in sources
        ]
    return found


def _folder_sources(
    config: experiment_config.ExperimentConfig, index: record_index.RecordIndex
) -> list[Source]:
    subjects = config.data.validation_subjects
    clips = window_plan.select(index, subjects, split="train")
    if not clips.size:
        raise errors.InputError(
            f"{index.folder}: expected a subject to train on; there are "
            f"{', '.join(index.subjects)}. Received: data.validation_subjects="
            f"{', '.join(subjects)}"
        )
    data = config.data
    fitting = window_plan.long_enough(
        index,
        clips,
        length=data.length,
        temporal_strides=data.temporal_strides,
        overhang=data.overhang,
    )
    kinds: dict[tuple[bool, bool, bool], list[int]] = {}
    for number in fitting:
        kinds.setdefault(_kind(config, index.clips[number]), []).append(int(number))
    height, width = config.model.heatmap_size
    sources = []
    for (virtual, maps, paired), members in kinds.items():
        plan = window_plan.window_plan(
            index,
            np.array(members),
            length=data.length,
            temporal_strides=data.temporal_strides,
            overhang=data.overhang,
            balance=data.balance,
        )
        sources.append(
            Source(
                plan=plan,
                share=float(plan.weight),
                num_views=max(index.clips[number].views for number in members),
                virtual=virtual,
                heatmap_size=(height, width) if maps else None,
                paired=paired,
            )
        )
    return sources


def _kind(
    config: experiment_config.ExperimentConfig, clip: record_index.ClipEntry
) -> tuple[bool, bool, bool]:
    """Returns whether a clip is shot anew, has maps to read, and gives pairs."""
    virtual = config.data.virtual_views and clip.has_pose and clip.has_keypoints_world
    maps = clip.has_heatmaps and not virtual
    return virtual, maps, virtual or (clip.has_pose and clip.views > 1)
