"""Frames of a video file, decoded by FFmpeg through PyAV."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors, extras

_LARGEST_SIDE = 16384  # px
_MISSING = 0.02  # share of the promised frames that may be missing


class VideoFile:
    """A video file's frames, turned as its rotation says.

    Args:
        path: The file.
        fps: Frames a second instead of the file's own; times follow from it.
        threaded: Whether FFmpeg may decode ahead in threads of its own.

    Raises:
        InputError: If it is no readable file with a video stream, or PyAV is not
            installed.
    """

    def __init__(
        self, path: Path, *, fps: float | None = None, threaded: bool = True
    ) -> None:
        self._av: Any = extras.load("av", extra="video")
        self.name = path.name
        self._path = path
        try:
            self._container = self._av.open(str(path))
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise self._refusal("a video file", _said(error)) from error
        if not self._container.streams.video:
            kinds = sorted({stream.type for stream in self._container.streams})
            self.close()
            raise self._refusal("a video stream", ", ".join(kinds) or "no stream")
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO" if threaded else "NONE"
        self._stream = stream
        self._fps = fps
        own = stream.average_rate or stream.guessed_rate
        self.fps = float(fps or own or 30.0)
        self.expected_frames = int(stream.frames) or None
        self._decoded = self._decode()
        first = next(self._decoded, None)
        if first is None:
            self.close()
            raise self._refusal("at least one frame", "none")
        self._first = first
        self.image_size = (first[1].shape[1], first[1].shape[0])

    def images(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yields each frame's time in s and its RGB image.

        Raises:
            InputError: If the file is cut off or damaged, or frames change their size.
        """
        count = 0
        pair: tuple[float, np.ndarray] | None = self._first
        while pair is not None:
            time, image = pair
            if (image.shape[1], image.shape[0]) != self.image_size:
                raise self._refusal(
                    f"frames of {self.image_size[0]} x {self.image_size[1]} px",
                    f"{image.shape[1]} x {image.shape[0]} in frame {count}",
                )
            yield (count / self._fps if self._fps else time), image
            count += 1
            pair = next(self._decoded, None)
        promised = self.expected_frames or 0
        if promised - count > max(2, _MISSING * promised):
            raise self._refusal(f"{promised} frames", f"the end after {count}")

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _decode(self) -> Iterator[tuple[float, np.ndarray]]:
        start = None
        count = 0
        try:
            for frame in self._container.decode(self._stream):
                if max(frame.width, frame.height) > _LARGEST_SIDE:
                    raise self._refusal(
                        f"at most {_LARGEST_SIDE} px", f"{frame.width}x{frame.height}"
                    )
                time = frame.time if frame.time is not None else count / self.fps
                start = time if start is None else start
                image = frame.to_ndarray(format="rgb24")
                # PyAV's rotation is counterclockwise, as NumPy's is.
                turns = round(frame.rotation / 90.0) % 4
                image = np.rot90(image, turns) if turns else image
                yield float(time - start), np.ascontiguousarray(image)
                count += 1
        except (self._av.FFmpegError, OSError, ValueError) as error:
            if isinstance(error, errors.InputError):
                raise
            raise self._refusal(
                "a whole video", f"{_said(error)} after {count} frames"
            ) from error

    def _refusal(self, expected: str, received: str) -> errors.InputError:
        return errors.InputError(
            f"{self._path}: expected {expected}. Received: {received}"
        )


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
