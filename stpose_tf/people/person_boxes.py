"""Where people are in a video's frames, as boxes that were found elsewhere."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
from absl import logging

from stpose_tf import errors
from stpose_tf.people.sightings import Sightings

_LEAST_SIDE = 1.5  # px: boxes that are all smaller count in shares of the image


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PersonBox:
    """One box.

    Attributes:
        frame: Its frame, from 0.
        corners: Left, top, right and bottom in px.
        person: The id, None without one.
        score: 0 to 1.
        where: Its place in the file, for errors.
    """

    frame: int
    corners: tuple[float, float, float, float]
    person: str | None
    score: float
    where: str


class PersonBoxes:
    """The boxes of one video, by frame.

    Args:
        boxes: In any order; all of them with ids, or none.
        where: What to call them in errors.

    Raises:
        InputError: If there is none, one is no box, ids are missing, or a person has
            two boxes in a frame.
    """

    def __init__(self, boxes: Iterable[PersonBox], *, where: str) -> None:
        self._where = where
        self._frames: dict[int, list[PersonBox]] = {}
        every = sorted(boxes, key=lambda box: box.frame)
        if not every:
            raise errors.InputError(f"{where}: expected boxes. Received: none")
        nameless = [box for box in every if box.person is None]
        if nameless and len(nameless) < len(every):
            raise errors.InputError(
                f"{nameless[0].where}: expected an id, as other boxes have. "
                "Received: none"
            )
        names = () if nameless else dict.fromkeys(str(box.person) for box in every)
        self.names: tuple[str, ...] = tuple(names)
        for box in every:
            self._add(box)
        sides = [max(_sides(box)) for box in every]
        if max(sides) < _LEAST_SIDE:
            raise errors.InputError(
                f"{where}: expected boxes in px. Received: none larger than "
                f"{max(sides):g}"
            )

    def _add(self, box: PersonBox) -> None:
        if box.frame < 0:
            raise errors.InputError(
                f"{box.where}: expected a frame from 0. Received: {box.frame}"
            )
        if not np.isfinite(box.corners).all() or min(_sides(box)) <= 0.0:
            raise errors.InputError(
                f"{box.where}: expected x, y and a width and height above 0. "
                f"Received: {', '.join(f'{c:g}' for c in _as_given(box))}"
            )
        members = self._frames.setdefault(box.frame, [])
        if box.person is not None and box.person in {m.person for m in members}:
            raise errors.InputError(
                f"{box.where}: expected one box of {box.person} in frame {box.frame}. "
                "Received: another one"
            )
        members.append(box)

    def of_person(self, name: str) -> "PersonBoxes":
        """Returns the boxes of one person alone."""
        boxes = (box for members in self._frames.values() for box in members)
        return PersonBoxes(
            (box for box in boxes if box.person == name), where=self._where
        )

    def within(self, image_size: tuple[int, int]) -> "PersonBoxes":
        """Returns the boxes that meet the image; a warning counts the others.

        A box may reach out of the image, as bodies do.

        Args:
            image_size: Width and height in px.

        Raises:
            InputError: If most of them lie outside: their px are not the image's.
        """
        every = [box for members in self._frames.values() for box in members]
        outside = [box for box in every if not _meets(box, image_size)]
        if not outside:
            return self
        shown = ", ".join(f"{c:g}" for c in _as_given(outside[0]))
        if len(outside) > len(every) / 2:
            raise errors.InputError(
                f"{outside[0].where}: expected a box in px of the image of "
                f"{image_size[0]} x {image_size[1]}. Received: {shown}, which lies "
                f"outside, as {len(outside)} of {len(every)} do"
            )
        logging.warning(
            "%s: %d of %d boxes lie outside the image and are left out: the first is "
            "%s in frame %d",
            self._where,
            len(outside),
            len(every),
            shown,
            outside[0].frame,
        )
        left = set(every) - set(outside)
        kept = PersonBoxes((b for b in every if b in left), where=self._where)
        kept.names = self.names
        return kept

    def warn_beyond(self, count: int | None) -> None:
        """Warns of boxes in frames that a video of so many frames has not."""
        if count is not None and max(self._frames) >= count:
            beyond = sum(len(m) for f, m in self._frames.items() if f >= count)
            logging.warning(
                "%s: %d boxes belong to frames after the video's last, %d",
                self._where,
                beyond,
                count - 1,
            )

    def last_frames(self) -> Mapping[str, int]:
        """Returns the number of the last frame with a box of each id."""
        return {
            str(box.person): frame
            for frame, members in self._frames.items()  # frames rise
            for box in members
        }

    def named(self, frame: int) -> Mapping[str, np.ndarray]:
        """Returns a frame's boxes by their ids: corners, `[4]`."""
        members = self._frames.get(frame, [])
        return {str(box.person): np.array(box.corners) for box in members}

    def sightings(self, frame: int) -> Sightings:
        """Returns a frame's boxes, the surest first."""
        members = sorted(self._frames.get(frame, []), key=lambda box: -box.score)
        return Sightings(
            boxes=np.array([box.corners for box in members]).reshape(-1, 4),
            scores=np.array([box.score for box in members]),
            rolls=np.zeros(len(members)),
        )


def _sides(box: PersonBox) -> tuple[float, float]:
    left, top, right, bottom = box.corners
    return right - left, bottom - top


def _as_given(box: PersonBox) -> tuple[float, ...]:
    return (*box.corners[:2], *_sides(box))


def _meets(box: PersonBox, image_size: tuple[int, int]) -> bool:
    left, top, right, bottom = box.corners
    width, height = image_size
    return left < width and top < height and right > 0.0 and bottom > 0.0
