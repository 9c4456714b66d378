"""Whether an exported model says what the model in Keras says."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import errors

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """How far off an export may be, in mm; None sets no limit.

    Attributes:
        largest: Distance of any joint from where the model puts it.
        mean: Mean of these distances.
        mpjpe_change: Change of the error against the truth, up or down.
        mpjpe_increase: Change of that error upwards.
    """

    largest: float | None = None
    mean: float | None = None
    mpjpe_change: float | None = None
    mpjpe_increase: float | None = None


FLOAT32 = Limits(largest=0.01)
FLOAT16 = Limits(largest=3.0, mean=0.5, mpjpe_change=0.1)
INT8 = Limits(mpjpe_increase=1.5)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison; distances are between a joint of the export and of the model.

    Attributes:
        condition: What was done to the input.
        batch: Clips in a batch.
        time: Frames of each.
        largest: Largest distance, in mm; infinite if something is no number.
        mean: Mean distance, in mm.
        mpjpe: Mean error of the export against the truth, in mm.
        mpjpe_change: By how much that is more than the model's.
        log_sigma: Largest difference of a log standard error.
    """

    condition: str
    batch: int
    time: int
    largest: float
    mean: float
    mpjpe: float
    mpjpe_change: float
    log_sigma: float

    def excesses(self, limits: Limits) -> Iterator[str]:
        """Yields each limit that is not kept, and by what."""
        for name, limit, value in (
            ("largest distance", limits.largest, self.largest),
            ("mean distance", limits.mean, self.mean),
            ("change of MPJPE", limits.mpjpe_change, abs(self.mpjpe_change)),
            ("increase of MPJPE", limits.mpjpe_increase, self.mpjpe_change),
        ):
            # Written so that NaN, which no comparison finds larger, is an excess.
            if limit is not None and not value <= limit:
                yield f"{name} at most {limit:g} mm. Received: {value:.4f} mm"
        if not np.isfinite([self.largest, self.log_sigma]).all():
            yield "numbers. Received: values that are none, or another shape"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parity:
    """How far an export is from its model.

    Attributes:
        limits: How far it may be.
        cases: One for each condition, batch size and length.
    """

    limits: Limits
    cases: tuple[Case, ...]

    @property
    def good(self) -> bool:
        """Whether every case is within the limits."""
        return bool(self.cases) and not any(
            reason for case in self.cases for reason in case.excesses(self.limits)
        )

    @property
    def largest(self) -> float:
        """Largest distance in any case, in mm."""
        return max(case.largest for case in self.cases)

    @property
    def mean(self) -> float:
        """Largest mean distance of a case, in mm."""
        return max(case.mean for case in self.cases)

    @property
    def mpjpe_change(self) -> float:
        """The change of MPJPE that is furthest from 0, in mm."""
        return max((case.mpjpe_change for case in self.cases), key=abs)

    def to_dict(self) -> dict[str, Any]:
        """Returns JSON values; what is no number is None."""
        return {
            "good": self.good,
            "limits_mm": dataclasses.asdict(self.limits),
            "largest_mm": _finite(self.largest),
            "mean_mm": _finite(self.mean),
            "mpjpe_change_mm": _finite(self.mpjpe_change),
            "cases": [
                {
                    "condition": case.condition,
                    "batch": case.batch,
                    "time": case.time,
                    "largest_mm": _finite(case.largest),
                    "mean_mm": _finite(case.mean),
                    "mpjpe_mm": _finite(case.mpjpe),
                    "mpjpe_change_mm": _finite(case.mpjpe_change),
                    "log_sigma": _finite(case.log_sigma),
                }
                for case in self.cases
            ],
        }

    def require(self, what: str) -> None:
        """Raises InputError unless the export is good."""
        for case in self.cases:
            for reason in case.excesses(self.limits):
                raise errors.InputError(
                    f"{what}: on {case.condition} input, {case.batch} clips of "
                    f"{case.time} frames, expected {reason}; nothing was written"
                )


def compare(
    received: dict[str, Array],
    expected: dict[str, Array],
    *,
    truths: Array,
    valid: npt.NDArray[np.bool_],
    condition: str,
    batch: int,
) -> Case:
    """Returns how far an export's outputs are from the model's.

    Args:
        received: `pose` and `log_sigma` of the export.
        expected: The same of the model, `[windows, time, joints, ...]`.
        truths: In mm in the crop frame, `[windows, time, joints, 3]`.
        valid: Whether the truth is known, `[windows, time, joints]`.
        condition: What was done to the input.
        batch: Clips in a batch.
    """
    poses = _like(received["pose"], expected["pose"])
    log_sigma = _like(received["log_sigma"], expected["log_sigma"])
    apart = np.linalg.norm(poses - expected["pose"], axis=-1)
    error = np.linalg.norm(poses - truths, axis=-1)[valid]
    own_error = np.linalg.norm(expected["pose"] - truths, axis=-1)[valid]
    return Case(
        condition=condition,
        batch=batch,
        time=poses.shape[1],
        largest=float(np.max(apart)),
        mean=float(np.mean(apart)),
        mpjpe=float(np.mean(error)),
        mpjpe_change=float(np.mean(error) - np.mean(own_error)),
        log_sigma=float(np.max(np.abs(log_sigma - expected["log_sigma"]))),
    )


def _like(received: Array, expected: Array) -> Array:
    """Returns what was received in float64, infinite where it is no answer at all."""
    if received.shape != expected.shape:
        return np.full(expected.shape, np.inf)
    received = np.asarray(received, np.float64)
    return np.where(np.isfinite(received), received, np.inf)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
