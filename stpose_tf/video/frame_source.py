"""Frames one after the other, from a video file, a folder of images or a camera."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from stpose_tf import errors
from stpose_tf.video import camera_frames, image_folder, video_file

DEFAULT_FPS = 30.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One frame.

    Attributes:
        number: From 0.
        time: When it is shown, in s from the first one.
        image: RGB, uint8 `[height, width, 3]`, upright.
    """

    number: int
    time: float
    image: np.ndarray


class FrameSource(Protocol):
    """Frames that can be walked through once.

    Attributes:
        name: The file's, the folder's or the camera's.
        image_size: Width and height in px, upright.
        fps: Frames a second, the mean where it varies.
        expected_frames: How many there will be, where that is known.
    """

    @property
    def name(self) -> str: ...

    @property
    def image_size(self) -> tuple[int, int]: ...

    @property
    def fps(self) -> float: ...

    @property
    def expected_frames(self) -> int | None: ...

    def images(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yields each frame's time in s and its image."""
        ...

    def close(self) -> None:
        """Gives the file or the camera back."""
        ...


def open_source(
    name: str, *, fps: float | None = None, threaded: bool = True
) -> FrameSource:
    """Returns the frames of a video file, a folder of images, or a camera.

    Args:
        name: A path, or a camera's number.
        fps: Frames a second of a folder or a camera, `DEFAULT_FPS` without it; a
            video file has its own, which this overrides.
        threaded: Whether a video file may be decoded ahead in threads.

    Raises:
        InputError: If there are no frames, or `fps` is no positive number.
    """
    if fps is not None and not (math.isfinite(fps) and fps > 0.0):
        raise errors.InputError(f"fps: expected a positive number. Received: {fps}")
    path = Path(name)
    if path.is_dir():
        return image_folder.ImageFolder(path, fps=fps or DEFAULT_FPS)
    if path.is_file():
        return video_file.VideoFile(path, fps=fps, threaded=threaded)
    if name.isdecimal():
        return camera_frames.CameraFrames(int(name), fps=fps or DEFAULT_FPS)
    raise errors.InputError(
        "video: expected a video file, a folder of images or a camera's number. "
        f"Received: {name}"
    )


def frames(source: FrameSource) -> Iterator[Frame]:
    """Yields a source's frames, numbered, with rising times.

    Raises:
        InputError: If there are none, or the source breaks off.
    """
    last = -math.inf
    number = -1
    for number, (time, image) in enumerate(source.images()):
        # Files exist that show two frames at once.
        last = max(time, last + 1e-4) if number else 0.0
        yield Frame(number=number, time=last, image=image)
    if number < 0:
        raise errors.InputError(
            f"{source.name}: expected at least one frame. Received: none"
        )
