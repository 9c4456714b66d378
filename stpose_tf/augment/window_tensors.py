"""Counts of a window's axes and the changes shared by several augmentations."""

import tensorflow as tf

from stpose_tf.augment import augmentation, peak_components
from stpose_tf.geometry import heatmaps


def num_frames(example: augmentation.Example) -> int:
    """Returns the window's length."""
    return int(example["keypoints"].shape[0])


def num_keypoints(example: augmentation.Example) -> int:
    """Returns the number of keypoints."""
    return int(example["keypoints"].shape[1])


def hide(example: augmentation.Example, hidden: tf.Tensor) -> augmentation.Example:
    """Returns the window with the maps of hidden keypoints zero.

    Targets and labels stay: hidden joints remain fully supervised.

    Args:
        example: One window.
        hidden: Bool that broadcasts to `[time, keypoints]`.
    """
    occluded = example["occluded"] | hidden
    if "peaks" in example:
        peaks = peak_components.without(example["peaks"], hidden)
        return {**example, "peaks": peaks, "occluded": occluded}
    changed = scale_maps(example, tf.cast(~hidden, tf.float32))
    return {**changed, "occluded": occluded}


def scale_maps(
    example: augmentation.Example, factors: tf.Tensor
) -> augmentation.Example:
    """Returns the window with the keypoints' maps scaled.

    Args:
        example: One window.
        factors: Broadcasts to `[time, keypoints]`.
    """
    if "peaks" in example:
        peaks = peak_components.scale_heights(example["peaks"], factors)
        return {**example, "peaks": peaks}
    maps = example["heatmaps"] * factors[:, tf.newaxis, tf.newaxis, :]
    return {**example, "heatmaps": maps}


def add_component(
    example: augmentation.Example, index: int, component: tf.Tensor
) -> augmentation.Example:
    """Returns the window with one more Gaussian in each keypoint's map.

    Rendered later it takes the place of the named component where that is not there
    yet (height 0); on stored maps it is rendered and added.

    Args:
        example: One window.
        index: Component it takes among the peaks.
        component: x, y, sigma in heat-map px and height, `[time, keypoints, 4]`.
    """
    if "peaks" in example:
        old = example["peaks"][:, :, index]
        component = tf.where(old[..., 3:] > 0, old, component)
        peaks = peak_components.with_component(example["peaks"], index, component)
        return {**example, "peaks": peaks}
    maps = example["heatmaps"]
    size = (int(maps.shape[1]), int(maps.shape[2]))
    added = maps + heatmaps.render(component[:, :, tf.newaxis], size)
    return {**example, "heatmaps": tf.ensure_shape(added, maps.shape)}
