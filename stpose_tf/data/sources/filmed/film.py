"""What a clip's views were filmed on: how their files of 2D are called."""

import dataclasses
from typing import Protocol

from stpose_tf.data.clip import Clip


@dataclasses.dataclass(frozen=True, slots=True)
class Film:
    """One view's video, or folder of images.

    Attributes:
        names: What a file of its 2D may be called, below the folder of all of them and
            without suffix, such as `S1/Walking.54138969`; the usual one first. A space
            may also be an underscore.
        first_image: The number that the data set gives to its first image.
        may_outlast: Whether it may be longer than what the data set says of it.
        drifts: Whether the data set's joints are known to lie elsewhere than the
            person, so that nothing follows from where they are.
    """

    names: tuple[str, ...]
    first_image: int = 0
    may_outlast: bool = False
    drifts: bool = False

    def fits(self, given: int, needed: int) -> bool:
        """Returns whether 2D of `given` frames can be of `needed` frames of a clip."""
        return given >= needed if self.may_outlast else given == needed

    def expected(self, needed: int) -> str:
        """Returns what `fits` expects, in words."""
        return f"{'at least ' * self.may_outlast}the {needed} frames of the clip"


class FilmedClip(Protocol):
    """A planned clip, see `planned_clip`, whose views are of real images.

    Attributes:
        clip_id: Unique in its source.
        subject: Who moves.
        step: Every `step`-th image is one of its frames.
        films: Of its views, in their order.
    """

    @property
    def clip_id(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def step(self) -> int: ...

    @property
    def films(self) -> tuple[Film, ...]: ...

    def read(self) -> Clip:
        """Returns the clip with its own 2D.

        Raises:
            InputError: If it cannot be read.
        """
        ...
