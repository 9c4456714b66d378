"""Refuses to train on motion that the validation measures."""

from collections.abc import Iterator, Sequence

import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index, record_parsing
from stpose_tf.data.windows import limb_cosines, near_copies, window_plan
from stpose_tf.geometry import skeletons

_SHOWN = 20


def refuse_near_copies(
    config: configs.ExperimentConfig, indexes: Sequence[record_index.RecordIndex]
) -> None:
    """Raises InputError with a list of training clips that repeat validation motion."""
    train, validation = (
        list(_tracks(config, indexes, split=split)) for split in ("train", "validation")
    )
    copies = near_copies.find(train, validation, skeleton=config.model.output_skeleton)
    if not copies:
        return
    pairs = [f"{copy.train} repeats {copy.validation}" for copy in copies[:_SHOWN]]
    more = f" and {len(copies) - _SHOWN} more" if len(copies) > _SHOWN else ""
    names = ",".join(f"'{name}'" for name in sorted({copy.train for copy in copies}))
    raise errors.InputError(
        "config.data: expected no motion of the validation subjects in the training "
        f'clips (leave them out with --config.data.exclude_clips="({names},)"). '
        f"Received: {'; '.join(pairs)}{more}"
    )


def _tracks(
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    split: str,
) -> Iterator[limb_cosines.Track]:
    """Yields the 3D motion of every clip of a split."""
    joints = skeletons.get(config.model.output_skeleton).num_joints
    keypoints = skeletons.get(config.model.input_skeleton).num_joints
    for index in indexes:
        table = window_plan.clip_table([index])
        for number in window_plan.select(
            index, config.data.validation_subjects, split=split
        ):
            clip = index.clips[number]
            if not clip.has_pose:
                continue
            serialized, frames = table.read(
                tf.constant(number, tf.int64), tf.range(clip.frames, dtype=tf.int64)
            )
            motion = record_parsing.parse_motion(
                serialized, frames, joints=joints, keypoints=keypoints
            )
            yield limb_cosines.Track(
                clip_id=clip.id, fps=clip.fps, poses=motion["pose_world"].numpy()
            )
