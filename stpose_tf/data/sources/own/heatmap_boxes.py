"""What heat maps cover of their images."""

import numpy as np

from stpose_tf import errors
from stpose_tf.data.sources.own.heatmap_stream import HeatmapStream

ORIGINS = ("edge", "center")
_ONE_SHAPE = 0.02  # by how much boxes and maps may differ in the ratio of their sides


def checked(boxes: np.ndarray, stream: HeatmapStream) -> np.ndarray:
    """Returns what each frame's maps cover: left, top, right, bottom, `[time, 4]`.

    Args:
        boxes: In px of the image, `[time, 4]`, or one for all frames, `[4]`.
        stream: The maps.

    Raises:
        InputError: If they are no boxes, or not of the maps' shape.
    """
    if boxes.ndim == 1:
        boxes = np.broadcast_to(boxes, (stream.frames, *boxes.shape))
    if boxes.shape != (stream.frames, 4) or boxes.dtype.kind not in "iuf":
        raise errors.InputError(
            f"{stream.path}: boxes: expected numbers of the shape "
            f"[{stream.frames}, 4]. Received: {list(boxes.shape)} of {boxes.dtype}"
        )
    boxes = boxes.astype(np.float64)
    sides = boxes[:, 2:] - boxes[:, :2]
    if not np.isfinite(boxes).all() or (sides <= 0).any():
        raise errors.InputError(
            f"{stream.path}: boxes: expected left, top, right and bottom in px. "
            f"Received: {boxes[~(sides > 0).all(axis=1)][:1].tolist()}"
        )
    height, width = stream.size
    ratio = (sides[:, 0] / width) / (sides[:, 1] / height)
    if (np.abs(ratio - 1.0) > _ONE_SHAPE).any():
        worst = int(np.argmax(np.abs(ratio - 1.0)))
        raise errors.InputError(
            f"{stream.path}: boxes: expected boxes of the maps' shape, {width} x "
            f"{height}; without any they cover the whole image. "
            f"Received: {sides[worst].tolist()} px in frame {worst}"
        )
    return boxes


def crop(boxes: np.ndarray, stream: HeatmapStream, *, origin: str) -> np.ndarray:
    """Returns the crops that the maps cover once they are padded to squares.

    Args:
        boxes: What `checked` returned, of some frames, `[time, 4]`.
        stream: The maps.
        origin: One of `ORIGINS`: whether a map's first pixel begins at the box's edge
            or has its center there.

    Returns:
        Center x, center y, side in px and roll (0), float32, `[time, 4]`.
    """
    height, width = stream.size
    side = max(height, width)
    pixel = (boxes[:, 2:] - boxes[:, :2]).mean(axis=1) / np.mean([width, height])
    before = np.array([(side - width) // 2, (side - height) // 2])
    first = boxes[:, :2] - before * pixel[:, np.newaxis]
    center = first + pixel[:, np.newaxis] * side / 2.0
    if origin == "center":
        center = center - pixel[:, np.newaxis] / 2.0
    rest = np.stack([pixel * side, np.zeros(len(boxes))], axis=-1)
    return np.concatenate([center, rest], axis=-1).astype(np.float32)
