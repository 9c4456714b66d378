"""A small picture of some of a video's frames with the people drawn in."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import extras
from stpose_tf.results.overlay_frames import OverlayFrames
from stpose_tf.results.pose_result import PoseResult
from stpose_tf.video import frame_source

_WIDTH, _GAP = 860, 4  # px
_COLORS = 256


def write(
    painter: OverlayFrames,
    source: frame_source.FrameSource,
    path: Path,
    *,
    numbers: list[int],
) -> None:
    """Writes a PNG with one row for each frame.

    Args:
        painter: Draws the people.
        source: The video, from its first frame; it is closed.
        path: The file.
        numbers: Which frames, rising.

    Raises:
        InputError: If the video cannot be read, or Pillow is not installed.
    """
    pillow: Any = extras.load("PIL.Image", extra="viz")
    rows = []
    try:
        for frame in frame_source.frames(source):
            if frame.number in numbers:
                drawn = pillow.fromarray(painter.draw(frame.number, frame.image))
                height = round(_WIDTH * drawn.height / drawn.width)
                small = drawn.resize((_WIDTH, height), pillow.Resampling.LANCZOS)
                rows += [np.asarray(small), np.zeros((_GAP, _WIDTH, 3), np.uint8)]
            if frame.number >= numbers[-1]:
                break
    finally:
        source.close()
    strip = pillow.fromarray(np.concatenate(rows[:-1]))
    # A photograph in all its colors takes four times as much.
    few = strip.quantize(
        _COLORS, method=pillow.Quantize.MEDIANCUT, dither=pillow.Dither.NONE
    )
    few.save(path, optimize=True)


def chosen(result: PoseResult, count: int) -> list[int]:
    """Returns the numbers of frames that show many people, spread over the video.

    Args:
        result: The people, at least one.
        count: How many frames; fewer if there are not so many.
    """
    seen = Counter(
        number for person in result.people for number in person.frames.tolist()
    )
    most = max(seen.values())
    full = sorted(number for number, people in seen.items() if people == most)
    places = np.linspace(0, len(full) - 1, 2 * min(count, len(full)) + 1)[1::2]
    return [full[round(place)] for place in places]
