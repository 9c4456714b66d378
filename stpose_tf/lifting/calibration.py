"""Whether joints that a model is unsure of are wrong more often, and how often."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.evaluation.pose_sequence import PoseSequence
from stpose_tf.lifting import joint_confidence

Array = npt.NDArray[np.float64]

_BINS = 10


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibrationCurve:
    """Confidence beside what it was worth, in equal steps of confidence.

    Attributes:
        predicted: Mean confidence of the joints in a bin, NaN in empty ones, `[bins]`.
        measured: Share of them that are nearer than the radius to the truth, `[bins]`.
        errors: Mean distance from the truth in mm, `[bins]`.
        counts: Joints in the bin, int64, `[bins]`.
        sigma_ratio: What the standard errors would have to be multiplied by to be
            right on the average: the root of the mean of error^2 / (3 sigma^2).
    """

    predicted: Array
    measured: Array
    errors: Array
    counts: npt.NDArray[np.int64]
    sigma_ratio: float

    @property
    def gap(self) -> float:
        """The expected calibration error: the mean of |predicted - measured|."""
        there = self.counts > 0
        apart = np.abs(self.predicted - self.measured)[there]
        return float(np.average(apart, weights=self.counts[there]))

    def table(self) -> str:
        """Returns a Markdown table of the bins."""
        lines = [
            "| confidence | joints | predicted | within 100 mm | mean error mm |",
            "|---|---:|---:|---:|---:|",
        ]
        for number, count in enumerate(self.counts):
            if count:
                lines.append(
                    f"| {number / _BINS:.1f} to {(number + 1) / _BINS:.1f} "
                    f"| {count:,} | {100 * self.predicted[number]:.1f} % "
                    f"| {100 * self.measured[number]:.1f} % "
                    f"| {self.errors[number]:.1f} |"
                )
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Returns the numbers ready for JSON, null for NaN."""
        columns = {
            name: [
                None if np.isnan(value) else round(float(value), 4)
                for value in getattr(self, name)
            ]
            for name in ("predicted", "measured", "errors")
        }
        return {
            "radius_mm": joint_confidence.RADIUS,
            **columns,
            "counts": self.counts.tolist(),
            "sigma_ratio": round(self.sigma_ratio, 4),
            "expected_calibration_error": round(self.gap, 4),
        }


class CalibrationCounts:
    """Adds up joints of which the truth is known; the root, always right, is not one.

    Args:
        root_index: The root's place among the joints.
    """

    def __init__(self, root_index: int) -> None:
        self._root = root_index
        self._sums = np.zeros((4, _BINS))  # joints, confidence, near, error
        self._ratio = 0.0

    def add(self, sequence: PoseSequence, *, which: npt.NDArray[np.bool_]) -> None:
        """Takes the joints of a sequence.

        Args:
            sequence: Predictions beside the truth.
            which: Which joints count, `[time, joints]`.
        """
        chosen = which & sequence.valid
        chosen[:, self._root] = False
        error = np.linalg.norm(sequence.predictions - sequence.truths, axis=-1)[chosen]
        log_sigma = sequence.log_sigma[chosen]
        confidence = joint_confidence.within(log_sigma)
        places = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
        near = (error < joint_confidence.RADIUS).astype(np.float64)
        for row, values in enumerate((np.ones(len(error)), confidence, near, error)):
            self._sums[row] += np.bincount(places, values, minlength=_BINS)
        self._ratio += float((error**2 / 3.0 * np.exp(-2.0 * log_sigma)).sum())

    def curve(self) -> CalibrationCurve:
        """Returns what was added so far."""
        counts = self._sums[0]
        means = np.full((3, _BINS), np.nan)
        np.divide(self._sums[1:], counts, out=means, where=counts > 0)
        return CalibrationCurve(
            predicted=means[0],
            measured=means[1],
            errors=means[2],
            counts=counts.astype(np.int64),
            sigma_ratio=float(np.sqrt(self._ratio / max(counts.sum(), 1.0))),
        )
