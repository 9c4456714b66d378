"""The flags that say which 2D keypoints to read, and of what image."""

import dataclasses

from absl import flags, logging

from stpose_tf import errors
from stpose_tf.data.detections import detection_file, person_tracks

NAMES = ("format", "skeleton", "entry", "size")
_FPS = 30.0


def define() -> None:
    """Defines the flags; `fps` is defined elsewhere."""
    flags.DEFINE_string("keypoints", None, "2D keypoints: a file or OpenPose's folder.")
    flags.DEFINE_enum(
        "format", None, list(detection_file.FORMATS), "Of the keypoints; else found."
    )
    flags.DEFINE_string("skeleton", None, "Order of the keypoints; else found.")
    flags.DEFINE_string("entry", None, "Which video of a file that holds several.")
    flags.DEFINE_string("size", None, "The image's, as 1920x1080; else the file's.")


def read() -> person_tracks.Detections:
    """Returns the keypoints, with the image's size and a rate.

    Raises:
        InputError: If they cannot be read, or nothing says the image's size.
    """
    given = flags.FLAGS
    found = detection_file.read(
        given.keypoints,
        given.format,
        skeleton=given.skeleton,
        image_size=None if given.size is None else _size(given.size),
        fps=given.fps,
        video=given.entry,
    )
    if found.image_size is None:
        raise errors.InputError(
            f"{given.keypoints}: expected --size=WIDTHxHEIGHT of the image, for the "
            "file does not say it. Received: none"
        )
    if found.fps is None:
        logging.warning(
            "%s: %g frames a second are assumed (--fps)", given.keypoints, _FPS
        )
        found = dataclasses.replace(found, fps=_FPS)
    return found


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise errors.InputError(
            f"--size: expected WIDTHxHEIGHT in px, as 1920x1080. Received: {text}"
        )
    return int(width), int(height)
