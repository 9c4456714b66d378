"""People followed from frame to frame by where the 2D network saw them.

The network's own keypoints say where to look next, so the detector runs only now and
then: to find new people, and those who were lost behind something or somebody. A
person keeps the id through a gap of `longest_gap` frames. Two people who become one
(the network sees the one in front twice) are told apart by their motion: the one who
had to jump is lost, and found again where it was heading.
"""

import dataclasses
import itertools

import numpy as np

from stpose_tf.networks2d.heatmap_network import HeatmapNetwork
from stpose_tf.people import person_frame, sightings
from stpose_tf.people.person_frame import PersonFrame
from stpose_tf.people.sightings import PersonDetector

_SAME_POSE = 0.04  # median distance of keypoints of one person, in sizes
_SAME_PLACE = 0.25  # between centers, in sizes: the detector means this person
_SAME_SIZE = 1.6  # largest ratio of two sizes
_JUMP = 0.2  # in sizes a frame: farther is another person
_REACH = 0.5  # in sizes: how far from where it was expected a lost one may turn up
_DRIFT = 0.02  # more for every frame of the gap
_FARTHEST = 1.5  # in sizes
_SLOW = 0.15  # share of the newest frame in the motion
_LOOK_OFTEN = 3  # times as often as long as somebody is lost


@dataclasses.dataclass(slots=True)
class _Track:
    """A person who is followed or lost."""

    person: int
    last: PersonFrame
    motion: np.ndarray  # px a frame
    seen: int = 1

    def expected(self, frame: int) -> np.ndarray:
        """Returns the crop where the person should be."""
        crop = self.last.following.copy()
        crop[:2] += self.motion * (frame - self.last.frame - 1)
        return crop

    def surprise(self, found: PersonFrame) -> float:
        """Returns how far a person is from where this one was heading, in sizes."""
        heading = self.last.following[:2] + self.motion
        gap = np.linalg.norm(found.following[:2] - heading)
        return float(gap / self.last.following[2])

    def go_on(self, found: PersonFrame) -> PersonFrame:
        """Returns the frame with this person's id, which becomes the last one."""
        frames = found.frame - self.last.frame
        step = (found.following[:2] - self.last.following[:2]) / frames
        share = max(_SLOW, 1.0 / (self.seen + 1))
        self.motion = (1.0 - share) * self.motion + share * step
        self.last = dataclasses.replace(found, person=self.person)
        self.seen += 1
        return self.last


class PersonTracker:
    """Gives people in a video ids that stay.

    Args:
        network: The 2D network.
        detector: The person detector.
        detect_every: Frames between two runs of the detector.
        longest_gap: Frames that a person may be lost and keep the id.
        least_presence: Of a person, for the network.
        least_confidence: Mean height of the peaks, for a new person.
    """

    def __init__(
        self,
        network: HeatmapNetwork,
        detector: PersonDetector,
        *,
        detect_every: int = 15,
        longest_gap: int = 60,
        least_presence: float = 0.5,
        least_confidence: float = 0.5,
    ) -> None:
        self._network = network
        self._detector = detector
        self._detect_every = detect_every
        self._longest_gap = longest_gap
        self._least_presence = least_presence
        self._least_confidence = least_confidence
        self._tracks: list[_Track] = []
        self._numbers = itertools.count(1)

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns the people in the next frame, by their ids.

        Args:
            frame: Its number, rising.
            image: RGB, uint8 `[height, width, 3]`.
        """
        self._tracks = [
            t for t in self._tracks if frame - t.last.frame <= self._longest_gap
        ]
        followed = [t for t in self._tracks if t.last.frame == frame - 1]
        people = self._follow(frame, image, followed)
        lost = len(people) < len(self._tracks)
        every = max(1, self._detect_every // (_LOOK_OFTEN if lost else 1))
        if frame % every == 0 or not self._tracks:
            people += self._find(frame, image, people)
        return sorted(people, key=lambda person: person.person)

    def _follow(
        self, frame: int, image: np.ndarray, tracks: list[_Track]
    ) -> list[PersonFrame]:
        crops = np.array([track.last.following for track in tracks])
        found = person_frame.look(self._network, image, crops, frame=frame)
        good = [
            (track, person)
            for track, person in zip(tracks, found, strict=True)
            if self._is_there(person) and track.surprise(person) < _JUMP
        ]
        # The one who moves on as before, or was there longer, is the real one.
        good.sort(key=lambda pair: (pair[0].surprise(pair[1]), -pair[0].seen))
        kept: list[PersonFrame] = []
        for track, person in good:
            if all(person_frame.distance(person, k) > _SAME_POSE for k in kept):
                kept.append(track.go_on(person))
        return kept

    def _find(
        self, frame: int, image: np.ndarray, people: list[PersonFrame]
    ) -> list[PersonFrame]:
        """Returns people who are not followed, new ones and those found again."""
        network = self._network
        crops = sightings.crops(
            self._detector(image), margin=network.margin, upright=network.upright
        )
        known = [person.following for person in people]
        crops = np.array(
            [c for c in crops if not any(_same_place(c, k) for k in known)]
        )
        found = person_frame.look(network, image, crops, frame=frame)
        # Once more from where the network itself would look.
        nearer = np.array([p.following for p in found if self._is_there(p)])
        found = person_frame.look(network, image, nearer, frame=frame)
        fresh: list[PersonFrame] = []
        for person in found:
            others = [*people, *fresh]
            if (
                self._is_there(person)
                and person.confidence >= self._least_confidence
                and not any(_same_place(person.following, o.following) for o in others)
            ):
                fresh.append(self._with_id(person))
        return fresh

    def _with_id(self, person: PersonFrame) -> PersonFrame:
        """Returns a person who was not followed with an old id or a new one."""
        nearest = None
        for track in self._tracks:
            gap = person.frame - track.last.frame
            if gap < 1:
                continue
            far = _apart(person.following, track.expected(person.frame))
            far = min(far, _apart(person.following, track.last.following))
            reach = min(_REACH + _DRIFT * gap, _FARTHEST)
            if far < reach and (nearest is None or far < nearest[0]):
                nearest = (far, track)
        if nearest is not None:
            return nearest[1].go_on(person)
        track = _Track(next(self._numbers), person, np.zeros(2))
        self._tracks.append(track)
        track.last = dataclasses.replace(person, person=track.person)
        return track.last

    def _is_there(self, person: PersonFrame) -> bool:
        return person.presence >= self._least_presence


def _apart(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the distance of two crops' centers in sizes; infinity by their sizes."""
    ratio = max(first[2], second[2]) / min(first[2], second[2])
    if ratio > _SAME_SIZE:
        return float("inf")
    mean = (first[2] + second[2]) / 2.0
    return float(np.linalg.norm(first[:2] - second[:2]) / mean)


def _same_place(first: np.ndarray, second: np.ndarray) -> bool:
    return _apart(first, second) < _SAME_PLACE
