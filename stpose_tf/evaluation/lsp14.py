"""The 14 joints that the literature scores 3DPW on, for those who own SMPL.

The truth is regressed from the body model's surface: `J_regressor_h36m.npy` gives 17
joints of each mesh, 14 of them in LSP's order count. Neither file ships here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.evaluation import metrics, pose_sequence
from stpose_tf.geometry import skeletons

Array = npt.NDArray[np.float64]

VERTICES = 6890
JOINTS = (
    *("right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle"),
    *("right_wrist", "right_elbow", "right_shoulder"),
    *("left_shoulder", "left_elbow", "left_wrist", "neck", "head_top"),
)
# Rows of the regressor, whose order has the left leg first.
_REGRESSED = (6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10)
_OURS = {"neck": "thorax", "head_top": "head"}
_HIPS = [2, 3]


def from_vertices(vertices: npt.ArrayLike, regressor: npt.ArrayLike) -> Array:
    """Returns the 14 joints of meshes, in the meshes' unit, `[..., 14, 3]`.

    Args:
        vertices: Of SMPL, `[..., 6890, 3]`.
        regressor: `J_regressor_h36m.npy`, `[17, 6890]`.

    Raises:
        InputError: If one of them has another shape.
    """
    vertices, regressor = np.asarray(vertices), np.asarray(regressor)
    for name, array, shape in (
        ("vertices", vertices, (VERTICES, 3)),
        ("the regressor", regressor, (17, VERTICES)),
    ):
        if array.shape[-2:] != shape:
            raise errors.InputError(
                f"LSP joints: expected {name} of shape {list(shape)}. "
                f"Received: {list(array.shape)}"
            )
    rows = regressor[list(_REGRESSED)]
    return np.asarray(np.einsum("jv,...vd->...jd", rows, vertices), np.float64)


def from_h36m17(poses: npt.ArrayLike) -> Array:
    """Returns the joints of `h36m17` poses that stand for the 14, `[..., 14, 3]`."""
    skeleton = skeletons.get("h36m17")
    places = [skeleton.index(_OURS.get(joint, joint)) for joint in JOINTS]
    return np.asarray(poses, np.float64)[..., places, :]


def errors_mm(predictions: npt.ArrayLike, truths: npt.ArrayLike) -> dict[str, float]:
    """Returns MPJPE about the middle of the hips and P-MPJPE, over all frames.

    Args:
        predictions: The 14 joints in mm, `[frames, 14, 3]`.
        truths: Likewise.
    """
    found, true = _about_hips(predictions), _about_hips(truths)
    valid = np.ones(true.shape[:2], np.bool_)
    aligned = metrics.aligned_errors(found, true, valid=valid)
    return {
        "mpjpe_mm": float(metrics.joint_errors(found, true).mean()),
        "p_mpjpe_mm": float(aligned.mean()),
    }


def load_truths(path: Path) -> dict[str, Array]:
    """Returns each clip's true joints, by clip id, from an archive of arrays.

    Args:
        path: `.npz` of arrays `[frames, 14, 3]` in mm, camera frame, named by clip
            id (`downtown_walking_00_0`); frames without truth are NaN.

    Raises:
        InputError: If it is no such archive.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = {name: np.asarray(archive[name]) for name in archive.files}
    except (OSError, ValueError) as error:
        raise errors.InputError(
            f"{path}: expected an .npz archive of arrays. Received: {error}"
        ) from error
    for name, array in found.items():
        if array.ndim != 3 or array.shape[1:] != (len(JOINTS), 3):
            raise errors.InputError(
                f"{path}: expected [frames, {len(JOINTS)}, 3] in {name}. "
                f"Received: {list(array.shape)}"
            )
    return found


def score(
    sequences: Iterable[pose_sequence.PoseSequence],
    truths: Mapping[str, Array],
    *,
    names: Iterable[str],
    stride: int,
) -> dict[str, float]:
    """Returns `errors_mm` over all frames whose truth and official validity is known.

    Args:
        sequences: Predictions of `h36m17`.
        truths: What `load_truths` returned.
        names: Ids of the clips, as `PoseSequence.clip` counts them.
        stride: From a sequence's frame to the next, in the truths' frames.

    Raises:
        InputError: If a clip has no truth, or too few frames of it.
    """
    ids = list(names)
    predicted, true = [], []
    for sequence in sequences:
        name = ids[sequence.clip]
        places = sequence.frames * stride
        if name not in truths or len(truths[name]) <= places.max(initial=0):
            received = len(truths[name]) if name in truths else "none"
            raise errors.InputError(
                f"LSP joints: expected {int(places.max(initial=0)) + 1} frames of "
                f"{name}. Received: {received}"
            )
        truth = truths[name][places]
        known = np.isfinite(truth).all(axis=(1, 2)) & sequence.valid.any(axis=1)
        predicted.append(from_h36m17(sequence.predictions)[known])
        true.append(truth[known])
    if not sum(map(len, true)):
        raise errors.InputError("LSP joints: expected frames with truth. Received: 0")
    return errors_mm(np.concatenate(predicted), np.concatenate(true))


def _about_hips(poses: npt.ArrayLike) -> Array:
    joints = np.asarray(poses, np.float64)
    return np.asarray(joints - joints[:, _HIPS].mean(axis=1, keepdims=True))
