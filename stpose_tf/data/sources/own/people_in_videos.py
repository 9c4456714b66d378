"""Videos of which nothing is known: a 2D network finds the people in them."""

from collections.abc import Iterator
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data import footage
from stpose_tf.data.containers import named_files
from stpose_tf.data.unseen_video import UnseenVideo

DATASET = "videos"


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    source_fps: float | None = None,
    longest_gap: int = 15,
    fewest_frames: int = 16,
) -> Iterator[UnseenVideo]:
    """Yields every video file and every folder of images, in order of their names.

    Args:
        path: A video file, a folder of images, or a folder with such below it.
        fps: Frames a second to give; None is the videos'.
        subjects: Only these videos, by name; all if empty.
        source_fps: Frames a second of the videos; None is the files', and 30 of
            folders of images.
        longest_gap: Frames for which a person may be lost; after more a new clip
            begins.
        fewest_frames: Shorter clips are skipped.

    Raises:
        InputError: If there is no video.
    """
    for file, name in _videos(path):
        if subjects and name not in subjects:
            continue
        yield UnseenVideo(
            clip_id=name,
            subject=name,
            path=file,
            fps=fps,
            source_fps=source_fps,
            longest_gap=longest_gap,
            fewest_frames=fewest_frames,
        )


def _videos(path: Path) -> list[tuple[Path, str]]:
    if path.is_file():
        return [(path, path.stem)]
    if footage.has_images(path):
        return [(path, path.resolve().name)]
    found = sorted(
        entry
        for entry in path.rglob("*")
        if footage.has_images(entry)
        or (entry.suffix.lower() in footage.VIDEOS and entry.is_file())
    )
    if not found:
        raise errors.InputError(
            f"{path}: expected videos ({', '.join(footage.VIDEOS)}) or folders of "
            "images in or below it. Received: none"
        )
    return list(zip(found, named_files.names(path, found), strict=True))
