"""What the user knows of a video that a detector's file may not say."""

import dataclasses
import math

from stpose_tf import errors
from stpose_tf.geometry import skeletons


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """Facts that go before the file's own.

    Attributes:
        skeleton: The order of the keypoints.
        image_size: Width and height in px.
        fps: Frames a second.
        video: Which video of a file that holds several.

    Raises:
        InputError: If a skeleton is unknown, or a number is not positive.
    """

    skeleton: str | None = None
    image_size: tuple[int, int] | None = None
    fps: float | None = None
    video: str | None = None

    def __post_init__(self) -> None:
        if self.skeleton is not None:
            skeletons.get(self.skeleton)
        if self.image_size is not None and min(self.image_size) < 1:
            raise errors.InputError(
                "image_size: expected a positive width and height. "
                f"Received: {self.image_size}"
            )
        if self.fps is not None and not (math.isfinite(self.fps) and self.fps > 0):
            raise errors.InputError(
                f"fps: expected a positive number. Received: {self.fps}"
            )

    def chosen(self, videos: tuple[str, ...], *, where: str) -> str:
        """Returns the video to read.

        Raises:
            InputError: If there are several and none is chosen, or not the chosen.
        """
        if self.video is None and len(videos) == 1:
            return videos[0]
        if self.video in videos:
            return str(self.video)
        names = ", ".join(videos[:8]) + (", ..." if len(videos) > 8 else "")
        raise errors.InputError(
            f"{where}: expected a video to be chosen among {names or 'none'}. "
            f"Received: {self.video}"
        )
