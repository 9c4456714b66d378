"""The Gaussians that make up a keypoint's heat map before it is rendered.

`peaks` `[time, keypoints, components, 4]` holds x, y, sigma in heat-map px and the
height. A component of height 0 is not there. Each has one meaning, so that noise
claims its own and never overwrites another's.
"""

import tensorflow as tf

MAIN = 0
"""The keypoint itself."""
TAIL = 1
"""The detector's wide tail."""
SECOND = 2
"""A false second peak."""
BLOB = 3
"""Additive noise."""
COUNT = 4
_HEIGHT = (0.0, 0.0, 0.0, 1.0)


def from_keypoints(keypoints: tf.Tensor, *, sigma: float) -> tf.Tensor:
    """Returns ideal peaks: one Gaussian of height 1 for each keypoint.

    Args:
        keypoints: Heat-map px, `[..., 2]`.
        sigma: Standard deviation in heat-map px.

    Returns:
        `[..., components, 4]`; the other components have height 0.
    """
    x, y = tf.unstack(keypoints[..., tf.newaxis, :], axis=-1)  # [..., 1]
    main = tf.one_hot(MAIN, COUNT)
    sigmas = tf.fill([COUNT], tf.constant(sigma, tf.float32))
    zeros = tf.zeros_like(x)
    return tf.stack([x + 0 * main, y + 0 * main, zeros + sigmas, zeros + main], -1)


def with_component(peaks: tf.Tensor, index: int, component: tf.Tensor) -> tf.Tensor:
    """Returns the peaks with one component replaced.

    Args:
        peaks: `[..., components, 4]`.
        index: Which component, for example `BLOB`.
        component: x, y, sigma, height, `[..., 4]`.
    """
    chosen = tf.one_hot(index, COUNT, on_value=True, off_value=False, dtype=tf.bool)
    return tf.where(chosen[:, tf.newaxis], component[..., tf.newaxis, :], peaks)


def scale_heights(peaks: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Returns the peaks with all heights of a keypoint scaled.

    Args:
        peaks: `[..., keypoints, components, 4]`.
        factors: Broadcasts to `[..., keypoints]`.
    """
    changes = (factors - 1)[..., tf.newaxis, tf.newaxis] * tf.constant(_HEIGHT)
    return peaks * (1 + changes)


def without(peaks: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
    """Returns the peaks with all heights of the hidden keypoints 0.

    Args:
        peaks: `[..., keypoints, components, 4]`.
        hidden: Bool, broadcasts to `[..., keypoints]`.
    """
    gone = hidden[..., tf.newaxis, tf.newaxis] & (tf.constant(_HEIGHT) > 0)
    return tf.where(gone, 0.0, peaks)


def move(peaks: tf.Tensor, offsets: tf.Tensor) -> tf.Tensor:
    """Returns the peaks with all components of a keypoint moved.

    Args:
        peaks: `[..., keypoints, components, 4]`.
        offsets: Heat-map px, `[..., keypoints, 2]`.
    """
    offsets = tf.pad(offsets, [[0, 0]] * (offsets.shape.rank - 1) + [[0, 2]])
    return peaks + offsets[..., tf.newaxis, :]
