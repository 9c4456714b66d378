"""Heat maps of one placement drawn anew in another: from a network's to the lifter's.

Cubic convolution (Keys 1981, a = -1/2): it reproduces quadratics, so a blob keeps its
place and its height where bilinear sampling would lower it by up to 5 %.
"""

import numpy as np

from stpose_tf.networks2d import placement

_TAPS = np.arange(-1, 3)


def resample(
    maps: np.ndarray, to_image: np.ndarray, crop: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Returns the heat maps that cover `crop`; 0 where the given maps end.

    Where both lie pixel on pixel the values are those given, bit by bit. What the
    curve swings below 0 is cut off.

    Args:
        maps: `[height, width, keypoints]`.
        to_image: From their px to image px, `[2, 3]`.
        crop: Center x, center y, side in px and roll in rad, `[4]`.
        size: Height and width of the new maps.

    Returns:
        float32 `[*size, keypoints]`.
    """
    height, width, keypoints = maps.shape
    between = placement.compose(
        placement.inverse(np.asarray(to_image, np.float64)),
        placement.of_crop(crop, size),
    )
    between = np.round(between, 9)  # So that pixel on pixel is exactly so.
    rows, columns = np.divmod(np.arange(size[0] * size[1]), size[1])
    grid = np.stack([columns, rows], axis=-1).astype(np.float64)
    places = placement.apply(between, grid)
    first = np.floor(places)
    weights = _weights(places - first)  # [pixels, 2, taps]
    corner = first.astype(np.int64)[..., np.newaxis] + _TAPS
    inside = (corner >= 0) & (corner < [[width], [height]])
    weights = np.where(inside, weights, 0.0).astype(np.float32)
    corner = np.where(inside, corner, 0)
    reached = np.logical_or.reduce(weights != 0.0, axis=-1)  # [pixels, 2]
    used = np.flatnonzero(reached[:, 0] & reached[:, 1])
    flat = np.ascontiguousarray(maps, np.float32).reshape(-1, keypoints)
    total = np.zeros((len(used), keypoints), np.float32)
    for down in range(len(_TAPS)):
        for right in range(len(_TAPS)):
            weight = weights[used, 1, down] * weights[used, 0, right]
            if weight.any():
                index = corner[used, 1, down] * width + corner[used, 0, right]
                total += flat.take(index, axis=0) * weight[:, np.newaxis]
    drawn = np.zeros((size[0] * size[1], keypoints), np.float32)
    drawn[used] = np.maximum(total, 0.0)
    return drawn.reshape(*size, keypoints)


def _weights(offsets: np.ndarray) -> np.ndarray:
    """Returns the weights of the four pixels around places, `[..., 4]`.

    Args:
        offsets: How far the places lie beyond the second pixel, 0 to 1, `[...]`.
    """
    t = offsets[..., np.newaxis]
    return np.concatenate(
        [
            -0.5 * t * (1.0 - t) ** 2,
            1.0 - 2.5 * t**2 + 1.5 * t**3,
            0.5 * t * (1.0 + 4.0 * t - 3.0 * t**2),
            -0.5 * t**2 * (1.0 - t),
        ],
        axis=-1,
    )
