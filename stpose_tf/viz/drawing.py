"""Matplotlib without its global state, and only when it is asked for."""

from pathlib import Path
from typing import Any

from stpose_tf import extras

LEFT, RIGHT, MIDDLE = "#1f8fe0", "#f0702c", "#5b6472"
HIDDEN = "#d81b60"
PAPER, INK = "#ffffff", "#20252e"


def figure(width: float, height: float) -> Any:
    """Returns an empty `matplotlib.figure.Figure`, sizes in inches.

    Raises:
        InputError: If Matplotlib is not installed.
    """
    figures = extras.load("matplotlib.figure", extra="viz", asker="Pictures")
    return figures.Figure(figsize=(width, height), facecolor=PAPER)


def grid(made: Any, rows: int, columns: int) -> Any:
    """Returns axes without frames, `[rows, columns]`."""
    axes = made.subplots(
        rows, columns, squeeze=False, gridspec_kw={"wspace": 0.04, "hspace": 0.06}
    )
    for one in axes.flat:
        one.set_xticks([])
        one.set_yticks([])
        for spine in one.spines.values():
            spine.set_visible(False)
    return axes


def row_title(axes: Any, text: str) -> None:
    """Writes `text` beside the first axes of a row."""
    axes.set_ylabel(text, color=INK, fontsize=9, labelpad=6)


def title(made: Any, text: str) -> None:
    """Writes `text` over a figure, a third of an inch above its axes."""
    top = made.subplotpars.top + 0.33 / made.get_figheight()
    made.suptitle(text, fontsize=10, color=INK, y=top, va="bottom")


def save(made: Any, path: Path) -> None:
    """Writes a figure as PNG; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(path, format="png", dpi=110, bbox_inches="tight", pad_inches=0.15)


def sides(count: int, left: tuple[int, ...], right: tuple[int, ...]) -> list[str]:
    """Returns the color of each of `count` joints."""
    colors = [MIDDLE] * count
    for joint in left:
        colors[joint] = LEFT
    for joint in right:
        colors[joint] = RIGHT
    return colors
