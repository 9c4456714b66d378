"""Counts what records hold and draws what a network is shown of them.

python tools/inspect_records.py --records=records/tiny --out=look.png
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf import config as configs
from stpose_tf.data import pipeline, record_checks, record_index
from stpose_tf.geometry import crops, heatmaps, skeletons
from stpose_tf.viz import drawing, skeleton_plot, strip

Array = npt.NDArray[Any]

_GROUPS = 2  # of two windows each, one a row
_INSTANTS = 2
_COLUMNS = ("rendered", "augmented", "3D", "3D over 2D")
_LONGEST_LIST = 8


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_list("records", None, "Folders written by build_records.")
    flags.DEFINE_string("out", None, "Picture of some training windows (PNG).")
    config_flags.DEFINE_config_file("config", None, "Experiment to see them through.")


def main(arguments: Sequence[str]) -> int:
    """Prints counts, checks every record, and draws windows if `--out` is given."""
    del arguments
    given = flags.FLAGS
    folders = tuple(given.records or (given.config and given.config.data.records) or ())
    if not folders:
        raise errors.InputError(
            "--records: expected folders written by build_records. Received: none"
        )
    indexes = [record_index.load(folder) for folder in folders]
    damaged = []
    for index in indexes:
        _say(describe(index))
        _, damage = record_checks.verify(index)
        for item in damage:
            _say(f"  damaged: {item.clip_id} in {item.shard}: {item.reason}")
        damaged += [item.clip_id for item in damage]
    if given.out is not None:
        config = given.config or default_config(indexes)
        config.data.records = folders
        config.data.verify = False  # Done above.
        config.data.exclude_clips = (*config.data.exclude_clips, *damaged)
        configs.validate(config)
        draw(config, Path(given.out))
        _say(given.out)
    return commands.PARTLY if damaged else commands.DONE


def describe(index: record_index.RecordIndex) -> str:
    """Returns a folder's counts as lines of text."""
    totals = index.totals
    views = sorted({clip.views for clip in index.clips})
    stored = sum(clip.has_heatmaps for clip in index.clips)
    size = "x".join(map(str, index.heatmap_size or ()))
    lines = {
        "dataset": index.dataset,
        "clips": f"{totals['clips']}",
        "frames": f"{totals['frames']} at {index.fps:g} a second",
        "seconds": f"{totals['seconds']:g}",
        "views": " or ".join(map(str, views)),
        "subjects": f"{len(index.subjects)}: {_some(index.subjects)}",
        "actions": _some(sorted({clip.action for clip in index.clips})),
        "skeletons": f"{index.input_skeleton} to {index.output_skeleton}",
        "3D": f"{sum(clip.has_pose for clip in index.clips)} clips",
        "new views": (
            f"{sum(clip.has_keypoints_world for clip in index.clips)} clips can be "
            "shot again"
        ),
        "heat maps": f"{stored} clips {size}".strip(),
        "bytes": (
            f"{totals['bytes']}, {totals['bytes'] / totals['frames']:.0f} a frame in "
            f"{len(index.shards)} files"
        ),
    }
    body = "\n".join(f"  {name:<11}{text}" for name, text in lines.items())
    return f"{index.folder}\n{body}"


def default_config(
    indexes: Sequence[record_index.RecordIndex],
) -> configs.ExperimentConfig:
    """Returns settings that fit records: their skeletons, sizes and lengths."""
    config = configs.ExperimentConfig()
    config.model.input_skeleton = indexes[0].input_skeleton
    config.model.output_skeleton = indexes[0].output_skeleton
    sizes = [index.heatmap_size for index in indexes if index.heatmap_size]
    config.model.heatmap_size = sizes[0] if sizes else config.model.heatmap_size
    shortest = min(max(clip.frames for clip in index.clips) for index in indexes)
    config.data.length = min(config.data.length, shortest)
    config.discriminator.interval = min(1, config.data.length - 1)
    return config


def draw(config: configs.ExperimentConfig, path: Path) -> None:
    """Writes a picture of some windows before and after augmentation.

    Each row is one window, two rows a pair of views. Truth is drawn as lines; crosses
    are keypoints that augmentation hid; the last column has the 3D pose projected
    (filled) on the 2D truth (circles).

    Args:
        config: Settings to see the records through.
        path: The PNG.

    Raises:
        InputError: If the records do not fit the settings or Matplotlib is missing.
    """
    config.data.batch_size = _GROUPS
    indexes = pipeline.open_records(config)
    before, after = (
        _rows(pipeline.build_train(config, indexes, with_augmentation=augmented))
        for augmented in (False, True)
    )
    rows = len(before["heatmaps"])
    frames = strip.spread(config.data.length, _INSTANTS + 2)[1:-1] or [0]
    width = len(_COLUMNS) * len(frames)
    made = drawing.figure(1.9 * width, 2.0 * rows + 0.4)
    axes = drawing.grid(made, rows, width)
    for row in range(rows):
        kind = "2D only" if after["only_2d"][row] else f"view {row % 2 + 1}"
        drawing.row_title(axes[row, 0], f"{row // 2 + 1}: {kind}")
        for place, frame in enumerate(frames):
            cells = axes[row, place * len(_COLUMNS) : (place + 1) * len(_COLUMNS)]
            _draw_instant(cells, before, after, config=config, where=(row, frame))
            if row == 0:
                for cell, name in zip(cells, _COLUMNS, strict=True):
                    cell.set_title(f"{name}, {frame}", fontsize=9, color=drawing.INK)
    drawing.save(made, path)


def _rows(batches: Any) -> dict[str, Array]:
    """Returns the windows of the first batch, `[windows, ...]`."""
    batch = next(batches.as_numpy_iterator())
    return {
        key: values.reshape(-1, *values.shape[2:])
        for key, values in batch.items()
        if not key.startswith("pair_")
    }


def _draw_instant(
    cells: Any,
    before: dict[str, Array],
    after: dict[str, Array],
    *,
    config: configs.ExperimentConfig,
    where: tuple[int, int],
) -> None:
    skeleton = skeletons.get(config.model.input_skeleton)
    output = skeletons.get(config.model.output_skeleton)
    for cell, windows in zip(cells[:2], (before, after), strict=True):
        _draw_maps(cell, windows, skeleton, where=where)
    pose = after["pose"][where]
    valid = after["pose_valid"][where] > 0
    if valid.any():
        pose = np.where(valid[:, np.newaxis], pose, np.nan)
        skeleton_plot.draw(cells[2], pose, output)
        _draw_projection(cells[3], after, config=config, where=where)


def _draw_maps(
    cell: Any,
    windows: dict[str, Array],
    skeleton: skeletons.Skeleton,
    *,
    where: tuple[int, int],
) -> None:
    """Draws the highest value over all keypoints, and the true 2D."""
    maps = windows["heatmaps"][where]
    height, width = maps.shape[:2]
    cell.imshow(maps.max(-1), cmap="gray", vmin=0.0, vmax=1.0)
    labels = _on_map(windows["keypoint_labels"][where], (height, width))
    labels[windows["labelled"][where] == 0] = np.nan
    colors = drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right)
    for parent, child in skeleton.edges:
        cell.plot(*labels[[parent, child]].T, color=colors[child], linewidth=0.8)
    hidden = windows["occluded"][where] > 0
    cell.plot(*labels[hidden].T, "x", color=drawing.HIDDEN, markersize=5)
    cell.set_xlim(-0.5, width - 0.5)
    cell.set_ylim(height - 0.5, -0.5)


def _draw_projection(
    cell: Any,
    windows: dict[str, Array],
    *,
    config: configs.ExperimentConfig,
    where: tuple[int, int],
) -> None:
    """Draws the pose as the reprojection loss sees it, on the true 2D."""
    output = skeletons.get(config.model.output_skeleton)
    inputs = skeletons.get(config.model.input_skeleton)
    # Of the head only names agree, not places.
    joined = [
        name
        for name in inputs.joints
        if name in output.joints[1:] and name not in ("nose", "head")
    ]
    here = [output.index(name) for name in joined]
    there = [inputs.index(name) for name in joined]
    height, width = config.model.heatmap_size
    row, frame = where
    poses = np.einsum(
        "tde,tje->tjd", windows["crop_rotation"][row], windows["pose"][row]
    )
    labels = windows["keypoint_labels"][row]
    weights = windows["labelled"][row][:, there] * windows["pose_valid"][row][:, here]
    flat, scale = crops.fit_orthographic(poses[:, here], labels[:, there], weights)
    # The same fit for all joints: where the joined ones lie gives the place.
    place = np.asarray(flat)[frame, 0] - float(scale) * poses[frame, here[0], :2]
    projected = _on_map(float(scale) * poses[frame, :, :2] + place, (height, width))
    colors = drawing.sides(output.num_joints, output.left, output.right)
    for parent, child in output.edges:
        cell.plot(*projected[[parent, child]].T, color=colors[child], linewidth=1.6)
    seen = _on_map(labels[frame], (height, width))
    seen = seen[windows["labelled"][row, frame] > 0]
    cell.plot(*seen.T, "o", color=drawing.INK, markersize=4, fillstyle="none")
    cell.set_xlim(-0.5, width - 0.5)
    cell.set_ylim(height - 0.5, -0.5)
    cell.set_aspect("equal")


def _on_map(points: Array, size: tuple[int, int]) -> Array:
    return np.array(heatmaps.unit_to_heatmap(points.astype(np.float32), size))


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _LONGEST_LIST
    return ", ".join(names[:_LONGEST_LIST]) + (f" and {rest} more" if rest > 0 else "")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    commands.run(define_flags, main)
