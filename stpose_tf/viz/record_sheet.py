"""What records hold, frame by frame: heat maps, 2D and projected 3D, and 3D beside."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.data import motion_shooting
from stpose_tf.data.clip import Clip, View
from stpose_tf.geometry import cameras, crops, heatmaps, skeletons
from stpose_tf.viz import drawing, skeleton_plot, strip

Array = npt.NDArray[Any]

MOST_VIEWS = 4
_CELL = 2.1  # inches
_LONGEST_NAME = 24  # characters beside a cell
_DRAWN_SIZE = (64, 64)
_DIMMED = 0.75  # of heat maps, so that lines stay visible on them
_SEEN = "#ffffff"
_YAWS = (0.0, 1.2)  # rad, from which the 3D is seen
_FLOOR_WIDTH = 700.0  # mm
_NEAR_FLOOR, _EYE = 500.0, 850.0  # mm above it


def write(path: Path, clips: Sequence[Clip]) -> None:
    """Writes a PNG with one row for each frame.

    First come up to four views. Below lie the heat maps, or the keypoints drawn as
    such where none are stored, left blue and right orange. Circles are the 2D
    keypoints, filled where they are truth; lines are the 3D as the view's camera
    projects it. Where there is no camera or no 3D, the lines join the 2D. Then comes
    the 3D in its world from two sides, on the floor.

    Args:
        path: The file; its folder is made.
        clips: What to draw all frames of.

    Raises:
        InputError: If Matplotlib is not installed.
    """
    rows = [(clip, frame) for clip in clips for frame in range(clip.num_frames)]
    views = min(MOST_VIEWS, max(len(clip.views) for clip in clips))
    width = views + len(_YAWS)
    made = drawing.figure(_CELL * width + 0.3, (_CELL + 0.16) * len(rows) + 0.3)
    axes = drawing.grid(made, len(rows), width)
    for row, (clip, frame) in enumerate(rows):
        name = textwrap.fill(clip.clip_id, _LONGEST_NAME)
        drawing.row_title(axes[row, 0], f"{name}\n{clip.dataset}")
        for number, view in enumerate(clip.views[:views]):
            _draw_view(axes[row, number], clip, view, frame=frame)
        for cell, yaw in zip(axes[row, views:], _YAWS, strict=True):
            _draw_world(cell, clip, frame=frame, yaw=yaw)
    for number in range(views):
        axes[0, number].set_title(f"view {number + 1}", fontsize=9, color=drawing.INK)
    for cell, name in zip(axes[0, views:], ("3D", "from its side"), strict=True):
        cell.set_title(name, fontsize=9, color=drawing.INK)
    drawing.save(made, path)


def offsets(clip: Clip, view: View) -> Array | None:
    """Returns how far the projected 3D lies from the 2D truth.

    Joints of the head and the trunk are left out: of these only names agree.

    Args:
        clip: Its skeletons may differ.
        view: One of its views.

    Returns:
        Px of the image, `[points]`, over all frames and limbs where both are known;
        None without 3D or camera.
    """
    projected = _projected(clip, view)
    if projected is None:
        return None
    inputs = skeletons.get(clip.input_skeleton)
    outputs = skeletons.get(clip.output_skeleton)
    names = [
        name
        for name in inputs.joints
        if name in outputs.joints and name.startswith(("left_", "right_"))
    ]
    here = [inputs.index(name) for name in names]
    there = [outputs.index(name) for name in names]
    distances = np.linalg.norm(
        view.keypoints[:, here] - projected[:, there].astype(np.float64), axis=-1
    )
    known = view.labelled[:, here] & np.isfinite(distances)
    return np.asarray(distances[known])


def _projected(clip: Clip, view: View) -> Array | None:
    """Returns the 3D in px of the image, NaN where it is not known."""
    if clip.pose_world is None or view.camera is None:
        return None
    in_camera = cameras.world_to_camera(clip.pose_world, view.camera)
    pixels = np.array(cameras.project(in_camera, view.camera))
    if clip.pose_valid is not None:
        pixels[~clip.pose_valid] = np.nan
    return pixels


def _draw_view(cell: Any, clip: Clip, view: View, *, frame: int) -> None:
    skeleton = skeletons.get(clip.input_skeleton)
    maps = view.heatmaps
    if not isinstance(maps, np.ndarray):
        peaks = motion_shooting.drawn_peaks(view, _DRAWN_SIZE)[frame]
        maps = (
            heatmaps.render(peaks, _DRAWN_SIZE)
            .numpy()[np.newaxis]
            .repeat(clip.num_frames, axis=0)
        )
    height, width = maps.shape[1:3]
    cell.imshow(
        _DIMMED * strip.composite(maps[frame], skeleton), interpolation="nearest"
    )
    seen = view.confidence[frame] > 0
    places = _on_map(view.keypoints[frame], view, frame=frame, size=(height, width))
    places[~seen] = np.nan
    projected = _projected(clip, view)
    if projected is None:
        _draw_lines(cell, places, skeleton, width=0.9)
    else:
        points = _on_map(projected[frame], view, frame=frame, size=(height, width))
        _draw_lines(cell, points, skeletons.get(clip.output_skeleton), width=1.8)
    for chosen, fill in (
        (view.labelled[frame], "full"),
        (~view.labelled[frame], "none"),
    ):
        cell.plot(
            *places[chosen & seen].T,
            linestyle="",
            marker="o",
            markersize=2.6,
            markeredgewidth=0.7,
            color=_SEEN,
            fillstyle=fill,
        )
    cell.set_xlim(-0.5, width - 0.5)
    cell.set_ylim(height - 0.5, -0.5)
    distances = offsets(clip, view)
    if distances is not None and len(distances):
        note = f"3D {np.median(distances):.1f} px from 2D"
    elif clip.pose_world is None:
        note = "no 3D"
    else:
        note = "no camera" if view.camera is None else "3D from the camera"
    cell.set_xlabel(note, fontsize=7, color=drawing.INK, labelpad=2)


def _draw_lines(
    cell: Any, places: Array, skeleton: skeletons.Skeleton, *, width: float
) -> None:
    colors = drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right)
    for parent, child in skeleton.edges:
        color = colors[child] if colors[child] != drawing.MIDDLE else _SEEN
        cell.plot(*places[[parent, child]].T, color=color, linewidth=width)


def _draw_world(cell: Any, clip: Clip, *, frame: int, yaw: float) -> None:
    if clip.pose_world is None:
        cell.text(0.5, 0.5, "2D only", ha="center", va="center", color=drawing.MIDDLE)
        return
    skeleton = skeletons.get(clip.output_skeleton)
    pose = clip.pose_world[frame].astype(np.float64)
    if clip.pose_valid is not None:
        pose = np.where(clip.pose_valid[frame][:, np.newaxis], pose, np.nan)
    if not np.isfinite(pose).any():
        return
    middle = np.nanmean(pose, axis=0)
    if abs(np.nanmin(pose[:, 2])) < _NEAR_FLOOR:
        middle[2] = min(middle[2], _EYE)  # so that the floor is in the picture
    # As a level camera on the ground that looks along y.
    x, y, z = np.moveaxis(pose - middle, -1, 0)
    skeleton_plot.draw(cell, np.stack([x, -z, y], axis=-1), skeleton, yaw=yaw)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * _FLOOR_WIDTH
    floor = np.stack([corners[:, 0], np.full(5, middle[2]), corners[:, 1]], axis=-1)
    right, up, _ = skeleton_plot.project(floor, yaw=yaw).T
    cell.plot(right, up, color=drawing.MIDDLE, linewidth=0.6, zorder=0.5)


def _on_map(
    pixels: Array, view: View, *, frame: int, size: tuple[int, int]
) -> npt.NDArray[Any]:
    unit = crops.image_to_unit(
        np.asarray(pixels, np.float32)[np.newaxis],
        np.asarray(view.crop[frame : frame + 1], np.float32),
    )
    return np.array(heatmaps.unit_to_heatmap(unit, size))[0]
