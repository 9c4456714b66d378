"""A video in which no network has looked for people yet, and who does that."""

import dataclasses
from pathlib import Path
from typing import Protocol

from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnseenVideo:
    """A video that becomes a clip for each person in it.

    Attributes:
        clip_id: Its name, which the people's clip ids begin with.
        subject: Likewise.
        path: A video file or a folder of images.
        fps: Frames a second to give; None is the video's rate.
        source_fps: Frames a second of the video; None is the file's.
        longest_gap: Frames for which a person may be lost before a new clip begins.
        fewest_frames: Shorter clips are skipped.
    """

    clip_id: str
    subject: str
    path: Path
    fps: float | None
    source_fps: float | None
    longest_gap: int
    fewest_frames: int

    def read(self) -> "UnseenVideo":
        """Returns itself: there is nothing to read but images."""
        return self


class HeatmapSource(Protocol):
    """Looks at videos with a 2D network; can be pickled, and `repr` says all of it."""

    def files(self, footage: tuple[Footage, ...]) -> tuple[Path, ...]:
        """Returns the files that heat maps of some footage depend on, if there."""
        ...

    def seen(self, clip: Clip, footage: tuple[Footage, ...]) -> Clip:
        """Returns a clip with the heat maps of its videos in its views.

        Raises:
            InputError: If a video is missing or does not fit the clip.
        """
        ...

    def people(self, video: UnseenVideo) -> tuple[Clip | Skipped, ...]:
        """Returns a clip for each person in a video, and what is too short for one.

        Raises:
            InputError: If the video cannot be read or shows nobody.
        """
        ...
