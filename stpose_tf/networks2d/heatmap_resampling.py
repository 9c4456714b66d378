"""Heat maps of one placement drawn anew in another: from a network's to the lifter's.

Cubic convolution (Keys 1981, a = -1/2): it reproduces quadratics, so a blob keeps its
place and its height where bilinear sampling would lower it by up to 5 %. Maps are
nearly empty, so only pixels near something are worked out.
"""

import numpy as np

from stpose_tf.networks2d import placement

# Half a step of stored maps (`data.heatmap_codec`): as good as nothing.
_NOTHING = 1.0 / 510.0
_TAPS = 4
_BEFORE = 1  # of the taps lie before the pixel that a place lies behind
_MARGIN = _TAPS - 1  # empty pixels around the maps, so that every tap finds one


def resample(
    maps: np.ndarray, to_image: np.ndarray, crop: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Returns the heat maps that cover `crop`; 0 where the given maps end.

    Where both lie pixel on pixel the values are those given, bit by bit. What the
    curve swings below 0 is cut off, and so is what comes of pixels that are all below
    half a step of stored maps: no more than 0.004 is.

    Args:
        maps: 0 where nothing is, `[height, width, keypoints]`.
        to_image: From their px to image px, `[2, 3]`.
        crop: Center x, center y, side in px and roll in rad, `[4]`.
        size: Height and width of the new maps.

    Returns:
        float32 `[*size, keypoints]`.
    """
    keypoints = maps.shape[2]
    between = placement.compose(
        placement.inverse(np.asarray(to_image, np.float64)),
        placement.of_crop(crop, size),
    )
    between = np.round(between, 9)  # So that pixel on pixel is exactly so.
    padded = _padded(maps)
    places = _places(between, size)  # [2, pixels], rows first
    first = np.floor(places)
    corner = first.astype(np.int64) + (_MARGIN - _BEFORE)  # of the taps, in `padded`
    near = _near(padded)
    inside = (corner >= 0) & (corner < np.array([[near.shape[0]], [near.shape[1]]]))
    seen = np.flatnonzero(inside[0] & inside[1])
    cells = near.reshape(-1, keypoints).take(
        (corner[0] * near.shape[1] + corner[1]).take(seen), axis=0
    )
    which, keypoint = np.divmod(np.flatnonzero(cells), keypoints)
    pixel = seen.take(which)
    offsets = (places - first).astype(np.float32)
    down, right = (_weights(offset.take(pixel)) for offset in offsets)
    width = padded.shape[1]
    start = (corner[0] * width + corner[1]).take(pixel) * keypoints + keypoint
    values = padded.reshape(-1)
    total = np.zeros(len(start), np.float32)
    for row, along_y in enumerate(down):
        part = np.zeros(len(start), np.float32)
        for column, along_x in enumerate(right):
            step = (row * width + column) * keypoints
            part += values[step:].take(start) * along_x
        total += part * along_y
    drawn = np.zeros(size[0] * size[1] * keypoints, np.float32)
    drawn[pixel * keypoints + keypoint] = np.maximum(total, 0.0)
    return drawn.reshape(*size, keypoints)


def _padded(maps: np.ndarray) -> np.ndarray:
    """Returns float32 maps with an empty margin all around."""
    height, width, keypoints = maps.shape
    shape = (height + 2 * _MARGIN, width + 2 * _MARGIN, keypoints)
    padded = np.zeros(shape, np.float32)
    padded[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = maps
    return padded


def _places(between: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns where the new pixels lie in the given maps: row and column, `[2, n]`."""
    rows = np.arange(size[0], dtype=np.float64)[:, np.newaxis]
    columns = np.arange(size[1], dtype=np.float64)
    (xx, xy, x), (yx, yy, y) = between
    return np.stack(
        [(yx * columns + yy * rows + y).ravel(), (xx * columns + xy * rows + x).ravel()]
    )


def _near(padded: np.ndarray) -> np.ndarray:
    """Returns whether any of the taps from a pixel on is something.

    Args:
        padded: `[height, width, keypoints]`.

    Returns:
        bool, three rows and columns fewer.
    """
    found = padded > _NOTHING
    tall = found[:-3] | found[1:-2] | found[2:-1] | found[3:]
    return tall[:, :-3] | tall[:, 1:-2] | tall[:, 2:-1] | tall[:, 3:]


def _weights(t: np.ndarray) -> tuple[np.ndarray, ...]:
    """Returns the weights of the four pixels around places, `[n]` each.

    Args:
        t: How far the places lie beyond the second pixel, 0 to 1, `[n]`.
    """
    return (
        t * (t * (1.0 - 0.5 * t) - 0.5),
        1.0 + t * t * (1.5 * t - 2.5),
        t * (0.5 + t * (2.0 - 1.5 * t)),
        0.5 * t * t * (t - 1.0),
    )
