"""Charts and strips of poses as SVG."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.studies import page
from stpose_tf.viz import drawing, skeleton_plot

_COLORS = ("#1f8fe0", "#f0702c", "#2b9348", "#8e44ad", "#b8860b", "#d81b60")
_REFERENCE = "#8a93a0"
_MARKERS = "osD^vP"
_CELL = 1.35  # inches


def draw(block: page.Charts | page.Strip) -> str:
    """Returns a picture as an `<svg>` element.

    Raises:
        InputError: If Matplotlib is not installed.
    """
    made = _charts(block) if isinstance(block, page.Charts) else _strip(block)
    return _svg(made)


def _charts(block: page.Charts) -> Any:
    count = len(block.charts)
    made = drawing.figure(4.4 * count + 0.6, 3.4)
    grid = made.subplots(1, count, squeeze=False, gridspec_kw={"wspace": 0.28})
    for axes, chart in zip(grid[0], block.charts, strict=True):
        _chart(axes, chart)
    return made


def _chart(axes: Any, chart: page.Chart) -> None:
    own = 0
    for series in chart.series:
        y = [np.nan if value is None else value for value in series.y]
        number = own if series.color is None else series.color
        own += series.color is None and not series.reference
        style: dict[str, Any] = {
            "color": _COLORS[number % len(_COLORS)],
            "marker": _MARKERS[number % len(_MARKERS)],
            "markersize": 4.5,
        }
        if series.reference:
            style = {"color": _REFERENCE, "marker": "."}
        if series.reference or series.dashed:
            style["linestyle"] = "--"
        spread = [value or 0.0 for value in series.spread] or None
        axes.errorbar(series.x, y, yerr=spread, label=series.name, capsize=2.5, **style)
    if chart.logarithmic:
        axes.set_xscale("log", base=2)
    if chart.ticks:
        axes.set_xticks(range(len(chart.ticks)), chart.ticks, rotation=30, ha="right")
    elif chart.logarithmic:
        places = sorted({x for series in chart.series for x in series.x})
        axes.set_xticks(places, [f"{place:g}" for place in places])
        axes.minorticks_off()
    axes.set_title(chart.title, fontsize=10, color=drawing.INK)
    axes.set_xlabel(chart.x_label, fontsize=9)
    axes.set_ylabel(chart.y_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(color="#e3e7ee", linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(fontsize=7.5, frameon=False)


def _strip(block: page.Strip) -> Any:
    """Returns rows of what was seen, of each method's answers, and of the truth."""
    seen = skeletons.get(block.input_skeleton)
    joints = skeletons.get(block.output_skeleton)
    truths = np.asarray(block.truths, np.float64)
    inputs = ["input"] if len(block.keypoints) else []
    names = [*inputs, *block.poses, "truth"]
    axes = _grid(names, len(block.names), tall=[name not in inputs for name in names])
    for column, name in enumerate(block.names):
        axes[0, column].set_title(name, fontsize=8, color=drawing.INK)
        if inputs:
            _input(
                axes[0, column],
                np.asarray(block.keypoints[column]),
                np.asarray(block.hidden[column], bool),
                seen,
            )
        for row, poses in enumerate(block.poses.values(), len(inputs)):
            pose = np.asarray(poses[column], np.float64)
            cell = axes[row, column]
            skeleton_plot.draw(cell, pose, joints, ghost=truths[column])
            errors = np.linalg.norm(pose - truths[column], axis=-1)
            known = errors[np.isfinite(errors)]
            if known.size:
                _note(cell, f"{known.mean():.0f} mm", color=drawing.INK)
        skeleton_plot.draw(axes[-1, column], truths[column], joints)
    return axes[0, 0].figure


def _grid(names: Sequence[str], columns: int, *, tall: Sequence[bool]) -> Any:
    """Returns axes without frames, the rows named, `[rows, columns]`."""
    heights = [1.5 if one else 1.0 for one in tall]
    made = drawing.figure(_CELL * columns + 0.8, _CELL * sum(heights) + 0.3)
    axes = made.subplots(
        len(names),
        columns,
        squeeze=False,
        gridspec_kw={"wspace": 0.04, "hspace": 0.04, "height_ratios": heights},
    )
    for one in axes.flat:
        one.set_xticks([])
        one.set_yticks([])
        for spine in one.spines.values():
            spine.set_visible(False)
    for row, name in enumerate(names):
        drawing.row_title(axes[row, 0], name)
    return axes


def _note(axes: Any, text: str, *, color: str) -> None:
    """Writes into the lower left corner."""
    axes.text(0.04, 0.03, text, transform=axes.transAxes, fontsize=7.5, color=color)


def _input(
    axes: Any, keypoints: Any, hidden: Any, skeleton: skeletons.Skeleton
) -> None:
    """Draws keypoints in their crop; a cross is where a hidden one really is."""
    colors = np.array(drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right))
    edges = np.asarray(skeleton.edges)
    edges = edges[~hidden[edges].any(axis=1)]
    axes.set_facecolor("#101318")
    for color in (drawing.MIDDLE, drawing.LEFT, drawing.RIGHT):
        bones = edges[colors[edges[:, 1]] == color]
        skeleton_plot.draw_bones(axes, keypoints[bones], color=color, linewidth=1.6)
        x, y = keypoints[~hidden & (colors == color)].T
        axes.plot(x, y, "o", color=color, markersize=2.4)
    x, y = keypoints[hidden].T
    axes.plot(x, y, "x", color=drawing.HIDDEN, markersize=4.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    axes.set_aspect("equal")
    if hidden.all():
        _note(axes, "missing", color=drawing.HIDDEN)


def _svg(made: Any) -> str:
    import matplotlib as mpl

    target = io.StringIO()
    # The same picture is the same text: no date, no random names. Without metadata it
    # also names no address.
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": "stpose", "svg.fonttype": "none"}):
        made.savefig(target, format="svg", bbox_inches="tight", metadata=metadata)
    text = target.getvalue()
    return text[text.index("<svg") :]
