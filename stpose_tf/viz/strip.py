"""A strip of instants: what the network saw, the truth, and what it answered."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons
from stpose_tf.viz import drawing, skeleton_plot

Array = npt.NDArray[Any]

_SIDE_COLORS = {
    drawing.LEFT: (0.16, 0.62, 1.0),
    drawing.RIGHT: (1.0, 0.5, 0.22),
    drawing.MIDDLE: (0.85, 0.88, 0.95),
}


def write(
    path: Path,
    *,
    heatmaps: Array,
    predictions: Array,
    input_skeleton: skeletons.Skeleton,
    output_skeleton: skeletons.Skeleton,
    truths: Array | None = None,
    occluded: Array | None = None,
    hidden_joints: Array | None = None,
    places: Array | None = None,
    instants: int = 8,
    title: str = "",
) -> None:
    """Writes a PNG with one column for each instant.

    Args:
        path: The file.
        heatmaps: What the network was given, `[time, height, width, keypoints]`.
        predictions: Root-relative, mm, `[time, joints, 3]`.
        input_skeleton: Order of the heat maps.
        output_skeleton: Order of the joints.
        truths: Root-relative, mm, `[time, joints, 3]`, NaN where unknown.
        occluded: Keypoints that were hidden, `[time, keypoints]`.
        hidden_joints: Joints that could not be seen, `[time, joints]`.
        places: Where the keypoints are in heat-map px, hidden ones too,
            `[time, keypoints, 2]`; hidden ones get a cross there.
        instants: Columns, spread over the time.
        title: Over it all.

    Raises:
        InputError: If Matplotlib is not installed.
    """
    frames = spread(len(heatmaps), instants)
    rows = 2 if truths is None else 3
    made = drawing.figure(1.55 * len(frames) + 0.4, 1.6 * rows + 0.5)
    axes = drawing.grid(made, rows, len(frames))
    for column, frame in enumerate(frames):
        hidden = None if occluded is None else np.asarray(occluded[frame]) > 0.5
        _draw_input(
            axes[0, column],
            heatmaps[frame],
            input_skeleton,
            hidden=hidden,
            places=None if places is None else places[frame],
        )
        axes[0, column].set_title(f"frame {frame}", fontsize=8, color=drawing.INK)
        joints = None if hidden_joints is None else hidden_joints[frame]
        last = axes[-1, column]
        skeleton_plot.draw(last, predictions[frame], output_skeleton, hidden=joints)
        if truths is not None:
            skeleton_plot.draw(axes[1, column], truths[frame], output_skeleton)
            error = np.linalg.norm(predictions[frame] - truths[frame], axis=-1)
            if np.isfinite(error).any():
                last.set_xlabel(
                    f"{np.nanmean(error):.0f} mm", fontsize=8, color=drawing.INK
                )
    names = ("heat maps", "truth", "prediction") if rows == 3 else ("heat maps", "3D")
    for row, name in enumerate(names):
        drawing.row_title(axes[row, 0], name)
    if title:
        drawing.title(made, title)
    drawing.save(made, path)


def composite(heatmaps: Array, skeleton: skeletons.Skeleton) -> Array:
    """Returns heat maps as one picture, left blue and right orange on black.

    Args:
        heatmaps: `[height, width, keypoints]` in 0..1.
        skeleton: Order of the heat maps.

    Returns:
        RGB in 0..1, `[height, width, 3]`.
    """
    names = drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right)
    colors = np.array([_SIDE_COLORS[name] for name in names])
    return np.clip(np.asarray(heatmaps, np.float64) @ colors, 0.0, 1.0)


def spread(frames: int, instants: int) -> list[int]:
    """Returns up to `instants` different frames from the first to the last."""
    chosen = np.linspace(0, frames - 1, min(frames, instants)).round()
    return [int(frame) for frame in chosen]


def _draw_input(
    axes: Any,
    heatmaps: Array,
    skeleton: skeletons.Skeleton,
    *,
    hidden: Array | None,
    places: Array | None,
) -> None:
    height, width = heatmaps.shape[:2]
    axes.imshow(composite(heatmaps, skeleton), interpolation="nearest")
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    if hidden is None or not hidden.any():
        return
    if places is not None:
        axes.plot(
            *np.asarray(places)[hidden].T,
            linestyle="",
            marker="x",
            markersize=4.5,
            markeredgewidth=1.2,
            color=drawing.HIDDEN,
        )
    if hidden.all():
        axes.text(
            0.05,
            0.9,
            "missing",
            transform=axes.transAxes,
            fontsize=8,
            color=drawing.HIDDEN,
        )
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_edgecolor(drawing.HIDDEN)
        spine.set_linewidth(2.0 if hidden.all() else 0.8)
