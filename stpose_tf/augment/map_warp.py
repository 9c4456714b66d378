"""Resampling of stored heat maps: translation, affine maps and blur.

Every warp is one or two one-dimensional resamplings, each a matrix product with the
dense weights of all output pixels: faster on a CPU than gathering 16 neighbours, and
free to use a long kernel. Cubic interpolation (Keys) misses a blob of sigma 1.4 px by
up to 7.5/255 of its height, this kernel by 0.5/255.
"""

import math

import tensorflow as tf

_SUPPORT = 5  # px; Lanczos kernel
_FREQUENCIES = 128


def weights(positions: tf.Tensor, length: int) -> tf.Tensor:
    """Returns what each input pixel adds to values at fractional positions.

    Args:
        positions: Input coordinates in px, `[...]`; outside the input lies 0.
        length: Number of input pixels.

    Returns:
        Lanczos weights `[..., length]`.
    """
    distance = positions[..., tf.newaxis] - tf.range(length, dtype=tf.float32)
    angle = math.pi * distance
    angle = tf.where(tf.abs(angle) < 1e-4, 1e-4, angle)
    kernel = tf.sin(angle) * tf.sin(angle / _SUPPORT) * _SUPPORT / (angle * angle)
    return tf.where(tf.abs(distance) < _SUPPORT, kernel, 0.0)


def translate(maps: tf.Tensor, offsets: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Returns the maps with the chosen ones moved, each by its own offset.

    Args:
        maps: `[time, height, width, keypoints]`.
        offsets: x, y in heat-map px, `[time, keypoints, 2]`.
        chosen: Bool `[time, keypoints]`; all others are returned as they are.
    """
    return tf.cond(
        tf.reduce_any(chosen),
        lambda: _translate(maps, offsets, chosen),
        lambda: tf.identity(maps),
    )


def _translate(maps: tf.Tensor, offsets: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Returns the same; copies all maps."""
    height, width = int(maps.shape[1]), int(maps.shape[2])
    where = tf.where(chosen)  # [moved, 2]
    by_keypoint = tf.transpose(maps, [0, 3, 1, 2])
    moved = tf.gather_nd(by_keypoint, where)  # [moved, height, width]
    offset = tf.gather_nd(offsets, where)
    rows = weights(tf.range(height, dtype=tf.float32) - offset[:, 1:], height)
    columns = weights(tf.range(width, dtype=tf.float32) - offset[:, :1], width)
    moved = tf.matmul(rows, tf.matmul(moved, columns, transpose_b=True))
    moved = tf.maximum(moved, 0.0)
    merged = tf.tensor_scatter_nd_update(by_keypoint, where, moved)
    return tf.ensure_shape(tf.transpose(merged, [0, 2, 3, 1]), maps.shape)


def affine(maps: tf.Tensor, matrix: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """Returns all maps resampled by one affine map, zero outside.

    Two passes (Catmull and Smith 1980): columns to where each input column needs
    them, then rows. Meant for rotations of at most 45 degrees.

    Args:
        maps: `[time, height, width, keypoints]`.
        matrix: With `offset` takes output (x, y) in px to input (x, y), `[2, 2]`.
        offset: Heat-map px, `[2]`.
    """
    height, width = int(maps.shape[1]), int(maps.shape[2])
    x = tf.range(width, dtype=tf.float32)
    y = tf.range(height, dtype=tf.float32)
    (a, b), (c, d) = (tf.unstack(row) for row in tf.unstack(matrix))
    slope = c / a
    # At input column X and output row y the output column is (X - b y - e) / a.
    input_y = slope * (x[:, tf.newaxis] - offset[0]) + offset[1]
    input_y = input_y + (d - slope * b) * y  # [width, height]
    input_x = b * y[:, tf.newaxis] + offset[0] + a * x  # [height, width]
    return _two_passes(maps, weights(input_y, height), weights(input_x, width))


def blur(maps: tf.Tensor, stddev: tf.Tensor) -> tf.Tensor:
    """Returns all maps convolved with a Gaussian, zero outside.

    Args:
        maps: `[time, height, width, keypoints]`.
        stddev: Heat-map px, `[]`; 0 changes nothing.
    """
    rows = _blur_matrix(int(maps.shape[1]), stddev)
    columns = _blur_matrix(int(maps.shape[2]), stddev)
    return _two_passes(maps, rows, columns)


def permute(maps: tf.Tensor, sources: tf.Tensor) -> tf.Tensor:
    """Returns the maps in another order: a matrix product, faster than a gather.

    Args:
        maps: `[time, height, width, keypoints]`.
        sources: Which keypoint's map each gets, int `[time or 1, keypoints]`.
    """
    frames, height, width, keypoints = maps.shape
    matrix = tf.one_hot(sources, keypoints, axis=1)  # [time, from, to]
    flat = tf.reshape(maps, [frames, height * width, keypoints])
    return tf.reshape(tf.matmul(flat, matrix), maps.shape)


def _two_passes(maps: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Returns the maps resampled along y, then along x; negative values become 0.

    Args:
        maps: `[time, height, width, keypoints]`.
        rows: Weights `[height, height]` (output, input), one or `[width, ...]`.
        columns: Weights `[width, width]`, one or `[height, ...]`.
    """
    frames, height, width, keypoints = maps.shape
    x = tf.transpose(maps, [2, 1, 0, 3])
    x = tf.matmul(rows, tf.reshape(x, [width, height, frames * keypoints]))
    x = tf.matmul(columns, tf.transpose(x, [1, 0, 2]))
    x = tf.reshape(tf.maximum(x, 0.0), [height, width, frames, keypoints])
    return tf.transpose(x, [2, 0, 1, 3])


def _blur_matrix(length: int, stddev: tf.Tensor) -> tf.Tensor:
    """Returns `[length, length]` weights of a Gaussian convolution.

    Built from the Gaussian's spectrum: sampled in space, a narrow one (below half a
    pixel) would blur too little.
    """
    step = math.pi / _FREQUENCIES
    frequency = (tf.range(_FREQUENCIES, dtype=tf.float32) + 0.5) * step
    spectrum = tf.exp(-0.5 * (stddev * frequency) ** 2)
    lag = tf.range(length, dtype=tf.float32)
    waves = tf.cos(lag[:, tf.newaxis] * frequency)  # [length, frequencies]
    kernel = tf.linalg.matvec(waves, spectrum) / _FREQUENCIES
    index = tf.range(length)
    return tf.gather(kernel, tf.abs(index[:, tf.newaxis] - index))
