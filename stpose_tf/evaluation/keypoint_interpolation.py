"""Missing 2D keypoints filled in, which occlusion training is to be better than."""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import augmentation, peak_components, window_tensors


@dataclasses.dataclass(frozen=True, slots=True)
class Interpolated:
    """What another operation hides, drawn again where it was likely to be.

    A hidden keypoint gets one Gaussian between the places at which it was last and
    will next be seen, linear in time; before the first and after the last sight it
    stays there. Keypoints that the row never shows stay missing. `occluded` keeps
    saying what was hidden.

    Attributes:
        op: What hides.
        sigma: Of the Gaussian on recorded heat maps, in heat-map px; rendered ones
            know the neighbours'.
    """

    op: augmentation.Augmentation
    sigma: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        seen_before = _shown(example)
        hidden = self.op(example, seed)
        seen = _shown(hidden)
        lost = seen_before & ~seen
        places, sigma, height = tf.split(
            interpolate(self._components(hidden), seen), [2, 1, 1], axis=-1
        )
        sigma = tf.where(sigma > 0.0, sigma, self.sigma)
        height = tf.where(lost[..., tf.newaxis], height, 0.0)
        component = tf.concat([places, sigma, height], axis=-1)
        return window_tensors.add_component(hidden, peak_components.MAIN, component)

    def _components(self, example: augmentation.Example) -> tf.Tensor:
        """Returns x, y, sigma and height, `[time, keypoints, 4]`."""
        if "peaks" in example:
            return example["peaks"][:, :, peak_components.MAIN]
        places = example["keypoints"]
        height = tf.reduce_max(example["heatmaps"], axis=[1, 2])[..., tf.newaxis]
        sigma = tf.fill(tf.shape(height), self.sigma)
        return tf.concat([places, sigma, height], axis=-1)


def interpolate(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """Returns values with the unknown ones between their known neighbours in time.

    Args:
        values: `[time, keypoints, channels]`.
        known: bool, `[time, keypoints]`.

    Returns:
        `[time, keypoints, channels]`; zero for keypoints that are never known.
    """
    frames = int(values.shape[0])
    time = tf.range(frames)
    pairs = known[tf.newaxis]  # [time, other time, keypoints]
    others = time[tf.newaxis, :, tf.newaxis]
    now = time[:, tf.newaxis, tf.newaxis]
    before = tf.reduce_max(tf.where(pairs & (others <= now), others, -1), axis=1)
    after = tf.reduce_min(tf.where(pairs & (others >= now), others, frames), axis=1)
    ever = (before >= 0) | (after < frames)
    first = tf.where(before >= 0, before, after)
    last = tf.where(after < frames, after, before)
    span = tf.cast(tf.maximum(last - first, 1), tf.float32)
    share = tf.cast(time[:, tf.newaxis] - first, tf.float32) / span
    share = tf.clip_by_value(share, 0.0, 1.0)[..., tf.newaxis]
    from_first, from_last = (
        _at(values, tf.clip_by_value(place, 0, frames - 1)) for place in (first, last)
    )
    mixed = from_first + (from_last - from_first) * share
    return tf.where(ever[..., tf.newaxis], mixed, 0.0)


def _at(values: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Returns each keypoint's values at its own frames `[time, keypoints]`."""
    by_keypoint = tf.transpose(values, [1, 0, 2])
    found = tf.gather(by_keypoint, tf.transpose(places), axis=1, batch_dims=1)
    return tf.transpose(found, [1, 0, 2])


def _shown(example: augmentation.Example) -> tf.Tensor:
    """Returns which keypoints have a peak, bool `[time, keypoints]`."""
    if "peaks" in example:
        return example["peaks"][:, :, peak_components.MAIN, 3] > 0.0
    return tf.reduce_max(example["heatmaps"], axis=[1, 2]) > 0.0
