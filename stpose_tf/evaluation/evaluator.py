"""A generator against the truth, under several conditions."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import evaluation_rows
from stpose_tf.evaluation import (
    clip_assembly,
    conditions,
    generator_views,
    occluded_joints,
    pose_sequence,
    report,
    score_groups,
)
from stpose_tf.geometry import skeletons

Indexes = Sequence[record_index.RecordIndex]
Progress = Callable[[str, int, int], None]
Array = npt.NDArray[np.float64]


def evaluate(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Indexes,
    *,
    split: str,
    conditions: Sequence[conditions.Condition],
    max_windows: int = 0,
    mean_pose: Array | None = None,
    progress: Progress | None = None,
) -> report.Report:
    """Returns the errors of a generator on a split of some records.

    Args:
        generator: The trained generator.
        config: Of its run; `config.evaluation` says how to measure.
        indexes: What `pipeline.open_records` returned.
        split: `train`, `validation` or `all`.
        conditions: What is done to the input, in the order of the report.
        max_windows: Rows to measure, spread over all; 0 measures every frame.
        mean_pose: Mean training pose in the crop frame in mm, `[joints, 3]`; what a
            model has to beat.
        progress: Called after each batch with the condition's name, the batches done
            and the batches there are.

    Raises:
        InputError: If there is nothing to measure, a condition cannot be made from
            these records, or the predictions are no numbers.
    """
    if not conditions:
        raise errors.InputError("conditions: expected at least one. Received: none")
    predictor = Predictor(
        generator, config, indexes, split=split, mean_pose=mean_pose, progress=progress
    )
    skeleton = skeletons.get(config.model.output_skeleton)

    def new_groups() -> score_groups.ScoreGroups:
        stride = config.evaluation.temporal_stride
        clips = all_clips(indexes)
        return score_groups.ScoreGroups(clips, skeleton, temporal_stride=stride)

    results = []
    baseline = new_groups()
    for condition in conditions:
        groups = new_groups()
        for sequence in predictor.sequences(condition, max_windows=max_windows):
            groups.add(sequence)
            if mean_pose is not None and condition is conditions[0]:
                baseline.add(sequence.with_predictions(sequence.baseline))
        if not groups.count:
            raise errors.InputError(
                f"Split {split}: expected clips with 3D truth. Received: none"
            )
        results.append(
            report.ConditionResult(
                name=condition.name, meaning=condition.meaning, groups=groups.scores
            )
        )
    return report.Report(
        about={**predictor.about(), "windows": max_windows or "all"},
        joints=skeleton.joints,
        results=tuple(results),
        mean_pose=report.ConditionResult(
            name="mean pose",
            meaning="the mean training pose, whatever is seen",
            groups=baseline.scores,
        )
        if mean_pose is not None
        else None,
    )


def available(indexes: Indexes) -> tuple[conditions.Condition, ...]:
    """Returns the conditions that these records allow.

    Recorded heat maps hold their detector's noise: it cannot be left out.
    """
    return tuple(
        condition
        for condition in conditions.KNOWN.values()
        if condition.detector_noise or not _recorded(indexes)
    )


class Predictor:
    """Runs a generator over whole clips.

    Args:
        generator: The trained generator.
        config: Of its run.
        indexes: What `pipeline.open_records` returned.
        split: `train`, `validation` or `all`.
        mean_pose: In the crop frame in mm, `[joints, 3]`.
        progress: See `evaluate`.
    """

    def __init__(
        self,
        generator: generator_views.Generator,
        config: configs.ExperimentConfig,
        indexes: Indexes,
        *,
        split: str,
        mean_pose: Array | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._generator, self._config, self._indexes = generator, config, indexes
        self._split, self._progress = split, progress
        self._context = row_context(generator, config)
        model = config.model
        self._support = occluded_joints.support(
            model.input_skeleton, model.output_skeleton
        )
        joints = skeletons.get(model.output_skeleton).num_joints
        self._mean_pose = np.zeros((joints, 3)) if mean_pose is None else mean_pose
        # One for all conditions: tracing takes as long as several batches.
        self._predict = tf.function(
            lambda maps, mask: generator(
                {"heatmaps": maps, "frame_mask": mask}, training=False
            ),
            autograph=False,
        )

    def sequences(
        self, condition: conditions.Condition, *, max_windows: int = 0
    ) -> Iterator[pose_sequence.PoseSequence]:
        """Yields each view of each clip as soon as all its frames are predicted.

        Predictions are turned from the crop frame into the camera frame.

        Args:
            condition: What is done to the input.
            max_windows: Rows to predict, spread over all, so that clips come with
                gaps; 0 predicts every frame.
        """
        if not condition.detector_noise and _recorded(self._indexes):
            raise errors.InputError(
                f"Condition {condition.name}: expected records whose heat maps are "
                "rendered. Received: recorded heat maps"
            )
        batches = pipeline.build_eval(
            self._config,
            self._indexes,
            split=self._split,
            context=self._context,
            condition=condition.op,
            detector=condition.detector_noise,
            max_windows=max_windows,
        )
        assembly = clip_assembly.ClipAssembly(self._lengths())
        total = int(batches.cardinality())
        for number, batch in enumerate(batches):
            outputs = self._predict(batch["heatmaps"], batch["frame_mask"])
            del batch["heatmaps"]  # the largest tensor by far, needed no more
            arrays = {name: value.numpy() for name, value in batch.items()}
            yield from assembly.add(
                clips=arrays["clip"],
                views=arrays["view"],
                score=arrays["score"],
                **self._frames(outputs, arrays),
            )
            if self._progress is not None:
                self._progress(condition.name, number + 1, total)
        if max_windows:
            yield from assembly.finish_partial()
        else:
            assembly.finish()

    def about(self) -> dict[str, Any]:
        """Returns what a report says about the model and the records."""
        config, lengths = self._config, self._lengths()
        every = all_clips(self._indexes)
        clips = [every[number] for number in sorted({clip for clip, _ in lengths})]
        stride = config.evaluation.temporal_stride
        parameters = int(self._generator.count_params())
        return {
            "model": {"name": config.name, "parameters": parameters},
            "records": [index.folder.name for index in self._indexes],
            "split": self._split,
            "subjects": sorted({clip.subject for clip in clips}),
            "clips": len(clips),
            "views": len(lengths),
            "frames": sum(lengths.values()),
            "fps": sorted({clip.fps / stride for clip in clips}),
            "evaluation": dataclasses.asdict(config.evaluation),
        }

    def _frames(
        self, outputs: dict[str, tf.Tensor], batch: dict[str, npt.NDArray[Any]]
    ) -> dict[str, npt.NDArray[Any]]:
        """Returns what `PoseSequence` holds of each frame of a batch."""
        poses, log_sigma = outputs["pose"].numpy(), outputs["log_sigma"].numpy()
        scored = batch["score"] > 0.5
        if not (
            np.isfinite(poses[scored]).all() and np.isfinite(log_sigma[scored]).all()
        ):
            raise errors.InputError(
                "The model: expected poses. Received: values that are no numbers; its "
                "weights are damaged or its training diverged"
            )
        hidden = batch["occluded"] > 0.5
        rotations = batch["crop_rotation"]
        baseline = np.broadcast_to(self._mean_pose, poses.shape)
        return {
            "frames": batch["frame"],
            "predictions": to_camera_frame(poses, rotations),
            "truths": batch["pose"],
            "valid": batch["pose_valid"] > 0.5,
            "occluded": occluded_joints.from_keypoints(hidden, self._support),
            "missing": hidden.all(axis=-1),
            "log_sigma": log_sigma,
            "baseline": to_camera_frame(baseline, rotations),
        }

    def _lengths(self) -> dict[clip_assembly.Key, int]:
        rows = evaluation_rows.plan(
            self._config, self._indexes, split=self._split, context=self._context
        )
        lengths: dict[clip_assembly.Key, int] = {}
        for row in rows:
            key = (row.clip, row.view)
            lengths[key] = max(lengths.get(key, 0), row.score_to)
        return lengths


def row_context(
    generator: generator_views.Generator, config: configs.ExperimentConfig
) -> int:
    """Returns how many frames a scored frame sees on both sides in a row."""
    return max(*generator.context, config.evaluation.context)


def to_camera_frame(poses: npt.NDArray[Any], rotations: npt.NDArray[Any]) -> Array:
    """Returns poses of the crop frame in the camera frame: `X = R_crop^T Y`.

    Args:
        poses: `[..., joints, 3]`.
        rotations: R_crop of each frame, camera frame to crop frame, `[..., 3, 3]`.

    Returns:
        `[..., joints, 3]`, float64.
    """
    return np.asarray(poses, np.float64) @ np.asarray(rotations, np.float64)


def all_clips(indexes: Indexes) -> list[record_index.ClipEntry]:
    """Returns the clips of all indexes, as `PoseSequence.clip` counts them."""
    return [clip for index in indexes for clip in index.clips]


def _recorded(indexes: Indexes) -> bool:
    return any(clip.has_heatmaps for clip in all_clips(indexes))
