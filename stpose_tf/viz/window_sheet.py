"""Training windows before and after augmentation, as a network is shown them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.geometry import crops, heatmaps, skeletons
from stpose_tf.viz import drawing, skeleton_plot, strip

Array = npt.NDArray[Any]

_GROUPS = 2  # of two windows each, one a row
_INSTANTS = 2
_COLUMNS = ("rendered", "augmented", "3D", "3D over 2D")


def write(path: Path, config: configs.ExperimentConfig) -> None:
    """Writes a picture of some windows before and after augmentation.

    Each row is one window, two rows a pair of views. Truth is drawn as lines; crosses
    are keypoints that augmentation hid; the last column has the 3D pose projected
    (filled) on the 2D truth (circles).

    Args:
        path: The PNG.
        config: Settings to see the records through.

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
