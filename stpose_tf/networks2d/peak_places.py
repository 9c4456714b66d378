"""Highest pixels of heat maps, fast, for following people from frame to frame."""

import numpy as np

from stpose_tf.networks2d import placement


def peaks(maps: np.ndarray) -> np.ndarray:
    """Returns (x, y, height) of each map's highest pixel.

    Whole pixels; `geometry.heatmaps.decode` finds the place between them.

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
