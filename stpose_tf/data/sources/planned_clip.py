"""A clip that a source has found but not read yet."""

from typing import Protocol, runtime_checkable

from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Motion
from stpose_tf.data.unseen_video import UnseenVideo


class PlannedClip(Protocol):
    """What a source's `find` yields for each clip it sees, in a repeatable order.

    Listing clips opens no more than it must, so that all of them can be planned before
    any is read. A planned clip holds plain values (paths, names, numbers) and can be
    pickled: another process, or another machine that sees the same paths, reads it.

    Attributes:
        clip_id: Unique in its source, and a name that says which clip it is.
        subject: Who moves.
    """

    @property
    def clip_id(self) -> str: ...

    @property
    def subject(self) -> str: ...

    def read(self) -> Motion | Clip | UnseenVideo:
        """Returns the clip.

        A `Motion` has no cameras yet and is shot with virtual ones; a `Clip` has its
        own views; in an `UnseenVideo` nobody has looked for people.

        Raises:
            InputError: If it cannot be read; the others still can.
        """
        ...


@runtime_checkable
class FilmedClip(PlannedClip, Protocol):
    """A planned clip whose views are of real images.

    Attributes:
        footage: Of its views, in their order.
    """

    @property
    def footage(self) -> tuple[Footage, ...]: ...

    def read(self) -> Clip:
        """Returns the clip with its own 2D.

        Raises:
            InputError: If it cannot be read.
        """
        ...
