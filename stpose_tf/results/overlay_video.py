"""The video with its people drawn in."""

from pathlib import Path

from stpose_tf.results.overlay_frames import OverlayFrames
from stpose_tf.video import frame_source, video_writer


def write(painter: OverlayFrames, source: frame_source.FrameSource, path: Path) -> None:
    """Reads a video and writes it anew with the people drawn in.

    Args:
        painter: Draws them.
        source: The video, from its first frame; it is closed.
        path: The file to write.

    Raises:
        InputError: If the video cannot be read or the file not be written.
    """
    try:
        with video_writer.VideoWriter(path, fps=source.fps) as writer:
            for frame in frame_source.frames(source):
                image = painter.draw(frame.number, frame.image)
                writer.write(image, time=frame.time)
    finally:
        source.close()
