"""Wrong sides: left taken for right."""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import augmentation, correlated_noise, map_warp, window_tensors

_DETECTED = ("peaks", "keypoints", "confidence", "occluded")


@dataclasses.dataclass(frozen=True, slots=True)
class SymmetricSwap:
    """Exchanges the maps of left-right pairs for runs of frames; labels stay.

    All that was detected goes with the maps (Cheng et al. 2020, Data Augmentation
    for Occlusions: "the left knee is swapped with the right knee").

    Attributes:
        rate: Share of frames in which a pair is swapped.
        mirror_permutation: Index of each keypoint's counterpart.
        correlation: From one frame to the next; more makes longer runs.
    """

    rate: float
    mirror_permutation: tuple[int, ...]
    correlation: float = 0.8

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        permutation = self.mirror_permutation
        shape = [window_tensors.num_frames(example), len(permutation)]
        drawn = correlated_noise.mask(
            seed, shape, rate=self.rate, correlation=self.correlation
        )
        # Both of a pair follow the draw of the first.
        first = [min(index, other) for index, other in enumerate(permutation)]
        swapped = tf.gather(drawn, first, axis=1)  # [time, keypoints]
        changed = dict(example)
        if "heatmaps" in example:
            sources = tf.where(swapped, permutation, tf.range(len(permutation)))
            changed["heatmaps"] = map_warp.permute(example["heatmaps"], sources)
        for key in _DETECTED:
            if key in example:
                changed[key] = _exchange(example[key], swapped, permutation)
        return changed


def _exchange(
    values: tf.Tensor, swapped: tf.Tensor, permutation: tuple[int, ...]
) -> tf.Tensor:
    """Returns values `[time, keypoints, ...]` permuted where swapped."""
    other = tf.gather(values, permutation, axis=1)
    extra = values.shape.rank - 2
    condition = swapped[(..., *[tf.newaxis] * extra)]
    return tf.where(condition, other, values)
