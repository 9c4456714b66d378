"""A video with its people drawn in, as a video and as a small picture."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stpose_tf.results import overlay_strip, pose_result, result_folder
from stpose_tf.results.overlay_frames import OverlayFrames
from stpose_tf.video import frame_source, video_writer


def write(
    result: pose_result.PoseResult,
    places: Sequence[pose_result.Array | None],
    again: Callable[[], frame_source.FrameSource],
    folder: Path,
    *,
    whole: bool,
    pictures: int,
) -> Iterator[Path]:
    """Writes what is wanted and yields each file as it is there.

    Args:
        result: The people, at least one.
        places: Where they are; see `OverlayFrames`.
        again: Opens the video from its first frame.
        folder: Where to write to.
        whole: Whether the video is wanted.
        pictures: How many frames are wanted as a picture.

    Raises:
        InputError: If the video cannot be read or a file not be written.
    """
    painter = OverlayFrames(result, places)
    if whole:
        path = folder / result_folder.OVERLAY
        _write_video(painter, again(), path)
        yield path
    if pictures:
        path = folder / result_folder.STRIP
        numbers = overlay_strip.chosen(result, pictures)
        overlay_strip.write(painter, again(), path, numbers=numbers)
        yield path


def _write_video(
    painter: OverlayFrames, source: frame_source.FrameSource, path: Path
) -> None:
    try:
        with video_writer.VideoWriter(path, fps=source.fps) as writer:
            for frame in frame_source.frames(source):
                image = painter.draw(frame.number, frame.image)
                writer.write(image, time=frame.time)
    finally:
        source.close()
