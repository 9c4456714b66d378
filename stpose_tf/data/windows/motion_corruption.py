"""Real motion made impossible: what the discriminator must also call false."""

import functools
import math

import numpy as np
import tensorflow as tf

from stpose_tf.augment import augmentation
from stpose_tf.geometry import skeletons

_SHORTER = (math.log(0.5), math.log(0.8))
_LONGER = (math.log(1.25), math.log(1.6))
_STRETCHED = 0.4  # probability of each limb
_JITTER = (20.0, 60.0)  # mm, standard deviation of the joints' white noise
_LIMBS = {"elbow": "arm", "wrist": "arm", "knee": "leg", "ankle": "leg"}


def corrupt(poses: tf.Tensor, *, seed: tf.Tensor, skeleton_name: str) -> tf.Tensor:
    """Returns a window of motion that no body makes.

    In equal thirds: its frames in random order; one or more of the four limbs
    shorter or longer, each by itself; every joint but the root jittering.

    Args:
        poses: Root-relative joint positions in mm, `[time, joints, 3]`.
        seed: Stateless seed, `[2]`.
        skeleton_name: Name of the joints' skeleton, a tree.

    Returns:
        As `poses`; the root stays zero.
    """
    kind_seed, own_seed = augmentation.seeds(seed, 2)
    kind = tf.random.stateless_uniform([], kind_seed, maxval=3, dtype=tf.int32)
    return tf.switch_case(
        kind,
        [
            lambda: shuffle(poses, own_seed),
            lambda: stretch(poses, own_seed, skeleton_name=skeleton_name),
            lambda: jitter(poses, own_seed, skeleton_name=skeleton_name),
        ],
    )


def shuffle(poses: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns the frames of `[time, joints, 3]` in random order."""
    draws = tf.random.stateless_uniform([poses.shape[0]], seed)
    return tf.gather(poses, tf.argsort(draws))


def stretch(poses: tf.Tensor, seed: tf.Tensor, *, skeleton_name: str) -> tf.Tensor:
    """Returns `[time, joints, 3]` with at least one limb 0.5-0.8 or 1.25-1.6 long."""
    skeleton = skeletons.get(skeleton_name)
    limbs = tf.constant(_limb_bones(skeleton_name))  # [limbs, bones]
    which, side, size = tf.unstack(
        tf.random.stateless_uniform([3, limbs.shape[0]], seed)
    )
    # The limb that drew lowest is stretched in any case.
    chosen = tf.logical_or(which < _STRETCHED, tf.equal(which, tf.reduce_min(which)))
    shorter = _SHORTER[0] + (_SHORTER[1] - _SHORTER[0]) * size
    longer = _LONGER[0] + (_LONGER[1] - _LONGER[0]) * size
    logs = tf.where(chosen, tf.where(side < 0.5, shorter, longer), 0.0)
    scales = tf.exp(tf.einsum("l,lb->b", logs, limbs))
    bones = tf.einsum("bj,tjd->tbd", tf.constant(skeleton.bone_matrix), poses)
    ancestors = tf.constant(skeleton.ancestor_matrix)
    return tf.einsum("jb,tbd->tjd", ancestors, bones * scales[:, tf.newaxis])


def jitter(poses: tf.Tensor, seed: tf.Tensor, *, skeleton_name: str) -> tf.Tensor:
    """Returns `[time, joints, 3]` with noise of one random size on all but the root."""
    skeleton = skeletons.get(skeleton_name)
    size, where = augmentation.seeds(seed, 2)
    stddev = tf.random.stateless_uniform([], size, *_JITTER)
    noise = stddev * tf.random.stateless_normal(poses.shape, where)
    moving = 1.0 - tf.one_hot(skeleton.root_index, skeleton.num_joints)
    return poses + noise * moving[:, tf.newaxis]


@functools.cache
def _limb_bones(skeleton_name: str) -> np.ndarray:
    """Returns which bones make up each arm and leg, float32 `[limbs, bones]`."""
    skeleton = skeletons.get(skeleton_name)
    limbs: dict[str, list[int]] = {}
    for bone, (_, child) in enumerate(skeleton.bones):
        side, _, part = skeleton.joints[child].partition("_")
        if part in _LIMBS:
            limbs.setdefault(f"{side} {_LIMBS[part]}", []).append(bone)
    rows = np.zeros((len(limbs), len(skeleton.bones)), np.float32)
    for row, bones in zip(rows, limbs.values(), strict=True):
        row[bones] = 1.0
    return rows
