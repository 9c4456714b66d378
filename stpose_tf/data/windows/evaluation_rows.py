"""From a recorded view of a clip to rows of equal length that score each frame once."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.augment import augmentation, recipe, window_tensors
from stpose_tf.config import experiment_config
from stpose_tf.data.records import record_index, record_parsing
from stpose_tf.data.windows import features, window_plan
from stpose_tf.geometry import cameras, skeletons

Condition = Callable[[augmentation.Example, tf.Tensor], augmentation.Example]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Consecutive frames of one view of a clip, at the evaluation rate.

    Attributes:
        clip: Position among the clips of all indexes.
        view: Number of the view.
        start: The row's first frame.
        score_from: First frame that is scored here.
        score_to: The frame after the last one that is.
    """

    clip: int
    view: int
    start: int
    score_from: int
    score_to: int


def plan(
    config: experiment_config.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    split: str,
    context: int,
) -> list[Row]:
    """Returns the rows of all views of a split's clips.

    A clip that fits is one row. Of a longer one each row but the first begins
    `context` frames before its first scored frame, and each but the last ends
    `context` frames after its last.

    Args:
        config: The run's settings.
        indexes: The records.
        split: `train`, `validation` or `all`.
        context: Frames before and after a frame that its prediction depends on.

    Raises:
        InputError: If rows are too short for the context, or there are none.
    """
    length = config.evaluation.length
    if length <= 2 * context:
        raise errors.InputError(
            f"config.evaluation.length: expected more than {2 * context}, twice the "
            f"frames that the model looks ahead. Received: {length}"
        )
    subjects = config.data.validation_subjects
    rows = []
    offset = 0
    for index in indexes:
        for number in window_plan.select(index, subjects, split=split):
            clip = index.clips[number]
            frames = -(-clip.frames // config.evaluation.temporal_stride)
            parts = list(cut(frames, length=length, context=context))
            for view in range(min(config.evaluation.views or clip.views, clip.views)):
                rows += [
                    Row(
                        clip=offset + int(number),
                        view=view,
                        start=start,
                        score_from=score_from,
                        score_to=score_to,
                    )
                    for start, score_from, score_to in parts
                ]
        offset += len(index.clips)
    if not rows:
        present = sorted({name for index in indexes for name in index.subjects})
        raise errors.InputError(
            f"Split {split}: expected clips of some subject; there are "
            f"{', '.join(present)}. Received: data.validation_subjects="
            f"{', '.join(subjects) or 'none'}"
        )
    return rows


def cut(frames: int, *, length: int, context: int) -> Iterable[tuple[int, int, int]]:
    """Yields each row's first frame and the first and end of its scored frames.

    Args:
        frames: Frames of the clip.
        length: Frames of a row, more than twice `context`.
        context: Frames that a scored frame needs on both sides, where the clip has
            them.
    """
    start = scored = 0
    while scored < frames:
        end = frames if start + length >= frames else start + length - context
        yield start, scored, end
        start, scored = end - context, end


def middle(rows: Sequence[Row]) -> Row:
    """Returns the middle row of the middle clip, however long the other clips are."""
    clips = sorted({row.clip for row in rows})
    members = [row for row in rows if row.clip == clips[len(clips) // 2]]
    return members[len(members) // 2]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowReader:
    """Reads rows, adds noise, hides and renders; stateless, on-graph.

    Attributes:
        config: The run's settings.
        indexes: The records.
        table: Their clips.
        condition: What is done to the input before it is rendered.
        detector: Whether rendered heat maps get the detector's noise.
    """

    config: experiment_config.ExperimentConfig
    indexes: tuple[record_index.RecordIndex, ...]
    table: window_plan.ClipTable
    condition: Condition | None
    detector: bool

    def row(self, place: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Returns a row of an evaluation batch.

        Args:
            place: The fields of a `Row`, int64 scalars; one that scores nothing
                has `score_to` 0 and only zeros come of it.
        """
        has_maps = np.array(
            [clip.has_heatmaps for index in self.indexes for clip in index.clips]
        )
        if has_maps.all():
            return self._read(place, recorded_maps=True)
        if not has_maps.any():
            return self._read(place, recorded_maps=False)
        found: dict[str, tf.Tensor] = tf.cond(
            tf.gather(has_maps, place["clip"]),
            lambda: self._read(place, recorded_maps=True),
            lambda: self._read(place, recorded_maps=False),
        )
        return found

    def _read(
        self, place: dict[str, tf.Tensor], *, recorded_maps: bool
    ) -> dict[str, tf.Tensor]:
        stride = self.config.evaluation.temporal_stride
        frames = place["start"] + tf.range(
            self.config.evaluation.length, dtype=tf.int64
        )
        last = (tf.gather(self.table.frames, place["clip"]) - 1) // stride
        real = place["score_to"] > 0
        inside = (frames <= last) & real
        scored = (frames >= place["score_from"]) & (frames < place["score_to"])
        example = self._example(
            place, tf.minimum(frames, last) * stride, recorded_maps=recorded_maps
        )
        mask = tf.cast(inside, tf.float32)
        # What the condition may draw from: nothing outside the clip.
        example = window_tensors.scale_maps(example, mask[:, tf.newaxis])
        example["score"] = tf.cast(scored, tf.float32)
        seed = tf.constant([self.config.evaluation.seed, 0], tf.int64)
        for name in ("clip", "view", "start"):
            seed = tf.random.fold_in(seed, place[name])
        noise, condition = augmentation.seeds(seed, 2)
        if self.detector and not recorded_maps and self.config.detector.enabled:
            example = self._detector_noise()(example, noise)
        if self.condition is not None:
            example = self.condition(example, condition)
        example = window_tensors.scale_maps(example, mask[:, tf.newaxis])
        height, width = self.config.model.heatmap_size
        target = features.render(features.target(example), (height, width))
        return {
            "heatmaps": target["heatmaps"],
            "frame_mask": mask,
            "score": example["score"],
            "pose": target["pose"] * mask[:, tf.newaxis, tf.newaxis],
            "pose_valid": target["pose_valid"] * mask[:, tf.newaxis],
            "crop_rotation": target["crop_rotation"],
            "up": example["up"],
            "occluded": target["occluded"] * mask[:, tf.newaxis],
            "clip": tf.cast(place["clip"], tf.int32),
            "view": tf.cast(place["view"], tf.int32),
            "frame": tf.cast(frames, tf.int32),
        }

    def _example(
        self, place: dict[str, tf.Tensor], frames: tf.Tensor, *, recorded_maps: bool
    ) -> augmentation.Example:
        model = self.config.model
        height, width = model.heatmap_size
        keypoints = skeletons.get(model.input_skeleton).num_joints
        serialized, frames = self.table.read(place["clip"], frames)
        motion = record_parsing.parse_motion(
            serialized,
            frames,
            joints=skeletons.get(model.output_skeleton).num_joints,
            keypoints=keypoints,
        )
        view = record_parsing.parse_view(
            serialized,
            frames,
            view=place["view"],
            num_views=int(self.table.views.max()),
            keypoints=keypoints,
            heatmap_size=(height, width) if recorded_maps else None,
        )
        camera = cameras.unpack(view["camera"])
        example = features.window_example(
            view,
            motion,
            camera=camera,
            output_skeleton=model.output_skeleton,
            heatmap_size=(height, width),
            sigma=self.config.data.heatmap_sigma,
        )
        return {**example, "up": camera.rotation[:, 2]}  # where the world's z points

    def _detector_noise(self) -> augmentation.Augmentation:
        height, width = self.config.model.heatmap_size
        return recipe.detector_noise(
            self.config.detector,
            input_skeleton=skeletons.get(self.config.model.input_skeleton),
            heatmap_size=(height, width),
        )
