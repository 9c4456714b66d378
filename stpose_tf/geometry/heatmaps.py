"""Heat maps: peaks rendered as Gaussians, and maps decoded to sub-pixel peaks.

Heat-map px count from the center of the first pixel: a map of width W spans
[-0.5, W - 0.5], and unit crop coordinates u lie at `u W - 0.5`. Maps are laid out
`[..., height, width, keypoints]`.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from stpose_tf import errors

_LEAST_SIGMA = 1e-2
_LEAST_SHARE = 1e-3


def render(peaks: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Returns the sums of each keypoint's Gaussians.

    Args:
        peaks: (x, y, sigma, height), the first three in heat-map px,
            `[..., keypoints, gaussians, 4]`; a height of 0 leaves one out.
        size: Height and width of the maps.

    Returns:
        Heat maps, `[..., height, width, keypoints]`.
    """
    peaks = tf.convert_to_tensor(peaks)
    x, y, sigma, peak_height = tf.split(peaks, 4, axis=-1)
    sharpness = -0.5 / tf.maximum(sigma, _LEAST_SIGMA) ** 2
    rows = tf.range(size[0], dtype=peaks.dtype)
    columns = tf.range(size[1], dtype=peaks.dtype)
    along_y = peak_height * tf.exp(sharpness * (rows - y) ** 2)
    along_x = tf.exp(sharpness * (columns - x) ** 2)
    maps = tf.matmul(along_y, along_x, transpose_a=True)  # [..., keypoints, h, w]
    rank = maps.shape.rank
    return tf.transpose(maps, [*range(rank - 3), rank - 2, rank - 1, rank - 3])


def decode(heatmaps: Any) -> Any:
    """Returns the sub-pixel place and the height of each map's highest peak.

    A parabola is fitted to the logarithms of the row sums, and of the column sums,
    of the 5 x 5 pixels around the highest one (moved inside at the border). That is
    exact for a Gaussian on a zero background; with noise or 8-bit steps the sums
    make it about twice as good as the three pixels of the usual Taylor step.

    Args:
        heatmaps: Heat maps, `[..., height, width, keypoints]`, at least 5 x 5.

    Returns:
        (x, y, confidence), x and y in heat-map px, float32 `[..., keypoints, 3]`.
        The confidence is the value of the highest pixel; a map without a positive
        pixel gives the map's center with confidence 0.

    Raises:
        InputError: If the maps are smaller than 5 x 5.
    """
    maps = keras.ops.cast(heatmaps, "float32")
    leading = keras.ops.shape(maps)[:-3]
    height, width, keypoints = maps.shape[-3:]
    if min(height, width) < 5:
        raise errors.InputError(
            f"Heat maps must have at least 5 x 5 pixels. Received: {height} x {width}"
        )
    maps = keras.ops.reshape(keras.ops.moveaxis(maps, -1, -3), (-1, height, width))
    row_tops = keras.ops.max(maps, axis=-1)  # [maps, height]
    top = keras.ops.max(row_tops, axis=-1)
    row = keras.ops.cast(keras.ops.argmax(row_tops, axis=-1), "int32")
    first_row = keras.ops.clip(row - 2, 0, height - 5)
    offsets = keras.ops.arange(keras.ops.shape(maps)[0], dtype="int32") * height
    bands = keras.ops.take(
        keras.ops.reshape(maps, (-1, width)),
        (offsets + first_row)[:, None] + np.arange(5, dtype="int32"),
        axis=0,
    )  # [maps, 5, width]
    column_tops = keras.ops.max(bands, axis=-2)
    column = keras.ops.cast(keras.ops.argmax(column_tops, axis=-1), "int32")
    first_column = keras.ops.clip(column - 2, 0, width - 5)
    columns = first_column[:, None, None] + np.arange(5, dtype="int32")
    patches = keras.ops.take_along_axis(bands, columns, axis=-1)  # [maps, 5, 5]
    x = _vertex(keras.ops.sum(patches, axis=-2), first_column, near=column)
    y = _vertex(keras.ops.sum(patches, axis=-1), first_row, near=row)
    found = top > 0.0
    x = keras.ops.where(found, x, 0.5 * (width - 1))
    y = keras.ops.where(found, y, 0.5 * (height - 1))
    peaks = keras.ops.stack([x, y, keras.ops.where(found, top, 0.0)], axis=-1)
    return keras.ops.reshape(peaks, (*leading, keypoints, 3))


def unit_to_heatmap(points: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Returns unit crop coordinates `[..., 2]` in px of maps of (height, width)."""
    points = tf.convert_to_tensor(points)
    return points * tf.constant([size[1], size[0]], points.dtype) - 0.5


def heatmap_to_unit(points: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Returns px `[..., 2]` of maps of (height, width) in unit crop coordinates."""
    points = tf.convert_to_tensor(points)
    return (points + 0.5) / tf.constant([size[1], size[0]], points.dtype)


def _vertex(values: Any, first: Any, *, near: Any) -> Any:
    """Returns where the parabola through the logarithms of five values peaks.

    Args:
        values: Values at five neighboring pixels, `[maps, 5]`.
        first: Pixel of the first value, integer `[maps]`.
        near: The highest pixel, integer `[maps]`.

    Returns:
        Places in px, at most one from the highest pixel, `[maps]`.
    """
    least = keras.ops.maximum(_LEAST_SHARE * keras.ops.max(values, axis=-1), 1e-30)
    logs = keras.ops.log(keras.ops.maximum(values, least[:, None]))
    # Least squares of c + b s + a s² at the steps s = -2..2.
    steps = np.arange(-2.0, 3.0, dtype="float32")
    slope = keras.ops.sum(logs * (steps / 10.0), axis=-1)
    bend = keras.ops.sum(logs * ((2.0 - steps**2) / 14.0), axis=-1)
    bends = bend > 1e-6
    shift = keras.ops.where(bends, 0.5 * slope / keras.ops.where(bends, bend, 1.0), 0.0)
    near = keras.ops.cast(near, "float32")
    place = keras.ops.where(bends, keras.ops.cast(first + 2, "float32") + shift, near)
    return keras.ops.clip(place, near - 1.0, near + 1.0)
