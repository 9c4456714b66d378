"""One person's heat maps in the lifter's crop, frame by frame.

A 2D network's heat maps come in its own crops; the lifter's crop is the smoothed square
around the keypoints, which needs some frames more. So maps wait until those have come,
and are drawn in the lifter's crop then.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import stage_clock
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.networks2d import heatmap_resampling, peak_places, placement
from stpose_tf.people.person_frame import PersonFrame

LEAST_PEAK = 0.3  # of a map whose keypoint was seen
_AHEAD = 4  # frames that a crop's smoothing looks ahead
_WAITING = 48  # frames
_LOOKED_BACK = 200  # frames; more than a gap and the smoothing need

Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CroppedFrame:
    """One frame whose crop is known.

    Attributes:
        row: Which of the person's frames, from 0.
        crop: Center x, center y, side in px and roll in rad, float32 `[4]`.
        seen: What the 2D network saw; None where it did not see the person.
    """

    row: int
    crop: Array
    seen: PersonFrame | None


class PersonMaps:
    """Takes one person's consecutive frames and gives them back with their crops.

    Args:
        picks: For each keypoint of the lifter its place among the 2D network's.
        size: Height and width of the lifter's maps.

    Attributes:
        keypoints: (x, y, height) of the peaks in px of the image, NaN, NaN and 0 of
            keypoints that were not seen; of the frames that were given back, and
            perhaps some more, `[keypoints, 3]` each.
        crops: Of the frames that were given back.
        waiting: Frames that were not given back yet.
    """

    def __init__(self, picks: Sequence[int], size: tuple[int, int]) -> None:
        self._picks, self._size = list(picks), size
        self.keypoints: list[Array] = []
        self.crops: list[Array] = []
        self.waiting: list[PersonFrame | None] = []

    def add(self, person: PersonFrame | None) -> list[CroppedFrame]:
        """Takes the next frame; None if it does not show the person.

        Returns:
            Frames whose crops have become known, in order; most often none.
        """
        self.waiting.append(person)
        if person is None or len(self.waiting) < _WAITING:
            return []  # a crop in a gap needs the gap's end
        return self._cropped(len(self.waiting) - _AHEAD)

    def finish(self) -> list[CroppedFrame]:
        """Returns the frames that are left; no other comes."""
        return self._cropped(len(self.waiting))

    def drawn(self, frame: CroppedFrame) -> npt.NDArray[np.float32]:
        """Returns the heat maps in the crop, `[*size, keypoints]`; zeros without."""
        if frame.seen is None:
            return np.zeros((*self._size, len(self._picks)), np.float32)
        with stage_clock.counted("heat maps"):
            return heatmap_resampling.resample(
                self._picked(frame.seen.maps),
                frame.seen.to_image,
                frame.crop,
                self._size,
            )

    def _cropped(self, count: int) -> list[CroppedFrame]:
        """Returns the first of the waiting frames with their crops."""
        if not count:
            return []
        begin = len(self.crops)
        with stage_clock.counted("heat maps"):
            self._decode()
            first = max(0, begin - _LOOKED_BACK)
            known = np.stack(self.keypoints[first:])
            visible = known[..., 2] > 0.0
            if visible.any():
                crops = recorded_view.tight_crop(known[..., :2], visible)
            else:  # a person of whom nothing is clear
                crops = np.tile(self._rough_crop(), (len(known), 1))
            self.crops += list(crops[begin - first : begin - first + count])
        fresh, self.waiting = self.waiting[:count], self.waiting[count:]
        return [
            CroppedFrame(row=begin + number, crop=self.crops[begin + number], seen=one)
            for number, one in enumerate(fresh)
        ]

    def _decode(self) -> None:
        """Finds the keypoints of all frames that have come."""
        for person in self.waiting[len(self.keypoints) - len(self.crops) :]:
            keypoints = np.full((len(self._picks), 3), [np.nan, np.nan, 0.0])
            if person is not None:
                found = peak_places.decode(self._picked(person.maps))
                found[:, :2] = placement.apply(person.to_image, found[:, :2])
                keypoints = np.where(found[:, 2:] >= LEAST_PEAK, found, keypoints)
            self.keypoints.append(keypoints)

    def _rough_crop(self) -> Array:
        """Returns what a 2D network looked at, upright, or else the crop before."""
        for person in self.waiting:
            if person is not None:
                return np.append(person.crop[:3], 0.0).astype(np.float32)
        nowhere = np.array([0.0, 0.0, 1.0, 0.0], np.float32)
        return self.crops[-1] if self.crops else nowhere

    def _picked(self, maps: Array) -> Array:
        if self._picks == list(range(maps.shape[-1])):
            return maps
        return maps[..., self._picks]
