"""Frames of a camera, read by OpenCV."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from stpose_tf import errors, extras


class CameraFrames:
    """A camera's frames, until it stops or the program is interrupted.

    Args:
        number: The camera's, from 0.
        fps: Frames a second to ask it for.

    Raises:
        InputError: If there is no such camera, or OpenCV is not installed.
    """

    expected_frames = None

    def __init__(self, number: int, *, fps: float) -> None:
        cv2: Any = extras.load("cv2", extra="video")
        self.name = f"camera {number}"
        self._capture = cv2.VideoCapture(number)
        self._capture.set(cv2.CAP_PROP_FPS, fps)
        found, image = self._capture.read()
        if not found:
            self._capture.release()
            raise errors.InputError(
                f"video: expected the number of a camera. Received: {number}"
            )
        self.fps = float(self._capture.get(cv2.CAP_PROP_FPS) or fps)
        self.image_size = (image.shape[1], image.shape[0])

    def images(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yields each frame's time in s and its RGB image."""
        start = time.monotonic()
        while True:
            found, image = self._capture.read()
            if not found:
                return
            yield time.monotonic() - start, np.ascontiguousarray(image[..., ::-1])

    def close(self) -> None:
        """Gives the camera back."""
        self._capture.release()
