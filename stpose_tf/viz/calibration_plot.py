"""Confidence beside what it was worth, as a picture."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stpose_tf.viz import drawing

Array = npt.NDArray[np.float64]
_COLORS = (drawing.LEFT, drawing.RIGHT, drawing.HIDDEN, drawing.MIDDLE)


def write(
    path: Path, curves: Mapping[str, tuple[Array, Array, Array]], *, radius: float
) -> None:
    """Writes a PNG: curves on the diagonal are right.

    Args:
        path: The file.
        curves: By name: mean confidence, share that was right, and mean error in mm
            of each bin, NaN in empty ones, `[bins]`.
        radius: Nearer than this to the truth is right, in mm.

    Raises:
        InputError: If Matplotlib is not installed.
    """
    made = drawing.figure(9.0, 3.6)
    shares, sizes = made.subplots(1, 2)
    shares.plot([0, 1], [0, 1], color="#c3c9d2", linewidth=1.0)
    for color, (name, (predicted, measured, errors)) in zip(
        _COLORS * len(curves), curves.items(), strict=False
    ):
        style = {"color": color, "marker": "o", "markersize": 3.5, "label": name}
        shares.plot(predicted, measured, **style)
        sizes.plot(predicted, errors, **style)
    for axes, label in ((shares, f"within {radius:g} mm"), (sizes, "mean error in mm")):
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(f"confidence to be within {radius:g} mm", fontsize=8)
        axes.set_ylabel(label, fontsize=8)
        axes.tick_params(labelsize=7)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    shares.set_ylim(0, 1)
    sizes.legend(fontsize=7, frameon=False)
    drawing.save(made, path)
