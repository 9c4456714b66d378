"""The mean training pose: the guess that a model has to beat."""

from collections.abc import Iterable, Mapping

import numpy as np
import tensorflow as tf


def mean_pose(batches: Iterable[Mapping[str, tf.Tensor]]) -> np.ndarray:
    """Returns the mean pose in the crop frame in mm, `[joints, 3]`.

    Joints that no frame has are 0.

    Args:
        batches: With `pose` in mm in the camera frame `[..., joints, 3]`,
            `pose_valid` `[..., joints]` and `crop_rotation` `[..., 3, 3]`.
    """
    total, count = 0.0, 0.0
    for batch in batches:
        valid = np.asarray(batch["pose_valid"], np.float64)[..., np.newaxis]
        pose = np.where(valid > 0, np.asarray(batch["pose"], np.float64), 0.0)
        seen = np.einsum("...de,...je->...jd", batch["crop_rotation"], pose)
        axes = tuple(range(seen.ndim - 2))
        total = total + (valid * seen).sum(axis=axes)
        count = count + valid.sum(axis=axes)
    return np.asarray(total / np.maximum(count, 1.0))
