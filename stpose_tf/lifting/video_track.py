"""One person of a video on the way to 3D, frame by frame, in memory that stays small.

Heat maps wait until their crops are known (`people.person_maps`), go into the network
and are forgotten.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.lifting import frame_clock, pose_lifter, rate_matching, stretch
from stpose_tf.lifting.intrinsics import Intrinsics
from stpose_tf.people import person_maps
from stpose_tf.people.person_frame import PersonFrame

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

    def finish(self) -> Iterator[stretch.LiftedStretch]:
        """Ends the stretch that has begun, and yields it."""
        if not self._numbers:
            return
        self._feed(self._maps.finish())
        poses, log_sigma = self._track.finish()
        keypoints = np.stack(self._maps.keypoints)
        rows = np.array(self._rows, np.int64)
        times = np.array([self._time_of(number) for number in self._numbers])
        seen = stretch.Stretch(
            frames=np.array(self._numbers, np.int64),
            times=times,
            keypoints=keypoints[..., :2],
            confidence=keypoints[..., 2],
            visible=keypoints[..., 2] > 0.0,
            crops=np.stack(self._maps.crops),
        )
        plan = rate_matching.FramePlan(
            rows=rows,
            times=rate_matching.fed_times(rows, times),
            fps=self._clock.fps,
        )
        self._reset()
        yield stretch.finished(seen, plan, poses, log_sigma, camera=self._camera)

    def _reset(self) -> None:
        height, width, _ = self._lifter.heatmap_shape
        self._numbers: list[int] = []
        self._rows: list[int] = []
        self._maps = person_maps.PersonMaps(self._picks, (height, width))
        self._clock = frame_clock.FrameClock(self._fps, self._model_fps)
        self._track = self._lifter.start()

    def _append(self, number: int, person: PersonFrame | None) -> None:
        self._numbers.append(number)
        self._feed(self._maps.add(person))

    def _feed(self, frames: list[person_maps.CroppedFrame]) -> None:
        """Feeds those of the frames whose turn it is."""
        maps = []
        for frame in frames:
            missed = self._clock.skipped(self._time_of(self._numbers[frame.row]))
            if missed is not None:
                self._rows += [rate_matching.MISSING] * missed + [frame.row]
                empty = np.zeros(self._lifter.heatmap_shape, np.float32)
                maps += [empty] * missed
                maps.append(self._maps.drawn(frame))
        if maps:
            self._track.push(np.stack(maps))
