"""One person of a video on the way to 3D, frame by frame, in memory that stays small.

A 2D network's heat maps come in its own crops; the lifter's crop is the smoothed square
around the keypoints, which needs some frames more. So maps wait until those have come,
are drawn in the lifter's crop, go into the network and are forgotten.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.geometry import heatmaps
from stpose_tf.lifting import frame_clock, pose_lifter, rate_matching, stretch
from stpose_tf.lifting.intrinsics import Intrinsics
from stpose_tf.networks2d import heatmap_resampling, placement
from stpose_tf.people.person_frame import PersonFrame

LEAST_PEAK = 0.3  # of a map whose keypoint was seen
_AHEAD = 4  # frames that a crop's smoothing looks ahead
_WAITING = 48  # frames
_LOOKED_BACK = 200  # frames; more than a gap and the smoothing need

Array = npt.NDArray[Any]


class VideoTrack:
    """Takes one person's frames and gives stretches in 3D.

    Args:
        lifter: The network.
        picks: For each keypoint of the lifter its place among the 2D network's.
        fps: The video's frames a second.
        model_fps: The rate that the lifter was trained at.
        camera: Of the video.
        time_of: Returns when a frame of the video is seen, in s.
    """

    def __init__(
        self,
        lifter: pose_lifter.PoseLifter,
        *,
        picks: list[int],
        fps: float,
        model_fps: float,
        camera: Intrinsics,
        time_of: Callable[[int], float],
    ) -> None:
        self._lifter, self._picks = lifter, picks
        self._fps, self._model_fps = fps, model_fps
        self._camera, self._time_of = camera, time_of
        self._longest_gap = lifter.context / model_fps * fps
        self._reset()

    def add(self, person: PersonFrame) -> Iterator[stretch.LiftedStretch]:
        """Takes the next frame that shows the person; frames before it did not.

        Yields:
            The stretch before, if the person was lost for too long after it.
        """
        if self._numbers and person.frame - self._numbers[-1] - 1 > self._longest_gap:
            yield from self.finish()
        missing = range(self._numbers[-1] + 1, person.frame) if self._numbers else ()
        for number in missing:
            self._append(number, None)
        self._append(person.frame, person)
        if len(self._waiting) >= _WAITING:
            self._feed(len(self._numbers) - _AHEAD)

    def finish(self) -> Iterator[stretch.LiftedStretch]:
        """Ends the stretch that has begun, and yields it."""
        if not self._numbers:
            return
        self._feed(len(self._numbers))
        poses, log_sigma = self._track.finish()
        keypoints = np.stack(self._keypoints)
        rows = np.array(self._rows, np.int64)
        times = np.array([self._time_of(number) for number in self._numbers])
        seen = stretch.Stretch(
            frames=np.array(self._numbers, np.int64),
            times=times,
            keypoints=keypoints[..., :2],
            confidence=keypoints[..., 2],
            visible=keypoints[..., 2] > 0.0,
            crops=np.stack(self._crops),
        )
        plan = rate_matching.FramePlan(
            rows=rows,
            times=rate_matching.fed_times(rows, times),
            fps=self._clock.fps,
        )
        self._reset()
        yield stretch.finished(seen, plan, poses, log_sigma, camera=self._camera)

    def _reset(self) -> None:
        self._numbers: list[int] = []
        self._keypoints: list[Array] = []
        self._crops: list[Array] = []
        self._rows: list[int] = []
        self._waiting: list[PersonFrame | None] = []
        self._clock = frame_clock.FrameClock(self._fps, self._model_fps)
        self._track = self._lifter.start()

    def _append(self, number: int, person: PersonFrame | None) -> None:
        self._numbers.append(number)
        self._waiting.append(person)

    def _decode(self) -> None:
        """Finds the keypoints of all frames that have come, at once."""
        begin = len(self._crops)
        fresh = self._waiting[len(self._keypoints) - begin :]
        shown = [person for person in fresh if person is not None]
        if shown:
            maps = np.stack([person.maps[..., self._picks] for person in shown])
            peaks = iter(np.asarray(heatmaps.decode(maps), np.float64))
        for person in fresh:
            keypoints = np.full((len(self._picks), 3), [np.nan, np.nan, 0.0])
            if person is not None:
                found = next(peaks)
                found[:, :2] = placement.apply(person.to_image, found[:, :2])
                keypoints = np.where(found[:, 2:] >= LEAST_PEAK, found, keypoints)
            self._keypoints.append(keypoints)

    def _feed(self, until: int) -> None:
        """Feeds the waiting frames before the `until`-th of the stretch."""
        begin = len(self._crops)
        if until <= begin:
            return
        self._decode()
        first = max(0, begin - _LOOKED_BACK)
        known = np.stack(self._keypoints[first:])
        visible = known[..., 2] > 0.0
        if visible.any():
            crops = recorded_view.tight_crop(known[..., :2], visible)
        else:  # a person of whom nothing is clear
            crops = np.tile(self._rough_crop(), (len(known), 1))
        self._crops += list(crops[begin - first : until - first])
        maps = []
        for row in range(begin, until):
            missed = self._clock.skipped(self._time_of(self._numbers[row]))
            if missed is not None:
                self._rows += [rate_matching.MISSING] * missed + [row]
                maps += [self._drawn(None, row)] * missed
                maps.append(self._drawn(self._waiting[row - begin], row))
        self._waiting = self._waiting[until - begin :]
        if maps:
            self._track.push(np.stack(maps))

    def _rough_crop(self) -> Array:
        """Returns what a 2D network looked at, upright."""
        person = next(one for one in self._waiting if one is not None)
        return np.append(person.crop[:3], 0.0).astype(np.float32)

    def _drawn(self, person: PersonFrame | None, row: int) -> Array:
        """Returns the heat maps in the lifter's crop; zeros without the person."""
        height, width, keypoints = self._lifter.heatmap_shape
        if person is None:
            return np.zeros((height, width, keypoints), np.float32)
        return heatmap_resampling.resample(
            person.maps[..., self._picks],
            person.to_image,
            self._crops[row],
            (height, width),
        )
