"""A model's predictions on some windows, as a strip and as a page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.evaluation import evaluator, occluded_joints
from stpose_tf.geometry import skeletons
from stpose_tf.models import stpose
from stpose_tf.viz import strip, viewer

STRIP = "strip.png"
VIEWER = "viewer.html"

_PER_ROW = ("clip", "view", "up")

Batches = Iterable[Mapping[str, tf.Tensor]]


def write(
    folder: Path,
    generator: stpose.STPose,
    conditions: Mapping[str, Batches],
    *,
    names: Sequence[str],
    fps: float,
    frame_step: int,
) -> tuple[Path, Path]:
    """Writes `strip.png` of the last condition's first window and `viewer.html`.

    Args:
        folder: Where to; must exist.
        generator: The trained model.
        conditions: Evaluation batches (`data.pipeline.build_eval`) of the same
            windows, by what was done to the input.
        names: What each clip of the records is called.
        fps: Rate of the batches' frames.
        frame_step: From one frame's number to the next.

    Returns:
        The two files.

    Raises:
        InputError: If there is no window to draw, or Matplotlib is not installed.
    """
    joints = skeletons.get(generator.output_skeleton)
    keypoints = skeletons.get(generator.input_skeleton)
    shown_by = occluded_joints.support(keypoints.name, joints.name)
    clips: list[viewer.ViewerClip] = []
    drawn: dict[str, Any] = {}
    for condition, batches in conditions.items():
        for number, row in enumerate(_rows(generator, batches)):
            hidden = occluded_joints.from_keypoints(row["occluded"] > 0, shown_by)
            name = names[int(row["clip"])]
            clip = viewer.ViewerClip(
                name=f"{name}, view {int(row['view'])}: {condition}",
                fps=fps,
                skeleton=joints,
                predictions=row["predictions"],
                truths=row["truths"],
                occluded=hidden,
                up=tuple(row["up"].tolist()),
                first_frame=int(row["frame"][0]),
                frame_step=frame_step,
            )
            clips.append(clip)
            if number == 0:
                drawn = {**row, "hidden": hidden, "title": clip.name}
    if not clips:
        raise errors.InputError("pictures: expected a window to draw. Received: none")
    viewer.write(clips, folder / VIEWER)
    strip.write(
        folder / STRIP,
        heatmaps=drawn["heatmaps"],
        predictions=drawn["predictions"],
        input_skeleton=keypoints,
        output_skeleton=joints,
        truths=drawn["truths"],
        occluded=drawn["occluded"],
        hidden_joints=drawn["hidden"],
        title=drawn["title"],
    )
    return folder / STRIP, folder / VIEWER


def _rows(generator: stpose.STPose, batches: Batches) -> Iterator[dict[str, Any]]:
    """Yields each row's scored frames, poses in the camera frame in mm."""
    for batch in batches:
        outputs = generator(
            {"heatmaps": batch["heatmaps"], "frame_mask": batch["frame_mask"]}
        )
        arrays = {name: np.asarray(value) for name, value in batch.items()}
        arrays["predictions"] = evaluator.to_camera_frame(
            np.asarray(outputs["pose"]), arrays["crop_rotation"]
        )
        valid = arrays["pose_valid"][..., None] > 0
        arrays["truths"] = np.where(valid, arrays["pose"], np.nan)
        for row in range(len(arrays["score"])):
            scored = arrays["score"][row] > 0
            if scored.any():
                yield {
                    name: value[row] if name in _PER_ROW else value[row][scored]
                    for name, value in arrays.items()
                }
