"""People of consecutive frames joined into tracks, for files without ids.

A person is taken to be the one of the frames before whose keypoints are nearest,
relative to their size; the best fit is given away first.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from stpose_tf.data.detections.frame_person import FramePerson

_LONGEST_GAP = 30  # frames that a person may be lost
_FARTHEST = 0.5  # mean distance of the keypoints, in sizes of the person
_DRIFT = 0.02  # more for every frame of a gap
_LEAST_SIZE = 8.0  # px


@dataclasses.dataclass(slots=True)
class _Open:
    """A track that may go on."""

    members: list[FramePerson]

    @property
    def last(self) -> FramePerson:
        return self.members[-1]


def link(people: Sequence[FramePerson]) -> list[list[FramePerson]]:
    """Returns tracks, each with rising frames.

    Args:
        people: In order of their frames.
    """
    done: list[_Open] = []
    running: list[_Open] = []
    for frame, group in groupby(people, key=lambda person: person.frame):
        fresh = [p for p in group if (p.confidence > 0).any()]
        done += [t for t in running if frame - t.last.frame > _LONGEST_GAP]
        running = [t for t in running if frame - t.last.frame <= _LONGEST_GAP]
        taken = dict(_matches(running, fresh))
        for number, person in enumerate(fresh):
            if number in taken:
                running[taken[number]].members.append(person)
            else:
                running.append(_Open([person]))
    found = [track.members for track in done + running]
    return sorted(found, key=lambda members: members[0].frame)


def _matches(
    running: Sequence[_Open], fresh: Sequence[FramePerson]
) -> Iterator[tuple[int, int]]:
    """Yields (new person, track) pairs, the nearest first; each at most once."""
    pairs = []
    for number, person in enumerate(fresh):
        for place, track in enumerate(running):
            gap = person.frame - track.last.frame
            distance = _distance(person, track.last)
            if distance < _FARTHEST + _DRIFT * (gap - 1):
                pairs.append((distance, place, number))
    people, tracks = set(), set()
    for _, place, number in sorted(pairs):
        if number not in people and place not in tracks:
            people.add(number)
            tracks.add(place)
            yield number, place


def _distance(first: FramePerson, second: FramePerson) -> float:
    """Returns how far two people are apart, in their size; infinity if unknown."""
    both = (first.confidence > 0) & (second.confidence > 0)
    if not both.any():
        return float("inf")
    size = max((_size(first) + _size(second)) / 2.0, _LEAST_SIZE)
    apart = np.linalg.norm(first.keypoints[both] - second.keypoints[both], axis=-1)
    return float(apart.mean()) / size


def _size(person: FramePerson) -> float:
    seen = person.keypoints[person.confidence > 0]
    return float(np.linalg.norm(np.ptp(seen, axis=0)))
