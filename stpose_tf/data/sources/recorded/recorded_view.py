"""Views of keypoints that a real camera and a detector recorded."""

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import View
from stpose_tf.geometry import cameras

# As virtual_cameras crops: the tight box times 1.25, smoothed, without its jitter.
_MARGIN = 1.25
_SMOOTHING = 9  # frames of the moving average
_SMALLEST = 16.0  # px


def from_keypoints(
    keypoints: np.ndarray,
    *,
    image_size: tuple[int, int],
    confidence: np.ndarray | None = None,
    labelled: np.ndarray | None = None,
    camera: cameras.Camera | None = None,
    crop: np.ndarray | None = None,
) -> View:
    """Returns the view of one person's keypoints, with a crop around them.

    A keypoint is absent where it is NaN or infinite, or where its confidence is 0 or
    NaN; it gets confidence 0 and lies in the middle of the crop.

    Args:
        keypoints: In px of the image, `[time, keypoints, 2]`.
        image_size: Width and height in px.
        confidence: The detector's, 0 to 1, `[time, keypoints]`; None is 1 wherever
            there is a keypoint.
        labelled: Where the keypoints are truth, bool, `[time, keypoints]`; None is
            wherever there is a keypoint. An absent one is never labelled.
        camera: The unbatched camera where it is known.
        crop: Center x, center y, side in px and roll in rad, `[time, 4]`; None takes
            the smoothed square around the present keypoints. A frame without any
            takes the box of the nearest frame that has one.

    Raises:
        InputError: If an array has the wrong shape, the image size or a crop's side
            is not positive, a confidence is outside 0 to 1, or no frame has any
            keypoint.
    """
    keypoints = np.asarray(keypoints, np.float32)
    if keypoints.ndim != 3 or keypoints.shape[2] != 2 or not keypoints.size:
        raise errors.InputError(
            "keypoints: expected the shape [time, keypoints, 2]. "
            f"Received: {list(keypoints.shape)}"
        )
    shape = (keypoints.shape[0], keypoints.shape[1])
    width, height = int(image_size[0]), int(image_size[1])
    if width < 1 or height < 1:
        raise errors.InputError(
            f"image_size: expected a positive width and height. Received: {image_size}"
        )
    present = np.isfinite(keypoints).all(axis=-1)
    heights = _heights(confidence, present)
    present &= heights > 0.0
    if crop is None:
        crop = tight_crop(keypoints, present)
    else:
        crop = _checked_crop(crop, shape[0])
    truth = present if labelled is None else np.asarray(labelled, bool)
    if truth.shape != shape:
        raise errors.InputError(
            f"labelled: expected the shape {list(shape)}. Received: {list(truth.shape)}"
        )
    places = np.where(present[..., np.newaxis], keypoints, crop[:, np.newaxis, :2])
    return View(
        keypoints=places.astype(np.float32),
        confidence=np.where(present, heights, 0.0).astype(np.float32),
        labelled=truth & present,
        crop=crop,
        image_size=(width, height),
        camera=camera,
    )


def tight_crop(keypoints: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Returns upright square crops around the present keypoints, smoothed in time.

    Args:
        keypoints: In px, `[time, keypoints, 2]`.
        present: Which of them are there, bool, `[time, keypoints]`.

    Returns:
        Center x, center y, side in px and roll (0), float32, `[time, 4]`.

    Raises:
        InputError: If no frame has any keypoint.
    """
    filled = np.flatnonzero(present.any(axis=1))
    if not len(filled):
        raise errors.InputError(
            "keypoints: expected at least one in at least one frame. Received: none"
        )
    there = present[filled][..., np.newaxis]
    seen = keypoints[filled].astype(np.float64)
    lowest = np.where(there, seen, np.inf).min(axis=1)
    highest = np.where(there, seen, -np.inf).max(axis=1)
    side = _MARGIN * (highest - lowest).max(axis=-1, keepdims=True)
    boxes = np.concatenate(
        [(lowest + highest) / 2.0, np.maximum(side, _SMALLEST)], axis=-1
    )
    smooth = _smoothed(boxes[_nearest(filled, len(keypoints))])
    return np.pad(smooth, [(0, 0), (0, 1)]).astype(np.float32)


def _nearest(filled: np.ndarray, num_frames: int) -> np.ndarray:
    """Returns for each frame the position in `filled` of the nearest filled frame."""
    frames = np.arange(num_frames)
    after = np.minimum(np.searchsorted(filled, frames), len(filled) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(frames - filled[before]) <= np.abs(frames - filled[after])
    return np.where(closer, before, after)


def _smoothed(boxes: np.ndarray) -> np.ndarray:
    """Returns the moving average; outside the clip nothing is averaged."""
    half = _SMOOTHING // 2
    sums = np.cumsum(np.pad(boxes, [(1, 0), (0, 0)]), axis=0)
    frames = np.arange(len(boxes))
    first = np.maximum(frames - half, 0)
    last = np.minimum(frames + half + 1, len(boxes))
    return (sums[last] - sums[first]) / (last - first)[:, np.newaxis]


def _heights(confidence: np.ndarray | None, present: np.ndarray) -> np.ndarray:
    if confidence is None:
        return present.astype(np.float32)
    heights = np.asarray(confidence, np.float32)
    if heights.shape != present.shape:
        raise errors.InputError(
            f"confidence: expected the shape {list(present.shape)}. "
            f"Received: {list(heights.shape)}"
        )
    heights = np.where(np.isnan(heights), 0.0, heights)
    outside = heights[(heights < 0.0) | (heights > 1.0)]
    if len(outside):
        raise errors.InputError(
            f"confidence: expected numbers from 0 to 1. Received: {outside[0]:g}"
        )
    return heights


def _checked_crop(crop: np.ndarray, num_frames: int) -> np.ndarray:
    crop = np.asarray(crop, np.float32)
    if crop.shape != (num_frames, 4):
        raise errors.InputError(
            f"crop: expected the shape {[num_frames, 4]}. Received: {list(crop.shape)}"
        )
    if not (np.isfinite(crop).all() and (crop[:, 2] > 0.0).all()):
        raise errors.InputError(
            "crop: expected finite numbers and positive sides. Received: others"
        )
    return crop
