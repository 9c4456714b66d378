"""A video file written frame by frame, by FFmpeg through PyAV."""

import fractions
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from stpose_tf import errors, extras

_CODECS = ("libx264", "libopenh264", "mpeg4")
_CLOCK = fractions.Fraction(1, 90_000)  # s


class VideoWriter:
    """Writes an MP4 that browsers play; to be used as a context manager.

    The file appears under its name once it is whole.

    Args:
        path: The file.
        fps: Frames a second, of frames without a time.

    Raises:
        InputError: If PyAV is not installed or the file cannot be written.
    """

    def __init__(self, path: Path, *, fps: float) -> None:
        self._av: Any = extras.load("av", extra="video")
        self._path = path
        self._part = path.with_name(f".{path.stem}.part{path.suffix}")
        self._fps = fps
        self._count = 0
        self._last = -1
        self._stream: Any = None
        try:
            self._container = self._av.open(str(self._part), "w", format="mp4")
        except (self._av.FFmpegError, OSError) as error:
            raise errors.InputError(
                f"{path}: expected a file to write to. Received: {error}"
            ) from error

    def __enter__(self) -> "VideoWriter":
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the file, or takes it away after an error."""
        if kind is None and self._stream is not None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if kind is None and self._stream is not None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    def write(self, image: np.ndarray, *, time: float | None = None) -> None:
        """Adds a frame.

        Args:
            image: RGB, uint8 `[height, width, 3]`; an odd last row or column is
                repeated.
            time: When to show it, in s from the first one; else at the rate.
        """
        odd = image.shape[0] % 2, image.shape[1] % 2
        if any(odd):
            image = np.pad(image, [(0, odd[0]), (0, odd[1]), (0, 0)], mode="edge")
        if self._stream is None:
            self._begin(image.shape[1], image.shape[0])
        frame = self._av.VideoFrame.from_ndarray(image, format="rgb24")
        seconds = self._count / self._fps if time is None else time
        self._last = max(round(seconds / _CLOCK), self._last + 1)
        frame.pts, frame.time_base = self._last, _CLOCK
        self._container.mux(self._stream.encode(frame))
        self._count += 1

    def _begin(self, width: int, height: int) -> None:
        codec = next(c for c in _CODECS if c in self._av.codecs_available)
        rate = fractions.Fraction(self._fps).limit_denominator(1001)
        self._stream = self._container.add_stream(codec, rate=rate)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        if codec == "libx264":
            self._stream.options = {"crf": "20", "preset": "veryfast"}
        else:
            self._stream.bit_rate = max(1_000_000, width * height * 4)
