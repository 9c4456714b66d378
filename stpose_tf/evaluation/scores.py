"""Sums over sequences, from which every number of a report is a quotient."""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.evaluation import metrics, pose_sequence

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scores:
    """Sums of errors in mm; `a + b` are the scores of both sets of sequences.

    Attributes:
        frames: Scored frames, `[]`.
        count: Joints with a known truth, `[joints]`.
        error: Sum of their errors, `[joints]`.
        aligned: Sum of the errors after a Procrustes alignment, `[joints]`.
        scaled: Sum of the errors after scaling, `[joints]`.
        across: Sum of the errors' parts across the camera's axis, `[joints]`.
        depth: Sum of the errors' parts along it, `[joints]`.
        occluded_count: Known joints that were hidden, root left out, `[joints]`.
        occluded_error: Sum of their errors, `[joints]`.
        occluded_aligned: Sum of their errors after the alignment, `[joints]`.
        missing_count: Known joints of frames of which nothing was seen, `[]`.
        missing_error: Sum of their errors, `[]`.
        velocity_weight: Frames of the sequences that have a velocity, `[]`.
        velocity: Sum over sequences of frames x mean error in mm per frame, `[]`.
        speed: The same in mm per second, `[]`.
        below: Number of errors below each threshold of the AUC, `[31]`.
        below_count: Number of errors that these were counted among, `[]`.
        sigma_moments: Sums of 1, x, y, x x, y y, x y of the predicted standard
            errors x and the errors y, root left out, `[6]`.
        log_moments: The same of their logarithms, `[6]`.
    """

    frames: Array
    count: Array
    error: Array
    aligned: Array
    scaled: Array
    across: Array
    depth: Array
    occluded_count: Array
    occluded_error: Array
    occluded_aligned: Array
    missing_count: Array
    missing_error: Array
    velocity_weight: Array
    velocity: Array
    speed: Array
    below: Array
    below_count: Array
    sigma_moments: Array
    log_moments: Array

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in dataclasses.fields(self)
            }
        )


def score(
    sequence: pose_sequence.PoseSequence,
    *,
    fps: float,
    root: int,
    pck_joints: npt.NDArray[np.bool_],
) -> Scores:
    """Returns the sums of one sequence.

    Args:
        sequence: Predictions and truths of one view of one clip.
        fps: Rate of the sequence's frames.
        root: Index of the joint that poses are relative to.
        pck_joints: The joints that PCK and AUC are taken over, `[joints]`.
    """
    valid, truths = sequence.valid, sequence.truths
    # Unknown truths may be anything, NaN included; they must not reach a sum.
    truths = np.where(valid[..., np.newaxis], truths, 0.0)
    predictions = np.where(valid[..., np.newaxis], sequence.predictions, 0.0)
    errors = metrics.joint_errors(predictions, truths)
    aligned = metrics.aligned_errors(predictions, truths, valid=valid)
    scaled = metrics.scaled_errors(predictions, truths, valid=valid)
    not_root = np.arange(valid.shape[1]) != root
    hidden = sequence.occluded & valid & not_root
    missing = valid & sequence.missing[:, np.newaxis]
    counted = valid & pck_joints
    velocity_weight, velocity = _velocity(predictions, truths, sequence)
    chosen = valid & not_root
    # exp(20) mm is past any body, and far from the overflow of an untrained head.
    log_sigma, known = np.clip(sequence.log_sigma[chosen], -20, 20), errors[chosen]
    return Scores(
        frames=np.array(valid.any(axis=1).sum(), np.float64),
        count=valid.sum(axis=0).astype(np.float64),
        error=_sum(errors, valid),
        aligned=_sum(aligned, valid),
        scaled=_sum(scaled, valid),
        across=_sum(metrics.joint_errors(predictions[..., :2], truths[..., :2]), valid),
        depth=_sum(np.abs(predictions - truths)[..., 2], valid),
        occluded_count=hidden.sum(axis=0).astype(np.float64),
        occluded_error=_sum(errors, hidden),
        occluded_aligned=_sum(aligned, hidden),
        missing_count=np.array(missing.sum(), np.float64),
        missing_error=_sum(errors, missing).sum(),
        velocity_weight=velocity_weight,
        velocity=velocity_weight * velocity,
        speed=velocity_weight * velocity * fps,
        below=metrics.counts_below(errors, counted),
        below_count=np.array(counted.sum(), np.float64),
        sigma_moments=_moments(np.exp(log_sigma), known),
        log_moments=_moments(log_sigma, np.log(np.maximum(known, 1e-3))),
    )


def summarize(scores: Scores) -> dict[str, float | None]:
    """Returns the numbers of a report; None where nothing was counted.

    Means are over joints with a known truth, so over frames where all are known.
    """
    count = scores.count.sum()
    hidden = scores.occluded_count.sum()
    return {
        "frames": float(scores.frames),
        "mpjpe_mm": _quotient(scores.error.sum(), count),
        "p_mpjpe_mm": _quotient(scores.aligned.sum(), count),
        "n_mpjpe_mm": _quotient(scores.scaled.sum(), count),
        "across_mm": _quotient(scores.across.sum(), count),
        "depth_mm": _quotient(scores.depth.sum(), count),
        "mpjve_mm_per_frame": _quotient(scores.velocity, scores.velocity_weight),
        "mpjve_mm_per_second": _quotient(scores.speed, scores.velocity_weight),
        "pck_150": _percentage(metrics.pck, scores),
        "auc": _percentage(metrics.auc, scores),
        "occluded_joints": float(hidden),
        "occluded_mpjpe_mm": _quotient(scores.occluded_error.sum(), hidden),
        "occluded_p_mpjpe_mm": _quotient(scores.occluded_aligned.sum(), hidden),
        "missing_frame_joints": float(scores.missing_count),
        "missing_frame_mpjpe_mm": _quotient(scores.missing_error, scores.missing_count),
    }


def summarize_joints(
    scores: Scores, names: tuple[str, ...]
) -> dict[str, dict[str, float | None]]:
    """Returns MPJPE, P-MPJPE and the error while hidden of each joint, in mm."""
    return {
        name: {
            "mpjpe_mm": _quotient(scores.error[joint], scores.count[joint]),
            "p_mpjpe_mm": _quotient(scores.aligned[joint], scores.count[joint]),
            "occluded_mpjpe_mm": _quotient(
                scores.occluded_error[joint], scores.occluded_count[joint]
            ),
            "occluded_joints": float(scores.occluded_count[joint]),
        }
        for joint, name in enumerate(names)
    }


def calibration(scores: Scores) -> dict[str, float | None]:
    """Returns how well the predicted standard errors tell the errors, root left out.

    `correlation` and `log_correlation` are Pearson's, of the two and of their
    logarithms. Sigma is the standard error of one coordinate, so that
    `predicted_rms_mm`, the root of the mean 3 sigma^2, should be `rms_error_mm`.
    """
    count, _, _, squared_sigma, squared_error, _ = scores.sigma_moments
    return {
        "correlation": _correlation(scores.sigma_moments),
        "log_correlation": _correlation(scores.log_moments),
        "predicted_rms_mm": _root(_quotient(3 * squared_sigma, count)),
        "rms_error_mm": _root(_quotient(squared_error, count)),
    }


def _sum(values: Array, mask: npt.NDArray[np.bool_]) -> Array:
    return np.asarray(np.sum(values, axis=0, where=mask, dtype=np.float64))


def _velocity(
    predictions: Array, truths: Array, sequence: pose_sequence.PoseSequence
) -> tuple[Array, Array]:
    """Returns the sequence's weight (its frames) and its mean error in mm/frame."""
    if len(sequence.frames) < 2:
        return np.zeros(()), np.zeros(())
    errors, follows = metrics.velocity_errors(
        predictions, truths, frames=sequence.frames
    )
    known = sequence.valid[1:] & sequence.valid[:-1] & follows[:, np.newaxis]
    if not known.any():
        return np.zeros(()), np.zeros(())
    return np.array(float(len(sequence.frames))), np.array(errors[known].mean())


def _moments(x: Array, y: Array) -> Array:
    return np.array([x.size, x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x @ y)])


def _correlation(moments: Array) -> float | None:
    count, x, y, xx, yy, xy = (float(moment) for moment in moments)
    if count < 2:
        return None
    variances = (count * xx - x * x) * (count * yy - y * y)
    # Rounding leaves a constant with a variance of about 1e-16 of its square.
    if variances <= 1e-12 * (count * xx) * (count * yy):
        return None
    return float((count * xy - x * y) / np.sqrt(variances))


def _quotient(total: Any, count: Any) -> float | None:
    return float(total) / float(count) if count > 0 else None


def _root(value: float | None) -> float | None:
    return None if value is None else math.sqrt(value)


def _percentage(metric: Any, scores: Scores) -> float | None:
    count = float(scores.below_count)
    return metric(scores.below, count) if count > 0 else None
