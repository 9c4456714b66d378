"""Whether an exported model says what the model in Keras says."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import heatmaps
from stpose_tf.models import stpose

LIMIT_MM = 0.01
BATCH_SIZES = (1, 3)
LENGTHS = (9, 40)

Run = Callable[[npt.NDArray[np.float32]], Mapping[str, npt.NDArray[np.float32]]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison.

    Attributes:
        batch: Clips in the batch.
        time: Frames of each.
        pose_mm: Largest difference of a coordinate, in mm.
        log_sigma: Largest difference of a log standard error.
    """

    batch: int
    time: int
    pose_mm: float
    log_sigma: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parity:
    """How far an export is from its model.

    Attributes:
        cases: One for each batch size and length.
    """

    cases: tuple[Case, ...]

    @property
    def pose_mm(self) -> float:
        """Largest difference of a coordinate in any case, in mm."""
        return max(case.pose_mm for case in self.cases)

    @property
    def good(self) -> bool:
        """Whether no coordinate differs by more than 0.01 mm."""
        return all(case.pose_mm <= LIMIT_MM for case in self.cases)

    def to_dict(self) -> dict[str, Any]:
        """Returns JSON values; a difference that is no number is None."""
        cases = [dataclasses.asdict(case) for case in self.cases]
        return {
            "limit_mm": LIMIT_MM,
            "good": self.good,
            "largest_mm": _finite(self.pose_mm),
            "cases": [{k: _finite(v) for k, v in case.items()} for case in cases],
        }

    def require(self, what: str) -> None:
        """Raises InputError unless the export is good."""
        if not self.good:
            raise errors.InputError(
                f"{what}: expected poses within {LIMIT_MM} mm of the model's. "
                f"Received: {self.pose_mm:.4f} mm; nothing was written"
            )


def compare(generator: stpose.STPose, exported: Run, *, seed: int = 0) -> Parity:
    """Returns how far `exported` is from `generator` on several shapes of input."""
    cases = []
    for batch in BATCH_SIZES:
        for time in LENGTHS:
            maps = sample(batch, time, shape=generator.heatmap_shape, seed=seed)
            expected = generator({"heatmaps": maps}, training=False)
            received = exported(maps.numpy())
            cases.append(
                Case(
                    batch=batch,
                    time=time,
                    pose_mm=_largest(expected["pose"], received["pose"]),
                    log_sigma=_largest(expected["log_sigma"], received["log_sigma"]),
                )
            )
    return Parity(cases=tuple(cases))


def sample(batch: int, time: int, *, shape: tuple[int, ...], seed: int) -> tf.Tensor:
    """Returns heat maps of blobs at random places, a fifth of them missing.

    Args:
        batch: Clips.
        time: Frames of each.
        shape: Height, width and keypoints.
        seed: Of the random places.

    Returns:
        `[batch, time, height, width, keypoints]` in 0..1.
    """
    height, width, keypoints = shape
    uniform = tf.random.stateless_uniform((batch, time, keypoints, 1, 4), (seed, time))
    high = tf.where(uniform[..., 3:] < 0.2, 0.0, uniform[..., 3:])
    scale = tf.constant([width, height, 2.0], tf.float32)
    peaks = tf.concat([uniform[..., :3] * scale + [0.0, 0.0, 1.0], high], axis=-1)
    return heatmaps.render(peaks, (height, width))


def _largest(expected: tf.Tensor, received: npt.NDArray[np.float32]) -> float:
    expected = np.asarray(expected, np.float64)
    if expected.shape != received.shape:
        return float("inf")
    difference = np.abs(expected - received)
    # A NaN compares as smaller than any limit, so it must not stay one.
    return float(np.max(np.where(np.isfinite(difference), difference, np.inf)))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
