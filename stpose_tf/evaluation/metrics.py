"""Errors of predicted poses as the field defines them, in NumPy float64.

Poses are root-relative, in mm, in one frame of reference. Every function returns
errors per joint and leaves all averaging to its caller, who knows what counts.
"""

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import alignment

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PCK_THRESHOLD = 150.0  # mm
AUC_THRESHOLDS = np.arange(0.0, PCK_THRESHOLD + 1.0, 5.0)  # mm; 31 values

# The joints of MPI-INF-3DHP's official script that Human3.6M's order also has: head,
# neck, shoulders, elbows, wrists, hips, knees, ankles; without pelvis, spine, nose.
_PCK_LEFT_OUT = {"h36m17": ("hip", "spine", "nose")}


def pck_joints(skeleton_name: str, joints: tuple[str, ...], *, root: int) -> Mask:
    """Returns which joints PCK and AUC are taken over, `[joints]`.

    For `h36m17` the 14 of the MPI-INF-3DHP protocol, else all but the root, which
    would always be right.
    """
    left_out = _PCK_LEFT_OUT.get(skeleton_name, (joints[root],))
    return np.array([joint not in left_out for joint in joints])


def joint_errors(predictions: Array, truths: Array) -> Array:
    """Returns the Euclidean error of each joint in mm, `[..., joints]`.

    Their mean is MPJPE ("Protocol #1"). The root is one of the joints.

    Args:
        predictions: Joint positions in mm, `[..., joints, 3]`.
        truths: Joint positions in mm, `[..., joints, 3]`.
    """
    difference = np.asarray(predictions, np.float64) - np.asarray(truths, np.float64)
    return np.asarray(np.linalg.norm(difference, axis=-1))


def scaled_errors(predictions: Array, truths: Array, *, valid: Mask) -> Array:
    """Returns the errors after the best scale of each frame, `[..., joints]` in mm.

    Their mean is N-MPJPE. Joints that are not valid have no say in the scale.

    Args:
        predictions: Joint positions in mm, `[..., joints, 3]`.
        truths: Joint positions in mm, `[..., joints, 3]`.
        valid: Whether the truth is known, `[..., joints]`.
    """
    scaled = alignment.scale_align(predictions, truths, mask=valid)
    return joint_errors(scaled, truths)


def aligned_errors(predictions: Array, truths: Array, *, valid: Mask) -> Array:
    """Returns the errors after a Procrustes alignment of each frame, in mm.

    Their mean is P-MPJPE ("Protocol #2"): scale, rotation and translation, never a
    reflection. Joints that are not valid have no say in the alignment.

    Args:
        predictions: Joint positions in mm, `[..., joints, 3]`.
        truths: Joint positions in mm, `[..., joints, 3]`.
        valid: Whether the truth is known, `[..., joints]`.

    Returns:
        `[..., joints]`.
    """
    aligned = alignment.procrustes(predictions, truths, mask=valid)
    return joint_errors(aligned, truths)


def velocity_errors(
    predictions: Array, truths: Array, *, frames: npt.NDArray[np.int64]
) -> tuple[Array, Mask]:
    """Returns the errors of the motion from each frame to the next, in mm per frame.

    Args:
        predictions: Joint positions in mm of one clip, `[time, joints, 3]`.
        truths: Joint positions in mm, `[time, joints, 3]`.
        frames: Frame numbers, rising, `[time]`.

    Returns:
        The errors `[time - 1, joints]` and whether the two frames follow each other
        `[time - 1]`: a gap in `frames` is no motion.
    """
    errors = joint_errors(np.diff(predictions, axis=0), np.diff(truths, axis=0))
    return errors, np.diff(frames) == 1


def counts_below(errors: Array, counted: Mask) -> Array:
    """Returns how many errors lie strictly below each of `AUC_THRESHOLDS`, `[31]`.

    Args:
        errors: Errors in mm, any shape.
        counted: Which of them count, same shape.
    """
    ordered = np.sort(errors[counted])
    return np.searchsorted(ordered, AUC_THRESHOLDS, side="left").astype(np.float64)


def pck(below: Array, count: float) -> float:
    """Returns the percentage of errors strictly below 150 mm.

    Args:
        below: What `counts_below` returned, `[31]`.
        count: Number of errors that counted.
    """
    return float(100.0 * below[-1] / count)


def auc(below: Array, count: float) -> float:
    """Returns the mean of the PCK curve at 0, 5, ..., 150 mm, in percent.

    The term at 0 mm is 0, so that 96.77 is the most one can get.

    Args:
        below: What `counts_below` returned, `[31]`.
        count: Number of errors that counted.
    """
    return float(100.0 * np.mean(below) / count)
