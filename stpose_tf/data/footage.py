"""Which frames of which video show what a clip's cameras saw."""

import dataclasses
from pathlib import Path
from typing import Protocol, runtime_checkable

from stpose_tf import errors

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")
IMAGES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """What one camera of a clip filmed.

    Attributes:
        names: Where it may lie below the folder of videos, without a file's ending; a
            video file or a folder of images.
        first: The clip's first frame, among the video's.
        step: Every which frame of the video is one of the clip's.
        whole: Whether the video ends with the clip, or little later.
    """

    names: tuple[str, ...]
    first: int = 0
    step: int = 1
    whole: bool = True


@runtime_checkable
class Filmed(Protocol):
    """A planned clip that knows its videos, one for each of its views."""

    @property
    def footage(self) -> tuple[Footage, ...]: ...


def find(folder: Path, footage: Footage) -> Path:
    """Returns the video file or the folder of images.

    Args:
        folder: Of the videos.
        footage: Which.

    Raises:
        InputError: If there is none.
    """
    for name in footage.names:
        place = folder / name
        for ending in VIDEOS:
            for spelled in (ending, ending.upper()):
                if (file := place.with_name(place.name + spelled)).is_file():
                    return file
        if has_images(place):
            return place
    raise errors.InputError(
        f"{folder}: expected the video {footage.names[0]} ({', '.join(VIDEOS)}, or a "
        "folder of images). Received: none"
    )


def has_images(folder: Path) -> bool:
    """Returns whether it is a folder with images in it."""
    return folder.is_dir() and any(is_image(file) for file in folder.iterdir())


def is_image(file: Path) -> bool:
    """Returns whether a file's name is an image's."""
    return file.suffix.lower() in IMAGES
