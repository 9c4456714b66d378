"""What a clip's cameras filmed: which video shows it, and what its 2D is called."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from stpose_tf import errors
from stpose_tf.data.containers import refusal

VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv")
IMAGES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """What one camera of a clip filmed: a video file, or a folder of images.

    Attributes:
        videos: Where it may lie below the folder of videos, without a file's ending,
            the usual place first; none if the data set does not say it.
        detections: What a file of its 2D may be called below the folder of all of
            them, without suffix, such as `S1/Walking.54138969`; the usual name first.
            Such a file begins where the clip does. None if it is the clip's own input.
        first: The clip's first frame, among the video's.
        step: Every which frame of the video is one of the clip's.
        rest: What it may show after the clip: "none"; "some" that the data set leaves
            out at the end; "any", for the clip is a part of it.
        first_image: The number that the data set gives to its first image.
        drifts: Whether the data set's joints are known to lie elsewhere than the
            person, so that nothing follows from where they are.
    """

    videos: tuple[str, ...] = ()
    detections: tuple[str, ...] = ()
    first: int = 0
    step: int = 1
    rest: Literal["none", "some", "any"] = "none"
    first_image: int = 0
    drifts: bool = False

    def fits(self, given: int, needed: int) -> bool:
        """Returns whether 2D of `given` frames can be of `needed` frames of a clip."""
        return given == needed if self.rest == "none" else given >= needed

    def expected(self, needed: int) -> str:
        """Returns what `fits` expects, in words."""
        return f"{'at least ' * (self.rest != 'none')}the {needed} frames of the clip"


def spellings(names: Sequence[str]) -> tuple[str, ...]:
    """Returns names, each followed by itself with `_` in place of spaces."""
    both = [spelled for name in names for spelled in (name, name.replace(" ", "_"))]
    return tuple(dict.fromkeys(both))


def find_video(folder: Path, footage: Footage) -> Path:
    """Returns the video file or the folder of images.

    Args:
        folder: Of the videos.
        footage: Which.

    Raises:
        InputError: If there is none, or nothing says where it lies.
    """
    for name in footage.videos:
        place = folder / name
        for ending in VIDEOS:
            for spelled in (ending, ending.upper()):
                if (file := place.with_name(place.name + spelled)).is_file():
                    return file
        if has_images(place):
            return place
    if not footage.videos:
        raise refusal.error(
            folder, "a data set that says where its videos lie", "one that does not"
        )
    raise errors.InputError(
        f"{folder}: expected the video {footage.videos[0]} ({', '.join(VIDEOS)}, or a "
        "folder of images). Received: none"
    )


def find_detections(
    folder: Path, footage: Footage, suffixes: Sequence[str], *, folders: bool = False
) -> Path:
    """Returns the file of 2D that is called like what was filmed.

    Args:
        folder: Where to look.
        footage: Of which; a space in its names may also be an underscore.
        suffixes: What it may end with; the first that is there is taken.
        folders: Whether it may be a folder of that name too.

    Raises:
        InputError: If there is none, or nothing says what it is called.
    """
    names = spellings(footage.detections)
    for name, suffix in itertools.product(names, suffixes):
        if (path := folder / f"{name}{suffix}").is_file():
            return path
    for name in names:
        if folders and (folder / name).is_dir():
            return folder / name
    if not names:
        raise refusal.error(
            folder, "a clip that other 2D can be called like", "one of 2D itself"
        )
    kinds = f"{names[0]} with {' or '.join(suffixes)}"
    if folders:
        kinds += ", or a folder of that name"
    raise refusal.error(folder, kinds, "none of them")


def has_images(folder: Path) -> bool:
    """Returns whether it is a folder with images in it."""
    return folder.is_dir() and any(is_image(file) for file in folder.iterdir())


def is_image(file: Path) -> bool:
    """Returns whether a file's name is an image's."""
    return file.suffix.lower() in IMAGES
