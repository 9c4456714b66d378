"""Which frames of a video are fed to a model of some rate, decided as they come."""

import math

from stpose_tf import errors

# So much earlier than its tick a frame may come: of a tick, and of a frame.
_EARLY_TICKS, _EARLY_FRAMES = 0.25, 0.4


class FrameClock:
    """Ticks as often as frames are fed.

    A video as fast as the model, or slower, is fed whole; of a faster one every second,
    third, ... frame is, whichever comes nearest to the model's rate. Where frames come
    unevenly, each tick takes the first frame near it, and may find none.

    Args:
        fps: The video's frames a second.
        model_fps: The rate that the model was trained at.

    Attributes:
        fps: Ticks a second.

    Raises:
        InputError: If a rate is not positive.
    """

    def __init__(self, fps: float, model_fps: float) -> None:
        for rate in (fps, model_fps):
            if not (math.isfinite(rate) and rate > 0.0):
                raise errors.InputError(
                    f"fps: expected a rate above 0. Received: {rate}"
                )
        every = max(1, round(fps / model_fps))
        self.fps = fps / every
        self._early = min(_EARLY_TICKS, _EARLY_FRAMES / every)
        self._start = math.nan
        self._next = 0

    def skipped(self, time: float) -> int | None:
        """Takes the next frame.

        Args:
            time: When it is seen in s, later than the one before.

        Returns:
            None if it is not fed; else how many ticks before it found no frame.
        """
        if math.isnan(self._start):
            self._start = time
        ticks = (time - self._start) * self.fps + self._early + 1e-6
        if ticks < self._next:
            return None
        missed = math.floor(ticks) - self._next
        self._next += missed + 1
        return missed
