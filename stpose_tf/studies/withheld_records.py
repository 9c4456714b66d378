"""Subjects whose 3D is kept from all runs, and their clips as 2D-only records.

The paper's "+ 2D data" brings in another dataset. Here it is made of motion capture: a
third of the training subjects lose their 3D in every row, and come back in the last
one as videos of which nothing but 2D keypoints is known.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import clip
from stpose_tf.data.records import (
    record_index,
    record_parsing,
    record_schema,
    record_writer,
)
from stpose_tf.data.windows import window_plan
from stpose_tf.geometry import skeletons

_PREFIX = "2d/"
_EVERY, _FIRST = 3, 2


def subjects(
    indexes: Sequence[record_index.RecordIndex], validation_subjects: Sequence[str]
) -> tuple[str, ...]:
    """Returns every third training subject, by name, from the third on.

    Raises:
        InputError: If there are fewer than three.
    """
    names = {name for index in indexes for name in index.subjects}
    training = sorted(names - set(validation_subjects))
    if len(training) < _EVERY:
        raise errors.InputError(
            f"Withheld subjects: expected at least {_EVERY} training subjects, of "
            f"whom a third loses its 3D. Received: {', '.join(training) or 'none'}"
        )
    return tuple(training[_FIRST::_EVERY])


def withhold(
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    withheld: Sequence[str],
) -> configs.ExperimentConfig:
    """Returns the settings without the clips of some subjects.

    Args:
        config: Settings with all records; stays as it is.
        indexes: Of these records.
        withheld: The subjects.
    """
    ids = [
        entry.id
        for index in indexes
        for entry in index.clips
        if entry.subject in withheld
    ]
    data = dataclasses.replace(
        config.data,
        exclude_clips=tuple(dict.fromkeys((*config.data.exclude_clips, *ids))),
    )
    return dataclasses.replace(config, data=data)


def add(config: configs.ExperimentConfig, folder: Path) -> configs.ExperimentConfig:
    """Returns the settings with a folder of 2D-only records more."""
    data = dataclasses.replace(
        config.data, records=(*config.data.records, str(folder)), ratios=()
    )
    return dataclasses.replace(config, data=data)


def write(
    folder: Path,
    indexes: Sequence[record_index.RecordIndex],
    withheld: Sequence[str],
    *,
    exclude_clips: Sequence[str] = (),
) -> None:
    """Writes the clips of some subjects as 2D-only records; keeps what lies there.

    Keypoints, confidence, crops and recorded heat maps stay; 3D joints and cameras,
    which a video from the net has not, are left out.

    Args:
        folder: Where to.
        indexes: The records.
        withheld: The subjects.
        exclude_clips: Ids of clips that are not to be used.

    Raises:
        InputError: If the folder holds records of other clips.
    """
    wanted = [
        (index, number)
        for index in indexes
        for number, entry in enumerate(index.clips)
        if entry.subject in withheld and entry.id not in exclude_clips
    ]
    ids = [f"{_PREFIX}{index.clips[number].id}" for index, number in wanted]
    if (folder / record_schema.INDEX_NAME).is_file():
        there = [entry.id for entry in record_index.load(folder).clips]
        if there != ids:
            raise errors.InputError(
                f"{folder}: expected the 2D of {', '.join(withheld)} (remove the "
                f"folder to write it anew). Received: {len(there)} other clips"
            )
        return
    with record_writer.RecordWriter(folder) as writer:
        for index, number in wanted:
            writer.write(_without_3d(index, number))


def _without_3d(index: record_index.RecordIndex, number: int) -> clip.Clip:
    entry = index.clips[number]
    table = window_plan.clip_table([index])
    serialized, frames = table.read(
        tf.constant(number, tf.int64), tf.range(entry.frames, dtype=tf.int64)
    )
    keypoints = skeletons.get(index.input_skeleton).num_joints
    views = []
    for view, size in enumerate(_image_sizes(serialized, entry.views)):
        found = record_parsing.parse_view(
            serialized,
            frames,
            view=tf.constant(view),
            num_views=entry.views,
            keypoints=keypoints,
            heatmap_size=index.heatmap_size if entry.has_heatmaps else None,
        )
        maps = found.get("heatmaps")
        views.append(
            clip.View(
                keypoints=found["keypoints"].numpy(),
                confidence=found["confidence"].numpy(),
                labelled=found["labelled"].numpy(),
                crop=found["crop"].numpy(),
                image_size=size,
                heatmaps=None if maps is None else maps.numpy(),
            )
        )
    return clip.Clip(
        clip_id=f"{_PREFIX}{entry.id}",
        dataset=f"{entry.dataset}_2d",
        subject=entry.subject,
        action=entry.action,
        fps=entry.fps,
        input_skeleton=index.input_skeleton,
        output_skeleton=index.output_skeleton,
        pose_world=None,
        pose_valid=None,
        keypoints_world=None,
        views=tuple(views),
    )


def _image_sizes(serialized: tf.Tensor, views: int) -> Iterator[tuple[int, int]]:
    for view in range(views):
        key = record_schema.view_feature(view, "image_size")
        feature = tf.io.FixedLenFeature([2], tf.int64)
        size = np.array(tf.io.parse_single_example(serialized[0], {key: feature})[key])
        yield int(size[0]), int(size[1])
