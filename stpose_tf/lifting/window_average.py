"""Long sequences through a network in overlapping windows, whose answers are averaged.

A window's answers near its ends lack neighbors. They have no weight in the first and
the last `margin` frames, unless the sequence itself begins or ends there, and a weight
that rises evenly over the next `blend` frames; the weights of two neighboring windows
add up to 1. With a margin as wide as what the network sees on either side, the result
is that of the whole sequence at once.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Answers = dict[str, Array]
Network = Callable[[Array, npt.NDArray[np.bool_]], Answers]
"""Takes `[length, ...]` and which frames are in the sequence, `[length]`."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WindowSizes:
    """How a sequence is cut.

    Attributes:
        length: Frames of a window.
        margin: Frames at each end whose answers do not count.
        blend: Frames over which two windows are averaged.

    Raises:
        ValueError: If the windows are too short to overlap so.
    """

    length: int
    margin: int
    blend: int

    def __post_init__(self) -> None:
        if min(self.margin, self.blend) < 0 or self.hop < max(1, self.blend):
            raise ValueError(
                f"Windows of {self.length} frames are too short for margins of "
                f"{self.margin} and a blend of {self.blend}."
            )

    @property
    def hop(self) -> int:
        """Frames from the start of a window to that of the next."""
        return self.length - 2 * self.margin - self.blend

    def weights(self, *, first: bool, last: bool) -> npt.NDArray[np.float64]:
        """Returns the weights of a window's frames, `[length]`."""
        place = np.arange(self.length)
        rise = np.clip((place - self.margin + 1) / (self.blend + 1), 0.0, 1.0)
        fall = np.clip((self.length - self.margin - place) / (self.blend + 1), 0.0, 1.0)
        return np.where(first, 1.0, rise) * np.where(last, 1.0, fall)


class WindowAverage:
    """One sequence on its way through a network; holds one window at most.

    Args:
        network: What runs on a window.
        sizes: Of the windows.
    """

    def __init__(self, network: Network, sizes: WindowSizes) -> None:
        self._network, self._sizes = network, sizes
        self._waiting: list[Array] = []
        self._held = 0
        self._sums: Answers = {}
        self._first = True

    def push(self, frames: Array) -> list[Answers]:
        """Takes more frames, `[frames, ...]`; returns what is known of earlier ones.

        Returns:
            Dicts of `[frames, ...]`, each following the one before.
        """
        done = []
        length = self._sizes.length
        while len(frames):
            room = length + 1 - self._held
            self._waiting.append(np.asarray(frames[:room]))
            self._held += len(self._waiting[-1])
            frames = frames[room:]
            # One frame more than a window tells that this window is not the last.
            if self._held > length:
                done.append(self._run(last=False))
        return done

    def finish(self) -> list[Answers]:
        """Returns what is known of the rest."""
        return [self._run(last=True)] if self._held else []

    def _run(self, *, last: bool) -> Answers:
        held = np.concatenate(self._waiting)
        length, hop = self._sizes.length, self._sizes.hop
        count = min(len(held), length)
        window = held[:length]
        if count < length:
            padding = [(0, length - count)] + [(0, 0)] * (held.ndim - 1)
            window = np.pad(held, padding)
        inside = np.arange(length) < count
        weights = self._sizes.weights(first=self._first, last=last)
        sums: Answers = {}
        for name, answers in self._network(window, inside).items():
            shape = (-1, *[1] * (answers.ndim - 1))
            sums[name] = (answers * weights.reshape(shape))[:count].astype(np.float64)
            before = self._sums.get(name)
            if before is not None:
                sums[name][: len(before)] += before
        self._first = False
        if last:
            self._waiting, self._held, self._sums = [], 0, {}
            return sums
        self._waiting, self._held = [held[hop:]], len(held) - hop
        self._sums = {name: values[hop:] for name, values in sums.items()}
        return {name: values[:hop] for name, values in sums.items()}
