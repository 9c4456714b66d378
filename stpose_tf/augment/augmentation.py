"""What an augmentation is, and how several make one.

An augmentation maps one window of one view (a dict of tensors, see `Example`) and a
stateless seed to a window with the same keys, shapes and types. It draws once for
each window, from its seed alone, so that a run can be repeated and resumed.
"""

import dataclasses
from typing import Protocol

import tensorflow as tf

Example = dict[str, tf.Tensor]
"""One window of one view; the axes' lengths are static.

- `peaks` `[time, keypoints, components, 4]` (see `peak_components`) or `heatmaps`
  `[time, height, width, keypoints]`, exactly one of them;
- `keypoints` `[time, keypoints, 2]`, detected, in heat-map px;
- `keypoint_labels` `[time, keypoints, 2]`, true, in unit crop coordinates;
- `labelled`, `occluded` (bool) and `confidence` `[time, keypoints]`;
- `pose` `[time, joints, 3]` in mm, camera frame, root-relative;
- `pose_valid` (bool) `[time, joints]`;
- `crop` `[time, 4]` (center x, y and size in px, roll in rad);
- `crop_rotation` `[time, 3, 3]`; `focal`, `center` `[2]` in px (focal 0:
  unknown); `frame_change` `[3, 3]`, the change of camera frame so far.
"""


class Augmentation(Protocol):
    """Anything that changes a window by a stateless seed."""

    def __call__(self, example: Example, seed: tf.Tensor) -> Example:
        """Returns the changed window; the given one is left as it is.

        Args:
            example: One window of one view.
            seed: Stateless seed, integers of shape `[2]`.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """Augmentations applied one after the other, each with its own seed.

    Attributes:
        ops: The augmentations; none is the identity.
    """

    ops: tuple[Augmentation, ...] = ()

    def __call__(self, example: Example, seed: tf.Tensor) -> Example:
        if not self.ops:
            return dict(example)
        for op, own_seed in zip(self.ops, seeds(seed, len(self.ops)), strict=True):
            example = op(example, own_seed)
        return example


@dataclasses.dataclass(frozen=True, slots=True)
class Sometimes:
    """An augmentation that is applied to a share of the windows.

    What is not drawn is not computed (`tf.cond`), and only the tensors that the
    augmentation changes pass through the condition.

    Attributes:
        probability: Probability for a window.
        op: The augmentation.
    """

    probability: float
    op: Augmentation

    def __call__(self, example: Example, seed: tf.Tensor) -> Example:
        drawn = tf.random.stateless_uniform([], seed) < self.probability
        keys: list[str] = []

        def apply() -> Example:
            changed = self.op(example, tf.random.fold_in(seed, 1))
            # The first branch is traced first; the second returns the same keys.
            keys.extend(key for key in example if changed[key] is not example[key])
            return {key: changed[key] for key in keys}

        def keep() -> Example:
            return {key: example[key] for key in keys}

        return {**example, **tf.cond(drawn, apply, keep)}


def seeds(seed: tf.Tensor, count: int) -> list[tf.Tensor]:
    """Returns `count` independent seeds of shape `[2]` from one."""
    split: list[tf.Tensor] = tf.unstack(tf.random.split(seed, count), num=count)
    return split
