"""The calibration of a trained model, measured and written down."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from stpose_tf.evaluation import evaluator
from stpose_tf.evaluation.conditions import Condition
from stpose_tf.lifting import calibration, joint_confidence
from stpose_tf.lifting.calibration import CalibrationCurve
from stpose_tf.viz import calibration_plot

JSON, MARKDOWN, PICTURE = "calibration.json", "calibration.md", "calibration.png"
SEEN, OCCLUDED = "seen", "occluded"


def measure(
    predictor: evaluator.Predictor,
    conditions: Sequence[Condition],
    *,
    root_index: int,
    max_windows: int,
) -> dict[str, CalibrationCurve]:
    """Returns curves of the joints that were seen and of those that were hidden.

    Args:
        predictor: Of the trained generator.
        conditions: What is done to the input; all are counted together.
        root_index: The root's place among the joints.
        max_windows: Rows of each condition; 0 takes all.

    Returns:
        By `SEEN` and, if anything was hidden, `OCCLUDED`.
    """
    counts = {
        name: calibration.CalibrationCounts(root_index) for name in (SEEN, OCCLUDED)
    }
    for condition in conditions:
        for sequence in predictor.sequences(condition, max_windows=max_windows):
            hidden = sequence.occluded | sequence.missing[:, np.newaxis]
            counts[SEEN].add(sequence, which=~hidden)
            counts[OCCLUDED].add(sequence, which=hidden)
    curves = {name: count.curve() for name, count in counts.items()}
    return {name: curve for name, curve in curves.items() if curve.counts.any()}


def write(curves: Mapping[str, CalibrationCurve], folder: Path) -> Iterator[Path]:
    """Writes numbers, tables and a picture into a folder; yields their paths."""
    content = {name: curve.as_dict() for name, curve in curves.items()}
    text = json.dumps(content, indent=1, allow_nan=False)
    (folder / JSON).write_text(f"{text}\n", encoding="utf-8")
    yield folder / JSON
    parts = [
        f"## Joints that were {name}\n\n{curve.table()}\n\nStandard errors times "
        f"{curve.sigma_ratio:.2f} would be right on the average; expected calibration "
        f"error {curve.gap:.3f}.\n"
        for name, curve in curves.items()
    ]
    (folder / MARKDOWN).write_text("\n".join(parts), encoding="utf-8")
    yield folder / MARKDOWN
    calibration_plot.write(
        folder / PICTURE,
        {name: (c.predicted, c.measured, c.errors) for name, c in curves.items()},
        radius=joint_confidence.RADIUS,
    )
    yield folder / PICTURE
