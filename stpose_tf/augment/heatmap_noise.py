"""Noise of the heat maps: "the output of a 2D pose estimator is not Gaussian".

The kinds (additive, amplitude, blur, second peaks) are our reading of the paper's
"random noise" (Cheng et al. 2020, Data Augmentation for Occlusions). Labels stay.
"""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import (
    augmentation,
    correlated_noise,
    map_warp,
    peak_components,
    window_tensors,
)

_SECOND_HEIGHT = (0.3, 0.9)  # share of the detected confidence
_SECOND_SIGMA = 1.8  # heat-map px
_BLOB_SIGMA = (1.4, 4.0)  # heat-map px


@dataclasses.dataclass(frozen=True, slots=True)
class Blur:
    """Convolves all maps of a window with one Gaussian.

    Attributes:
        max_stddev: Largest standard deviation in heat-map px; 0 to it are equally
            likely.
    """

    max_stddev: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        stddev = self.max_stddev * tf.random.stateless_uniform([], seed)
        if "heatmaps" in example:
            return {**example, "heatmaps": map_warp.blur(example["heatmaps"], stddev)}
        positions, sigma, height = tf.split(example["peaks"], [2, 1, 1], axis=-1)
        wider = sigma**2 + stddev**2
        height = height * sigma**2 / wider
        peaks = tf.concat([positions, tf.sqrt(wider), height], axis=-1)
        return {**example, "peaks": peaks}


@dataclasses.dataclass(frozen=True, slots=True)
class Amplitude:
    """Scales each keypoint's maps by one factor; a map may rise above 1.

    Attributes:
        max_change: Largest relative change, up or down.
    """

    max_change: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        shape = [1, window_tensors.num_keypoints(example)]
        change = tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0)
        return window_tensors.scale_maps(example, 1 + self.max_change * change)


@dataclasses.dataclass(frozen=True, slots=True)
class Blobs:
    """Adds a low Gaussian anywhere in each map, drawn anew in each frame.

    Maps without a detection (confidence 0) stay empty.

    Attributes:
        size: Heat maps' height and width.
        max_height: Largest height.
    """

    size: tuple[int, int]
    max_height: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        frames = window_tensors.num_frames(example)
        keypoints = window_tensors.num_keypoints(example)
        draws = tf.random.stateless_uniform([frames, keypoints, 4], seed)
        low, high = _BLOB_SIGMA
        x = draws[..., 0] * self.size[1] - 0.5
        y = draws[..., 1] * self.size[0] - 0.5
        sigma = low + (high - low) * draws[..., 2]
        seen = tf.cast(example["confidence"] > 0, tf.float32)
        blob = tf.stack([x, y, sigma, self.max_height * draws[..., 3] * seen], axis=-1)
        return window_tensors.add_component(example, peak_components.BLOB, blob)


@dataclasses.dataclass(frozen=True, slots=True)
class SecondPeaks:
    """Adds false second peaks, which come and go over runs of frames.

    Half of them lie on the counterpart of the other side, the others anywhere;
    heights are a share of the confidence, so that undetected keypoints get none.

    Attributes:
        size: Heat maps' height and width.
        rate: Share of keypoints that get one.
        mirror_permutation: Index of each keypoint's counterpart.
        correlation: From one frame to the next; more makes longer runs.
    """

    size: tuple[int, int]
    rate: float
    mirror_permutation: tuple[int, ...]
    correlation: float = 0.8

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        when, how = augmentation.seeds(seed, 2)
        frames = window_tensors.num_frames(example)
        shape = [frames, len(self.mirror_permutation)]
        present = correlated_noise.mask(
            when, shape, rate=self.rate, correlation=self.correlation
        )
        peak = second_peaks(
            example["keypoints"],
            how,
            size=self.size,
            mirror_permutation=self.mirror_permutation,
        )
        height = peak[..., 2] * example["confidence"] * tf.cast(present, tf.float32)
        sigma = tf.fill(tf.shape(height), _SECOND_SIGMA)
        peak = tf.stack([peak[..., 0], peak[..., 1], sigma, height], axis=-1)
        return window_tensors.add_component(example, peak_components.SECOND, peak)


def second_peaks(
    keypoints: tf.Tensor,
    seed: tf.Tensor,
    *,
    size: tuple[int, int],
    mirror_permutation: tuple[int, ...],
) -> tf.Tensor:
    """Returns where false second peaks lie and how high they are.

    Args:
        keypoints: Heat-map px, `[time, keypoints, 2]`.
        seed: Stateless seed `[2]`.
        size: Heat maps' height and width.
        mirror_permutation: Index of each keypoint's counterpart.

    Returns:
        x, y in heat-map px and the height relative to the main peak's,
        `[time, keypoints, 3]`.
    """
    draws = tf.random.stateless_uniform([len(mirror_permutation), 4], seed)
    low, high = _SECOND_HEIGHT
    counterpart = tf.gather(keypoints, mirror_permutation, axis=1)
    anywhere = draws[:, :2] * tf.constant([size[1], size[0]], tf.float32) - 0.5
    paired = tf.constant([i != m for i, m in enumerate(mirror_permutation)])
    at_counterpart = paired & (draws[:, 2] < 0.5)
    places = tf.where(at_counterpart[:, tf.newaxis], counterpart, anywhere)
    heights = low + (high - low) * draws[:, 3:]
    heights = tf.broadcast_to(heights, tf.shape(places[..., :1]))
    return tf.concat([places, heights], axis=-1)
