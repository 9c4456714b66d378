"""Heat maps as one small blob a frame: 8 bits, keypoint-major, zlib.

Keypoint-major bytes compress a third better than the in-memory order, because each
map's zeros form one run.
"""

import dataclasses
import zlib
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from stpose_tf import errors

_LEVELS = 255
_ZLIB_LEVEL = 6


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class EncodedHeatmaps:
    """A view's heat maps, compressed.

    Attributes:
        blobs: One for each frame.
        ranges: Each keypoint's lowest and highest value, float32 `[keypoints, 2]`.
        size: Height and width.
    """

    blobs: tuple[bytes, ...]
    ranges: np.ndarray
    size: tuple[int, int]


def encode(parts: Iterable[np.ndarray], heatmap_ranges: np.ndarray) -> EncodedHeatmaps:
    """Returns a view's heat maps, compressed part by part.

    Args:
        parts: Consecutive frames, each `[time, height, width, keypoints]`.
        heatmap_ranges: What `ranges` returned for all of them, `[keypoints, 2]`.
    """
    blobs = []
    size = (0, 0)
    for heatmaps in parts:
        size = heatmaps.shape[1:3]
        blobs += [encode_frame(frame, heatmap_ranges) for frame in heatmaps]
    return EncodedHeatmaps(tuple(blobs), heatmap_ranges, size)


def ranges(heatmaps: np.ndarray) -> np.ndarray:
    """Returns each keypoint's lowest and highest value, zero included.

    Zero lies inside every range, and is exact where no value is negative: a map
    that is missing stays missing.

    Args:
        heatmaps: `[time, height, width, keypoints]`.

    Returns:
        float32, `[keypoints, 2]`.

    Raises:
        InputError: If a value is not finite.
    """
    lowest = np.min(heatmaps, axis=(0, 1, 2), initial=0.0)
    highest = np.max(heatmaps, axis=(0, 1, 2), initial=0.0)
    found = np.stack([lowest, highest], axis=-1).astype(np.float32)
    if not np.isfinite(found).all():
        raise errors.InputError(
            "Heat maps: expected finite values. "
            f"Received: {found[~np.isfinite(found)][0]}"
        )
    return found


def encode_frame(heatmaps: np.ndarray, heatmap_ranges: np.ndarray) -> bytes:
    """Returns one frame's heat maps as a blob; the error is at most range / 510.

    Args:
        heatmaps: `[height, width, keypoints]`, within `heatmap_ranges`.
        heatmap_ranges: What `ranges` returned, `[keypoints, 2]`.
    """
    lowest, highest = heatmap_ranges[:, 0], heatmap_ranges[:, 1]
    span = np.where(highest > lowest, highest - lowest, 1.0)
    levels = np.rint((heatmaps - lowest) / span * _LEVELS).clip(0, _LEVELS)
    keypoint_major = levels.astype(np.uint8).transpose(2, 0, 1)
    return zlib.compress(keypoint_major.tobytes(), _ZLIB_LEVEL)


def decode_frame(
    blob: bytes, heatmap_ranges: np.ndarray, *, size: tuple[int, int]
) -> np.ndarray:
    """Returns what `encode_frame` was given, rounded to its 256 levels.

    Args:
        blob: One frame.
        heatmap_ranges: `[keypoints, 2]`.
        size: Height and width.

    Returns:
        float32, `[height, width, keypoints]`.

    Raises:
        InputError: If the blob does not inflate to exactly one frame.
    """
    keypoints = len(heatmap_ranges)
    content = inflate(blob, keypoints * size[0] * size[1])
    levels = np.frombuffer(content, np.uint8).reshape(keypoints, *size)
    lowest, highest = heatmap_ranges[:, 0], heatmap_ranges[:, 1]
    step = (highest - lowest).astype(np.float32) / _LEVELS
    return (levels.transpose(1, 2, 0) * step + lowest).astype(np.float32)


def inflate(blob: bytes, num_bytes: int) -> bytes:
    """Returns the blob's content, and never inflates past `num_bytes`.

    Raises:
        InputError: If the content has another length or cannot be inflated.
    """
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(blob, num_bytes + 1)
    except zlib.error as error:
        raise errors.InputError(
            f"Heat-map blob: expected zlib data. Received: {error}"
        ) from error
    if len(content) > num_bytes:
        raise errors.InputError(
            f"Heat-map blob: expected {num_bytes} bytes once inflated. Received: more"
        )
    if len(content) < num_bytes or not inflater.eof or inflater.unused_data:
        raise errors.InputError(
            f"Heat-map blob: expected {num_bytes} bytes once inflated. "
            f"Received: {len(content)}, {len(inflater.unused_data)} left over, "
            f"{'ended' if inflater.eof else 'cut off'}"
        )
    return content


def decode_on_graph(
    blobs: tf.Tensor,
    heatmap_ranges: tf.Tensor,
    *,
    size: tuple[int, int],
    keypoints: int,
) -> tf.Tensor:
    """Returns the frames' heat maps, inside or outside of a `tf.data` map.

    Inflates without a bound: only for records that `record_checks.verify` has read.

    Args:
        blobs: Strings, `[time]`.
        heatmap_ranges: float32, `[keypoints, 2]` or one a frame,
            `[time, keypoints, 2]`.
        size: Height and width.
        keypoints: Number of keypoints.

    Returns:
        float32, `[time, height, width, keypoints]`.
    """
    content = tf.io.decode_compressed(blobs, compression_type="ZLIB")
    levels = tf.io.decode_raw(content, tf.uint8)
    levels = tf.reshape(levels, [-1, keypoints, *size])
    lowest, highest = tf.unstack(heatmap_ranges[..., None, None, :, :], axis=-1)
    step = (highest - lowest) / _LEVELS  # [..., 1, 1, keypoints]
    levels = tf.cast(tf.transpose(levels, [0, 2, 3, 1]), tf.float32)
    return levels * step + lowest
