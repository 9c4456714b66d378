"""What gives the people of a video, frame by frame, with ids that stay."""

from typing import Protocol

import numpy as np

from stpose_tf.people.person_frame import PersonFrame


class PeopleFinder(Protocol):
    """Finds people in frames that come one after the other."""

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns people of this frame and perhaps of some before, by their ids.

        Args:
            frame: Its number, rising.
            image: RGB, uint8 `[height, width, 3]`.
        """
        ...

    def is_gone(self, person: int, *, last: int, frame: int) -> bool:
        """Returns whether a person cannot turn up after a frame any more.

        May be called while `step` is at work on a later frame.

        Args:
            person: The id.
            last: Number of the frame in which the person was last seen.
            frame: Number of a frame that `step` has taken.
        """
        ...


class OnePerson:
    """Passes on one of the people, so that nothing is done for the others.

    Args:
        finder: Finds them all.
        person: The id of the one.

    Attributes:
        seen: The ids of all.
    """

    def __init__(self, finder: PeopleFinder, person: int) -> None:
        self._finder = finder
        self._person = person
        self.seen: set[int] = set()

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns the one, as `PeopleFinder.step` does."""
        found = self._finder.step(frame, image)
        self.seen |= {person.person for person in found}
        return [person for person in found if person.person == self._person]

    def is_gone(self, person: int, *, last: int, frame: int) -> bool:
        """Returns whether a person cannot turn up any more; see `PeopleFinder`."""
        return self._finder.is_gone(person, last=last, frame=frame)
