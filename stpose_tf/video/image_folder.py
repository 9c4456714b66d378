"""Frames of a folder of images, read by OpenCV."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors, extras

ENDINGS = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class ImageFolder:
    """A folder's images as frames, in the order of the numbers in their names.

    Args:
        path: The folder.
        fps: Frames a second.

    Raises:
        InputError: If there is no image or the first one cannot be read, or OpenCV is
            not installed.
    """

    def __init__(self, path: Path, *, fps: float) -> None:
        self._cv2: Any = extras.load("cv2", extra="video")
        self.name = path.name
        self.fps = fps
        try:
            files = [p for p in path.iterdir() if p.suffix.lower() in ENDINGS]
        except OSError as error:
            raise errors.InputError(
                f"{path}: expected a readable folder. "
                f"Received: {error.strerror or error}"
            ) from error
        self._files = sorted(files, key=_by_number)
        if not self._files:
            raise errors.InputError(
                f"{path}: expected images ({', '.join(ENDINGS)}). Received: none"
            )
        self.expected_frames = len(self._files)
        first = self._read(self._files[0])
        self.image_size = (first.shape[1], first.shape[0])

    def images(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yields each image's time in s and the image, RGB.

        Raises:
            InputError: If one cannot be read or has another size.
        """
        for number, path in enumerate(self._files):
            image = self._read(path)
            if (image.shape[1], image.shape[0]) != self.image_size:
                raise errors.InputError(
                    f"{path}: expected {self.image_size[0]} x {self.image_size[1]} px "
                    f"as before. Received: {image.shape[1]} x {image.shape[0]}"
                )
            yield number / self.fps, image

    def close(self) -> None:
        """Does nothing."""

    def _read(self, path: Path) -> np.ndarray:
        try:
            content = np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise errors.InputError(
                f"{path}: expected a readable image. Received: "
                f"{error.strerror or error}"
            ) from error
        image = None
        if len(content):
            try:
                image = self._cv2.imdecode(content, self._cv2.IMREAD_COLOR)
            except self._cv2.error:
                image = None
        if image is None:
            raise errors.InputError(f"{path}: expected an image. Received: damage")
        return np.ascontiguousarray(image[..., ::-1])


def _by_number(path: Path) -> list[tuple[int, str]]:
    """Returns a key by which frame 10 comes after frame 9."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in parts]
