"""Several clips on one sheet, each a row of instants."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.viz import drawing, skeleton_plot, strip

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One clip of a sheet; poses in the camera frame, root-relative, mm.

    Attributes:
        name: Written beside it.
        predictions: `[time, joints, 3]`.
        truths: `[time, joints, 3]`, drawn in gray; None if there is none.
        hidden: Joints that the network could not see, `[time, joints]`.
    """

    name: str
    predictions: Array
    truths: Array | None = None
    hidden: Array | None = None


def write(
    path: Path,
    rows: Sequence[SheetRow],
    skeleton: skeletons.Skeleton,
    *,
    instants: int = 8,
    title: str = "",
) -> None:
    """Writes a PNG with a row for each clip; truth in gray behind the prediction.

    Args:
        path: The file.
        rows: The clips.
        skeleton: Order of the joints.
        instants: Columns, spread over each clip.
        title: Over it all.

    Raises:
        InputError: If there is no clip or Matplotlib is not installed.
    """
    if not rows:
        raise errors.InputError("Contact sheet: expected a clip. Received: none")
    made = drawing.figure(1.15 * instants + 0.8, 1.75 * len(rows) + 0.4)
    axes = drawing.grid(made, len(rows), instants)
    for row, clip in enumerate(rows):
        label = clip.name
        if clip.truths is not None:
            error = np.linalg.norm(clip.predictions - clip.truths, axis=-1)
            label += f"\n{np.nanmean(error):.0f} mm"
        drawing.row_title(axes[row, 0], label)
        for column, frame in enumerate(strip.spread(len(clip.predictions), instants)):
            skeleton_plot.draw(
                axes[row, column],
                clip.predictions[frame],
                skeleton,
                ghost=None if clip.truths is None else clip.truths[frame],
                hidden=None if clip.hidden is None else clip.hidden[frame],
            )
    if title:
        drawing.title(made, title)
    drawing.save(made, path)
