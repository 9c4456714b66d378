"""What the two networks are trained for, term by term (paper Eqs. 1-6).

Each function maps one replica's part of a batch to `{name: (sum, count)}`. Lengths
are metres in here, so that the terms of Eq. 6 are of one order.
"""

import tensorflow as tf
from keras import ops

from stpose_tf import config as configs
from stpose_tf.geometry import skeleton_maps
from stpose_tf.losses import (
    adversarial,
    likelihood,
    multi_view,
    reprojection,
    supervised,
)

Batch = dict[str, tf.Tensor]
Terms = dict[str, tuple[tf.Tensor, tf.Tensor]]
_MM_PER_M = 1000.0

_PER_WINDOW = (
    "heatmaps",
    "frame_mask",
    "pose",
    "pose_valid",
    "crop_rotation",
    "keypoint_labels",
    "labelled",
    "only_2d",
    "view_rotation",
    "real_rotation",
    "corrupted",
)


def windows(batch: Batch) -> Batch:
    """Returns the entries `[groups, 2, ...]` as `[groups * 2, ...]`.

    Poses come in mm and leave in metres, zero where there is no truth.
    """
    flat = {
        name: ops.reshape(batch[name], (-1, *batch[name].shape[2:]))
        for name in _PER_WINDOW
    }
    valid = flat["pose_valid"][..., None] > 0
    for name in ("pose", "corrupted"):
        flat[name] = ops.where(valid, flat[name] / _MM_PER_M, 0.0)
    return flat


def camera_poses(poses: tf.Tensor, crop_rotation: tf.Tensor) -> tf.Tensor:
    """Returns predictions in metres in the camera frame, `X = R_crop^T Y`.

    Args:
        poses: Root-relative joints in mm in the crop frame, `[..., joints, 3]`.
        crop_rotation: From the camera frame to the crop frame, `[..., 3, 3]`.
    """
    poses = ops.cast(poses, "float32") / _MM_PER_M
    return ops.einsum("...ed,...je->...jd", crop_rotation, poses)


def supervised_terms(
    poses: tf.Tensor,
    log_sigma: tf.Tensor,
    batch: Batch,
    *,
    keypoint_map: skeleton_maps.LinearMap,
    root_index: int,
) -> Terms:
    """Returns the generator's terms that need no discriminator.

    L3d, Lmv and L2d are squared errors of a whole pose (X in Eqs. 1-3 holds all
    keypoints): summed over joints, averaged over poses. A partly labelled pose counts
    by its share of labels. A mean over joints would be 17 times less, and the
    adversarial term of Eq. 6 would outweigh them. The error estimate's own term is a
    mean over joints.

    Args:
        poses: Predicted joints in m, camera frame, `[windows, time, joints, 3]`.
        log_sigma: Log of the predicted error in mm, `[windows, time, joints]`.
        batch: A training batch; both its per-window entries (`windows`) and
            `pair_rotation`, `pair_weight`.
        keypoint_map: From the predicted joints to the labelled keypoints.
        root_index: The joint that is 0 by definition: its error says nothing.
    """
    weights = batch["pose_valid"]
    no_root = 1.0 - ops.one_hot(root_index, poses.shape[-2], dtype="float32")
    pairs = ops.reshape(poses, (-1, 2, *poses.shape[1:]))
    inside = ops.reshape(batch["frame_mask"], (-1, 2, poses.shape[1]))
    only_2d = batch["only_2d"][:, None, None]
    joints = poses.shape[-2]
    return {
        "supervised_3d": _per_pose(
            supervised.supervised_3d(poses, batch["pose"], weights=weights), joints
        ),
        "multi_view": _per_pose(
            multi_view.multi_view(
                pairs[:, 0],
                pairs[:, 1],
                rotation=batch["pair_rotation"],
                weights=batch["pair_weight"][:, None] * inside[:, 0] * inside[:, 1],
            ),
            joints,
        ),
        "reprojection": _per_pose(
            reprojection.reprojection(
                ops.einsum("btde,btje->btjd", batch["crop_rotation"], poses),
                batch["keypoint_labels"],
                weights=batch["labelled"] * only_2d,
                keypoint_map=keypoint_map,
            ),
            int(keypoint_map.valid.sum()),
        ),
        "likelihood": likelihood.likelihood(
            ops.cast(log_sigma, "float32"),
            poses,
            targets=batch["pose"],
            weights=weights * no_root,
        ),
    }


def _per_pose(
    term: tuple[tf.Tensor, tf.Tensor], joints: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns a sum over joints and the number of poses that they make up."""
    total, count = term
    return total, count / joints


def generator_adversarial(
    logits: tf.Tensor, whole: tf.Tensor, *, form: configs.AdversarialForm
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns `L'gen` (Eq. 5): what the generator pays for logits.

    Args:
        logits: `[windows, patches]`.
        whole: 1 for windows without frames outside their clip, `[windows]`.
        form: GAN objective.
    """
    return adversarial.objective(logits, adversarial.says_real(form), weights=whole)


def whole(batch: Batch) -> tf.Tensor:
    """Returns 1 for windows without frames outside their clip, `[W]`."""
    return ops.min(batch["frame_mask"], axis=1)


def fully_valid(batch: Batch) -> tf.Tensor:
    """Returns 1 for windows that are true motion in every joint and frame, `[W]`."""
    return ops.min(batch["pose_valid"], axis=(1, 2)) * (1.0 - batch["only_2d"])


def discriminator_terms(
    logits: dict[str, tf.Tensor],
    real_weights: tf.Tensor,
    whole: tf.Tensor,
    *,
    form: configs.AdversarialForm,
) -> Terms:
    """Returns what the discriminator pays, and how often it is right.

    Args:
        logits: Of the motions `real`, `generated` and perhaps `corrupted`,
            `[windows, patches]` each.
        real_weights: 1 where a window holds true motion, `[windows]`.
        whole: 1 for windows without frames outside their clip, `[windows]`.
        form: GAN objective.
    """
    terms: Terms = {}
    for name, values in logits.items():
        is_real = name == "real"
        cost = (adversarial.says_real if is_real else adversarial.says_false)(form)
        weights = whole if name == "generated" else real_weights
        terms[name] = adversarial.objective(values, cost, weights=weights)
        terms[f"accuracy_{name}"] = adversarial.objective(
            values, _is_right(is_real, form), weights=weights
        )
    return terms


def mpjpe(poses: tf.Tensor, batch: Batch) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the sum and count of the joint errors in mm (no loss: for the log)."""
    weights = batch["pose_valid"]
    squared = supervised.squared_errors(poses, batch["pose"], weights=weights)
    errors = _MM_PER_M * ops.sqrt(squared)
    return ops.sum(weights * errors), ops.sum(weights)


def _is_right(is_real: bool, form: configs.AdversarialForm) -> adversarial.Objective:
    threshold = adversarial.threshold(form)
    if is_real:
        return lambda logits: ops.cast(logits > threshold, "float32")
    return lambda logits: ops.cast(logits <= threshold, "float32")
