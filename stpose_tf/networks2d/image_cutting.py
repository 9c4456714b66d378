"""Crops cut out of frames, turned upright, at the size that a network takes."""

import numpy as np

from stpose_tf import extras
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
    reduced: dict[int, np.ndarray] = {1: frame}
    for image, crop in zip(images, np.asarray(crops, np.float64), strict=True):
        factor = max(1, int(crop[2] / height))
        if factor not in reduced:
            rows, columns = (max(1, side // factor) for side in frame.shape[:2])
            whole = frame[: rows * factor, : columns * factor]
            reduced[factor] = cv2.resize(
                whole, (columns, rows), interpolation=cv2.INTER_AREA
            )
        matrix = placement.of_crop(crop * [1 / factor, 1 / factor, 1 / factor, 1], size)
        matrix[:, 2] -= 0.5  # OpenCV counts from the center of the first pixel.
        cv2.warpAffine(
            reduced[factor],
            matrix,
            (width, height),
            dst=image,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
    return images
