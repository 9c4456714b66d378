"""How far a conversion is, how fast it goes and when it will be done."""

import time
from collections.abc import Callable

_EVERY = 5.0  # seconds


class Progress:
    """Says at most every five seconds how far a conversion is.

    Args:
        clips: How many there are.
        say: Takes a line of text.
        clock: Seconds, never falling.
    """

    def __init__(
        self,
        clips: int,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clips = clips
        self._say = say
        self._clock = clock
        self._before = 0
        self._done = 0
        self._frames = 0
        self._started = self._told = clock()

    def begin(self, clips: int) -> None:
        """Starts the clock; `clips` were converted by an earlier run."""
        self._before = clips
        self._started = self._told = self._clock()
        if clips:
            self._say(f"going on: {clips} of {self._clips} clips were done before")

    def add(self, name: str, frames: int) -> None:
        """Counts a clip and the frames written of it."""
        self._done += 1
        self._frames += frames
        now = self._clock()
        if now - self._told < _EVERY:
            return
        self._told = now
        seconds = now - self._started
        done = min(self._before + self._done, self._clips)
        left = seconds / self._done * (self._clips - done)
        self._say(
            f"{done} of {self._clips} clips ({100 * done / self._clips:.0f} %), "
            f"{self._frames / seconds:,.0f} frames a second, {_minutes(left)} left, "
            f"now {name}"
        )


def _minutes(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    )
