"""People whose boxes were given, with the ids that were given or with our own."""

import dataclasses

import numpy as np

from stpose_tf.networks2d.heatmap_network import HeatmapNetwork
from stpose_tf.people import person_frame, person_tracker, sightings
from stpose_tf.people.person_boxes import PersonBoxes
from stpose_tf.people.person_frame import PersonFrame
from stpose_tf.people.sightings import Sightings

_LEAST_PRESENCE = 0.1  # A box says that somebody is there.
_SAME_SIZE = 2.0  # largest ratio of a crop to that of its box


class NamedPeople:
    """Looks at people where their boxes are; nobody is tracked.

    A network that wants people upright looks where it saw the person before, as long
    as that fits the box.

    Args:
        network: The 2D network.
        boxes: With ids. The number of a person is that of its name, from 1.
    """

    def __init__(self, network: HeatmapNetwork, boxes: PersonBoxes) -> None:
        self._network = network
        self._boxes = boxes
        self._numbers = {name: n for n, name in enumerate(boxes.names, start=1)}
        self._ends = {
            self._numbers[name]: frame for name, frame in boxes.last_frames().items()
        }
        self._last: dict[str, PersonFrame] = {}

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns the people in the next frame, by their numbers.

        Args:
            frame: Its number, rising.
            image: RGB, uint8 `[height, width, 3]`.
        """
        named = self._boxes.named(frame)
        names = sorted(named, key=self._numbers.__getitem__)
        if not names:
            return []
        corners = np.stack([named[name] for name in names])
        given = sightings.crops(
            Sightings(
                boxes=corners, scores=np.ones(len(names)), rolls=np.zeros(len(names))
            ),
            self._network,
        )
        crops, fresh = given.copy(), [False] * len(names)
        if self._network.upright:
            for n, name in enumerate(names):
                last = self._last.get(name)
                if (
                    last is not None
                    and last.frame == frame - 1
                    and _fits(last.following, given[n], corners[n])
                ):
                    crops[n] = last.following
                else:
                    fresh[n] = True
        found = person_frame.look(self._network, image, crops, frame=frame)
        again = [
            n
            for n, person in enumerate(found)
            if fresh[n] and _fits(person.following, given[n], corners[n])
        ]
        nearer = np.array([found[n].following for n in again])
        second = person_frame.look(self._network, image, nearer, frame=frame)
        for n, person in zip(again, second, strict=True):
            found[n] = person
        people = []
        for name, person in zip(names, found, strict=True):
            if person.presence >= _LEAST_PRESENCE:
                self._last[name] = dataclasses.replace(
                    person, person=self._numbers[name]
                )
                people.append(self._last[name])
        return people

    def is_gone(self, person: int, *, last: int, frame: int) -> bool:
        """Returns whether a person has no more boxes; see `PeopleFinder`."""
        del last
        return frame >= self._ends[person]


class NamelessPeople:
    """Tracks people who are found where their boxes are.

    Args:
        network: The 2D network.
        boxes: Without ids.
        fps: Frames a second.
    """

    name = "boxes"

    def __init__(
        self, network: HeatmapNetwork, boxes: PersonBoxes, *, fps: float
    ) -> None:
        self._boxes = boxes
        self._frame = 0
        self._tracker = person_tracker.PersonTracker(
            network, self, fps=fps, detect_every=1.0 / fps
        )

    def __call__(self, frame: np.ndarray) -> Sightings:
        """Returns the boxes of the frame that is looked at: the tracker's detector."""
        del frame
        return self._boxes.sightings(self._frame)

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns the people in the next frame, as `PersonTracker.step` does."""
        self._frame = frame
        return self._tracker.step(frame, image)

    def is_gone(self, person: int, *, last: int, frame: int) -> bool:
        """Returns whether a person cannot turn up any more; see `PeopleFinder`."""
        return self._tracker.is_gone(person, last=last, frame=frame)


def _fits(crop: np.ndarray, given: np.ndarray, corners: np.ndarray) -> bool:
    """Returns whether a crop is centered in a box and of about its size."""
    ratio = max(crop[2], given[2]) / min(crop[2], given[2])
    inside = (crop[:2] >= corners[:2]).all() and (crop[:2] <= corners[2:]).all()
    return bool(inside and ratio <= _SAME_SIZE)
