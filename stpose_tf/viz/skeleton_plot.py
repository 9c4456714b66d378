"""One pose on Matplotlib axes, left blue and right orange."""

from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons
from stpose_tf.viz import drawing

Array = npt.NDArray[Any]

REACH = 980.0  # mm from the middle of the picture to its upper edge
_GHOST = "#c3c9d2"


def project(pose: Array, *, yaw: float = 0.6, pitch: float = 0.15) -> Array:
    """Returns a pose as seen from the side and from above, without perspective.

    Args:
        pose: Camera frame (x right, y down, z forward), mm, `[..., joints, 3]`.
        yaw: Turn about the vertical axis in rad; at 0 it is the camera's view.
        pitch: Elevation of the eye in rad.

    Returns:
        Right and up in mm, and the depth, larger is farther, `[..., joints, 3]`.
    """
    x, y, z = np.moveaxis(np.asarray(pose, np.float64), -1, 0)
    right = np.cos(yaw) * x - np.sin(yaw) * z
    away = np.sin(yaw) * x + np.cos(yaw) * z
    up = -np.cos(pitch) * y + np.sin(pitch) * away
    depth = np.cos(pitch) * away + np.sin(pitch) * y
    return np.stack([right, up, depth], axis=-1)


def draw(
    axes: Any,
    pose: Array,
    skeleton: skeletons.Skeleton,
    *,
    ghost: Array | None = None,
    hidden: Array | None = None,
    yaw: float = 0.6,
    pitch: float = 0.15,
) -> None:
    """Draws one pose.

    Args:
        axes: Where to.
        pose: Camera frame, root-relative, mm, `[joints, 3]`; joints that are NaN are
            left out.
        skeleton: Its joints and bones.
        ghost: Another pose of the same skeleton to draw in gray behind it.
        hidden: Joints that the network could not see, `[joints]`; they are hollow
            and their bones dotted.
        yaw: Of `project`.
        pitch: Of `project`.
    """
    # As wide as the cell allows: a standing body needs little.
    box = axes.get_window_extent()
    axes.set_xlim(-REACH * box.width / box.height, REACH * box.width / box.height)
    axes.set_ylim(-REACH, REACH)
    axes.set_aspect("equal")
    if ghost is not None:
        ends = project(ghost, yaw=yaw, pitch=pitch)[np.asarray(skeleton.edges)]
        draw_bones(axes, ends, color=_GHOST, linewidth=4.0, zorder=1.0)
    places = project(pose, yaw=yaw, pitch=pitch)
    unseen = np.zeros(len(places), bool) if hidden is None else np.asarray(hidden)
    colors = drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right)
    for parent, child in skeleton.edges:
        ends = places[[parent, child]]
        draw_bones(
            axes,
            ends[None],
            color=colors[child],
            linewidth=2.4,
            linestyle=(0, (1.0, 1.2)) if unseen[child] else "-",
            zorder=_order(ends[:, 2].mean()),
        )
    for joint, (right, up, depth) in enumerate(places):
        if np.isfinite(right):
            axes.plot(
                right,
                up,
                marker="o",
                markersize=3.6,
                markeredgewidth=1.1,
                markeredgecolor=colors[joint],
                markerfacecolor=drawing.PAPER if unseen[joint] else colors[joint],
                zorder=_order(depth) + 0.05,
            )


def draw_bones(axes: Any, ends: Array, **style: Any) -> None:
    """Draws bones as one line, so that a picture of many skeletons stays small.

    Args:
        axes: Where to.
        ends: Of the bones, `[bones, 2, 2 or more]`; those with a NaN are left out.
        **style: Of the line.
    """
    known = ends[np.isfinite(ends).all(axis=(1, 2)), :, :2]
    if known.size:
        gaps = np.full((len(known), 1, 2), np.nan)
        x, y = np.concatenate([known, gaps], axis=1).reshape(-1, 2)[:-1].T
        axes.plot(x, y, solid_capstyle="round", **style)


def _order(depth: float) -> float:
    """Returns a drawing order: the nearer, the later; always after a ghost."""
    return float(3.0 - np.clip(np.nan_to_num(depth) / 2000.0, -0.9, 0.9))
