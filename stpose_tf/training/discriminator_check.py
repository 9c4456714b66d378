"""Whether the discriminator tells real motion from motion that no body makes."""

import keras
import numpy as np
import tensorflow as tf

from stpose_tf.data.windows import motion_corruption
from stpose_tf.geometry import rotations

_MM_PER_M = 1000.0


def discriminator_check(
    discriminator: keras.Model, poses: np.ndarray, *, skeleton_name: str, seed: int
) -> dict[str, float]:
    """Returns the area under the ROC curve for each kind of corruption.

    Every window is seen as it is and corrupted, both from one random view; 0.5 is
    guessing, 1.0 tells every pair of windows apart.

    Args:
        discriminator: Maps poses in m and a rotation to logits of patches.
        poses: Held-out motion in mm, root-relative, camera frame, every joint valid,
            `[windows, time, joints, 3]`.
        skeleton_name: Name of the joints' skeleton, a tree.
        seed: Of the corruptions and the views.
    """
    motions = tf.constant(poses, tf.float32)
    seeds = tf.stack([tf.fill([len(poses)], seed), tf.range(len(poses))], axis=1)
    views = rotations.random_view_rotation(tf.constant([seed, -1]), (len(poses),))
    corruptions = {
        "shuffled": lambda pose, at: motion_corruption.shuffle(pose, at),
        "stretched": lambda pose, at: motion_corruption.stretch(
            pose, at, skeleton_name=skeleton_name
        ),
        "jittered": lambda pose, at: motion_corruption.jitter(
            pose, at, skeleton_name=skeleton_name
        ),
    }
    real = _scores(discriminator, motions, views)
    areas = {}
    for name, corruption in corruptions.items():
        corrupted = tf.map_fn(
            lambda pair, corruption=corruption: corruption(*pair),
            (motions, seeds),
            fn_output_signature=tf.TensorSpec(motions.shape[1:], tf.float32),
        )
        areas[name] = area_under_curve(real, _scores(discriminator, corrupted, views))
    return areas


def area_under_curve(higher: np.ndarray, lower: np.ndarray) -> float:
    """Returns how often one of `higher` exceeds one of `lower`, ties half.

    Args:
        higher: Scores that should be the higher ones, `[n]`.
        lower: Scores that should be the lower ones, `[m]`.
    """
    differences = higher[:, None] - lower[None, :]
    return float(np.mean((differences > 0) + 0.5 * (differences == 0)))


def _scores(
    discriminator: keras.Model, motions: tf.Tensor, views: tf.Tensor
) -> np.ndarray:
    """Returns each window's mean logit, `[windows]`."""
    inputs = {"poses": motions / _MM_PER_M, "rotation": views}
    logits = np.asarray(discriminator(inputs, training=False), np.float64)
    scores: np.ndarray = logits.mean(axis=1)
    return scores
