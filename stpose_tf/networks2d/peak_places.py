"""Peaks of heat maps, fast: NumPy only, for this runs for every frame of a video."""

import numpy as np

from stpose_tf.networks2d import placement


def peaks(maps: np.ndarray) -> np.ndarray:
    """Returns (x, y, height) of each map's highest pixel.

    Whole pixels; `decode` finds the place between them.

    Args:
        maps: `[..., height, width, keypoints]`.

    Returns:
        x and y in heat-map px, `[..., keypoints, 3]`.
    """
    *leading, height, width, keypoints = maps.shape
    flat = maps.reshape(*leading, height * width, keypoints)
    best = flat.argmax(axis=-2)
    top = np.take_along_axis(flat, best[..., np.newaxis, :], axis=-2)[..., 0, :]
    rows, columns = np.divmod(best, width)
    return np.stack([columns, rows, top], axis=-1).astype(np.float64)


def decode(maps: np.ndarray) -> np.ndarray:
    """Returns what `geometry.heatmaps.decode` returns, for the maps of one frame.

    Args:
        maps: `[height, width, keypoints]`, at least 5 x 5.

    Returns:
        x and y in heat-map px and the height, float64 `[keypoints, 3]`.
    """
    height, width, keypoints = maps.shape
    found = peaks(maps)
    whole, top = found[:, :2].astype(np.int64), found[:, 2]
    first = np.clip(whole - 2, 0, [width - 5, height - 5])
    steps = np.arange(5)
    rows = first[:, 1, np.newaxis, np.newaxis] + steps[:, np.newaxis]
    columns = first[:, 0, np.newaxis, np.newaxis] + steps
    patches = maps[rows, columns, np.arange(keypoints)[:, np.newaxis, np.newaxis]]
    sums = np.stack([patches.sum(axis=1), patches.sum(axis=2)], axis=1)
    least = np.maximum(1e-3 * sums.max(axis=-1, keepdims=True), 1e-30)
    logs = np.log(np.maximum(sums, least))  # [keypoints, 2, 5]
    # Least squares of c + b s + a s^2 at the steps s = -2..2.
    slope = logs @ ((steps - 2.0) / 10.0)
    bend = logs @ ((2.0 - (steps - 2.0) ** 2) / 14.0)
    bends = bend > 1e-6
    between = first + 2 + 0.5 * slope / np.where(bends, bend, 1.0)
    places = np.where(bends, np.clip(between, whole - 1, whole + 1), whole)
    there = top > 0.0
    middle = [(width - 1) / 2.0, (height - 1) / 2.0]
    found[:, :2] = np.where(there[:, np.newaxis], places, middle)
    found[:, 2] = np.where(there, top, 0.0)
    return found


def tight_crop(
    maps: np.ndarray,
    to_crop: np.ndarray,
    *,
    margin: float,
    least: float,
    aspect: float = 1.0,
) -> np.ndarray:
    """Returns where to look in the next frame: a square around this one's peaks.

    Args:
        maps: `[people, height, width, keypoints]`.
        to_crop: From heat-map px to unit coordinates of the crop, `[2, 3]`.
        margin: Side over that of the tight box.
        least: Height below which a peak does not count.
        aspect: Width of a crop over its side, the height.

    Returns:
        Center, side and roll (0) relative to the crop, `[people, 4]`; the crop itself
        for people with fewer than two peaks.
    """
    found = peaks(maps)
    unit = placement.apply(to_crop, found[..., :2])
    crops = np.tile([0.5, 0.5, 1.0, 0.0], (len(maps), 1))
    for crop, places, heights in zip(crops, unit, found[..., 2], strict=True):
        seen = places[heights >= least]
        if len(seen) >= 2:
            low, high = seen.min(axis=0), seen.max(axis=0)
            crop[:2] = (low + high) / 2.0
            side = margin * ((high - low) / [aspect, 1.0]).max()
            crop[2] = np.clip(side, 0.2, 2.0)
    return crops
