"""Wrong places: keypoints detected some pixels away."""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import (
    augmentation,
    correlated_noise,
    map_warp,
    peak_components,
    window_tensors,
)


@dataclasses.dataclass(frozen=True, slots=True)
class KeypointShift:
    """Moves the maps of some keypoints for runs of frames; labels stay.

    The paper shifts "the elbow point by 10 pixels" (Cheng et al. 2020, Data
    Augmentation for Occlusions); we read them as pixels of a 256 px crop.

    Attributes:
        size: Heat maps' height and width.
        rate: Share of keypoints that are shifted.
        stddev: Standard deviation of the shift on each axis, in px of 256.
        correlation: From one frame to the next, of when and of how far.
    """

    size: tuple[int, int]
    rate: float
    stddev: float
    correlation: float = 0.8

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        when, how_far = augmentation.seeds(seed, 2)
        shape = [
            window_tensors.num_frames(example),
            window_tensors.num_keypoints(example),
        ]
        shifted = correlated_noise.mask(
            when, shape, rate=self.rate, correlation=self.correlation
        )
        offsets = correlated_noise.gaussian(
            how_far, [*shape, 2], correlation=self.correlation
        )
        scale = tf.constant([self.size[1], self.size[0]], tf.float32) / 256
        offsets = tf.where(shifted[..., tf.newaxis], offsets * self.stddev * scale, 0.0)
        changed = {**example, "keypoints": example["keypoints"] + offsets}
        if "peaks" in example:
            peaks = peak_components.move(example["peaks"], offsets)
            return {**changed, "peaks": peaks}
        maps = map_warp.translate(example["heatmaps"], offsets, shifted)
        return {**changed, "heatmaps": maps}
