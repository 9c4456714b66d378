"""Occlusions that a model is measured under, where training's are random in kind."""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import augmentation, window_tensors


@dataclasses.dataclass(frozen=True, slots=True)
class HideLimb:
    """Hides one arm or leg for consecutive frames among those that are scored.

    Attributes:
        limbs: Keypoint indices of each limb; one limb is drawn.
        length: Number of frames; fewer where fewer are scored.
    """

    limbs: tuple[tuple[int, ...], ...]
    length: int

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        which, place = augmentation.seeds(seed, 2)
        keypoints = window_tensors.num_keypoints(example)
        members = [[k in limb for k in range(keypoints)] for limb in self.limbs]
        drawn = tf.random.stateless_uniform(
            [], which, maxval=len(self.limbs), dtype=tf.int32
        )
        run = scored_run(example, place, length=self.length)
        return window_tensors.hide(
            example, run[:, tf.newaxis] & tf.constant(members)[drawn]
        )


@dataclasses.dataclass(frozen=True, slots=True)
class HideLowerHalf:
    """Hides what lies in the lower half of the crop, in every frame.

    As behind a desk, or where the picture ends; the crop stays that of the whole
    person.

    Attributes:
        size: Heat maps' height and width.
    """

    size: tuple[int, int]

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        del seed
        middle = self.size[0] / 2 - 0.5
        return window_tensors.hide(example, example["keypoints"][..., 1] > middle)


@dataclasses.dataclass(frozen=True, slots=True)
class HideEnd:
    """Hides every frame of a row from one on: what comes then is the future.

    Attributes:
        seen: Frames at the row's start that stay.
    """

    seen: int

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        del seed
        future = tf.range(window_tensors.num_frames(example)) >= self.seen
        return window_tensors.hide(example, future[:, tf.newaxis])


def scored_run(
    example: augmentation.Example, seed: tf.Tensor, *, length: int
) -> tf.Tensor:
    """Returns a run of frames among those that the row is scored on, bool `[time]`.

    Args:
        example: A row's window, with `score`.
        seed: Stateless seed.
        length: Frames of the run; fewer where fewer are scored.
    """
    scored = example["score"] > 0.5
    places = tf.range(tf.shape(scored)[0])
    first = tf.cast(tf.argmax(scored), tf.int32)
    room = tf.maximum(tf.reduce_sum(tf.cast(scored, tf.int32)) - length, 0)
    start = first + tf.random.stateless_uniform((), seed, 0, room + 1, tf.int32)
    return (places >= start) & (places < start + length) & scored
