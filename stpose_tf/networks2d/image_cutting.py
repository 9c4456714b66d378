"""Crops cut out of frames, turned upright, at the size that a network takes."""

import math
from types import ModuleType

import numpy as np

from stpose_tf import extras, stage_clock
from stpose_tf.networks2d import placement


def cut(frame: np.ndarray, crops: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns what lies under the crops; black outside of the frame.

    Bilinear; a crop that has to shrink to less than half is averaged first, so that
    no pixel of the frame is skipped.

    Args:
        frame: RGB, uint8 `[height, width, 3]`.
        crops: Center x, center y, side (the height) in px and roll in rad,
            `[people, 4]`.
        size: Height and width of a crop.

    Returns:
        uint8 `[people, *size, 3]`.

    Raises:
        InputError: If OpenCV is not installed.
    """
    cv2 = extras.load("cv2", extra="video")
    height, width = size
    images = np.zeros((len(crops), height, width, 3), np.uint8)
    with stage_clock.counted("crops"):
        for image, crop in zip(images, np.asarray(crops, np.float64), strict=True):
            matrix = placement.of_crop(crop, size)
            left, top, right, bottom = _bounds(matrix, size, frame)
            factor = max(1, int(crop[2] / height))
            right -= (right - left) % factor
            bottom -= (bottom - top) % factor
            if right <= left or bottom <= top:
                continue
            seen = _shrunk(cv2, frame[top:bottom, left:right], factor)
            matrix[:, 2] -= left, top
            matrix /= factor
            matrix[:, 2] -= 0.5  # OpenCV counts from the center of the first pixel.
            # Of four channels OpenCV makes the same numbers in half the time.
            drawn = cv2.warpAffine(
                cv2.cvtColor(seen, cv2.COLOR_RGB2RGBA),
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_CONSTANT,
            )
            cv2.cvtColor(drawn, cv2.COLOR_RGBA2RGB, dst=image)
    return images


def use_one_thread() -> None:
    """Keeps OpenCV on one thread, for crops are too small to be shared out.

    A setting of the whole process, so for commands to make: sharing out costs a third
    of a crop's CPU time, and the 2D networks have the other cores.

    Raises:
        InputError: If OpenCV is not installed.
    """
    extras.load("cv2", extra="video").setNumThreads(1)


def _shrunk(cv2: ModuleType, image: np.ndarray, factor: int) -> np.ndarray:
    """Returns an image averaged over squares, whose sides divide its own.

    Halved as often as it can be: OpenCV does that several times as fast.
    """
    while factor > 1:
        step = 2 if factor % 2 == 0 else factor
        sides = image.shape[1] // step, image.shape[0] // step
        image = cv2.resize(image, sides, interpolation=cv2.INTER_AREA)
        factor //= step
    return image


def _bounds(
    matrix: np.ndarray, size: tuple[int, int], frame: np.ndarray
) -> tuple[int, int, int, int]:
    """Returns the part of the frame that a crop can touch: left, top, right, bottom."""
    height, width = size
    reach = np.abs(matrix[:, :2])
    step = reach.sum(axis=1) + 1.0
    middle = matrix[:, :2] @ [(width - 1) / 2.0, (height - 1) / 2.0] + matrix[:, 2]
    half = reach @ [(width + 1) / 2.0, (height + 1) / 2.0] + step
    left, top = (math.floor(low) for low in middle - half)
    right, bottom = (math.ceil(high) for high in middle + half)
    left, top = max(left, 0), max(top, 0)
    return left, top, min(right, frame.shape[1]), min(bottom, frame.shape[0])
