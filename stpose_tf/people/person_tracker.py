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
_SIMILAR_POSE = 0.1  # the same, seen through a crop that does not fit
_SAME_PLACE = 0.25  # between centers, in sizes: the detector means this person
_SAME_SIZE = 1.6  # largest ratio of two sizes
_JUMP = 0.2  # in sizes a frame: farther is another person
_REACH = 0.5  # in sizes: how far from where it was expected a lost one may turn up
_SPEED = 2.0  # in sizes a second: how much farther after a while
_FARTHEST = 2.0  # in sizes
_SLOW = 0.15  # share of the newest frame in the motion
_LOOK_OFTEN = 3  # times as often as long as somebody is lost or nobody is there


@dataclasses.dataclass(slots=True)
class _Track:
    """A person who is followed or lost."""

    person: int  # 0 until it was seen often enough
    last: PersonFrame
    motion: np.ndarray  # px a frame
    seen: int = 1
    held: list[PersonFrame] = dataclasses.field(default_factory=list)

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

    def go_on(self, found: PersonFrame) -> None:
        """Takes a frame as this person's newest."""
        frames = found.frame - self.last.frame
        step = (found.following[:2] - self.last.following[:2]) / frames
        share = max(_SLOW, 1.0 / (self.seen + 1))
        self.motion = (1.0 - share) * self.motion + share * step
        self.last = found
        self.seen += 1
        self.held.append(found)

    def released(self) -> list[PersonFrame]:
        """Returns the frames that were not yet given out, with the id."""
        held, self.held = self.held, []
        return [dataclasses.replace(found, person=self.person) for found in held]


class PersonTracker:
    """Gives people in a video ids that stay.

    Args:
        network: The 2D network.
        detector: The person detector.
        fps: Frames a second.
        detect_every: Seconds between two runs of the detector.
        longest_gap: Seconds that a person may be lost and keep the id.
        least_frames: That a person must be seen in, to be one.
        least_presence: Of a person, for the network.
        least_confidence: Mean height of the peaks, for a new person.
    """

    def __init__(
        self,
        network: HeatmapNetwork,
        detector: PersonDetector,
        *,
        fps: float = 30.0,
        detect_every: float = 0.5,
        longest_gap: float = 2.0,
        least_frames: int = 5,
        least_presence: float = 0.5,
        least_confidence: float = 0.5,
    ) -> None:
        self._network = network
        self._detector = detector
        self._fps = fps
        self._detect_every = max(1, round(detect_every * fps))
        self._longest_gap = longest_gap * fps
        self._least_frames = least_frames
        self._least_presence = least_presence
        self._least_confidence = least_confidence
        self._tracks: list[_Track] = []
        self._numbers = itertools.count(1)

    def step(self, frame: int, image: np.ndarray) -> list[PersonFrame]:
        """Returns the people in the next frame, by their ids.

        Those who were new until now come with their first frames.

        Args:
            frame: Its number, rising.
            image: RGB, uint8 `[height, width, 3]`.
        """
        self._tracks = [t for t in self._tracks if self._is_open(t, frame)]
        followed = [t for t in self._tracks if t.last.frame == frame - 1]
        self._follow(frame, image, followed)
        missed = not self._tracks or any(t.last.frame < frame for t in self._tracks)
        every = max(1, self._detect_every // (_LOOK_OFTEN if missed else 1))
        if frame % every == 0:
            self._find(frame, image)
        people = []
        for track in self._tracks:
            if not track.person and track.seen >= self._least_frames:
                track.person = next(self._numbers)
            if track.person:
                people += track.released()
        return sorted(people, key=lambda person: (person.person, person.frame))

    def is_gone(self, person: int, *, last: int, frame: int) -> bool:
        """Returns whether a person cannot turn up any more; see `PeopleFinder`."""
        del person
        return frame - last > self._longest_gap

    def _is_open(self, track: _Track, frame: int) -> bool:
        """Returns whether the person may still turn up; new ones must not be lost."""
        last = track.last.frame
        if not track.person:
            return frame - last <= 1
        return not self.is_gone(track.person, last=last, frame=frame)

    def _follow(self, frame: int, image: np.ndarray, tracks: list[_Track]) -> None:
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
                track.go_on(person)
                kept.append(person)

    def _find(self, frame: int, image: np.ndarray) -> None:
        """Finds people who are not followed, new ones and lost ones."""
        network = self._network
        crops = sightings.crops(self._detector(image), network)
        known = [t.last for t in self._tracks if t.last.frame == frame]
        crops = np.array(
            [c for c in crops if not any(_same_place(c, k.following) for k in known)]
        )
        found = person_frame.look(network, image, crops, frame=frame)
        # Once more from where the network itself would look.
        nearer = np.array([p.following for p in found if self._is_there(p)])
        for person in person_frame.look(network, image, nearer, frame=frame):
            if (
                self._is_there(person)
                and person.confidence >= self._least_confidence
                and not any(_same_person(person, other) for other in known)
            ):
                self._give_track(person)
                known.append(person)

    def _give_track(self, person: PersonFrame) -> None:
        """Goes on with the nearest lost person, or begins a new one."""
        nearest = None
        for track in self._tracks:
            gap = person.frame - track.last.frame
            if gap < 1:
                continue
            far = _apart(person.following, track.expected(person.frame))
            far = min(far, _apart(person.following, track.last.following))
            reach = min(_REACH + _SPEED * gap / self._fps, _FARTHEST)
            if far < reach and (nearest is None or far < nearest[0]):
                nearest = (far, track)
        if nearest is not None:
            nearest[1].go_on(person)
        else:
            self._tracks.append(_Track(0, person, np.zeros(2), held=[person]))

    def _is_there(self, person: PersonFrame) -> bool:
        return person.presence >= self._least_presence


def _apart(first: np.ndarray, second: np.ndarray) -> float:
    """Returns the distance of two crops' centers in sizes; infinity by their sizes."""
    ratio = max(first[2], second[2]) / min(first[2], second[2])
    if ratio > _SAME_SIZE:
        return float("inf")
    mean = (first[2] + second[2]) / 2.0
    return float(np.linalg.norm(first[:2] - second[:2]) / mean)


def _same_person(first: PersonFrame, second: PersonFrame) -> bool:
    if _same_place(first.following, second.following):
        return True
    return person_frame.distance(first, second) < _SIMILAR_POSE


def _same_place(first: np.ndarray, second: np.ndarray) -> bool:
    return _apart(first, second) < _SAME_PLACE
