"""Finds motion of the training set that is also in the validation set.

Motions are compared by the cosines between all pairs of limbs, which neither rotation,
place, body size nor limb lengths change; a mirrored motion has the same cosines between
the opposite limbs. They are averaged over a tenth of a second and compared in windows
that slide over both clips. The distance is the part of the difference that lasts: the
product of the differences now and a tenth of a second later. The noise of a copy does
not last, while another performance of the same action differs smoothly. It is given in
units of the motion inside the window.

Measured on 95 CMU clips at 60 frames a second: cut copies with other limb lengths and
5 mm of noise in every joint lie at 0.04 (median) to 0.056, mirrored or at half the rate
up to 0.067, with a wrong rate up to 0.070; the closest walks of one person at 0.098
(median of those below 0.5: 0.21), those of two persons at 0.16.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from stpose_tf.data.windows.limb_cosines import LAG, RATE, LimbCosines, Track

_WINDOW = 2.0  # s that must agree
_SHORTEST = 0.8  # s; shorter clips are not compared
_SHORT_STEPS = 8  # tenths of a second in a window of the first look
_ROUGH = 0.3  # distance there, noise included; copies lie below 0.24
# Speeds at which training clips are compared: files do not always say their rate.
_SPEEDS = (1.0, 0.5, 2.0)
# Root mean square deviation of the cosines: less is stillness and not compared, and
# slow motion is held to the other one.
_STILL = 0.05
_SLOW = 0.1
THRESHOLD = 0.083


@dataclasses.dataclass(frozen=True, slots=True)
class NearCopy:
    """The best agreement of two clips.

    Attributes:
        train: Clip of the training set.
        validation: Clip of the validation set.
        distance: Lasting difference of the limbs' cosines, in units of their motion.
        speed: How much faster the training clip is played to agree.
        mirrored: Whether it is mirrored to agree.
        seconds: Where the window begins in the training and the validation clip.
    """

    train: str
    validation: str
    distance: float
    speed: float
    mirrored: bool
    seconds: tuple[float, float]


def find(
    train: Sequence[Track],
    validation: Sequence[Track],
    *,
    skeleton: str = "h36m17",
    threshold: float = THRESHOLD,
) -> list[NearCopy]:
    """Returns the pairs of clips that share motion, closest first.

    Finds copies that are shifted in time, cut, sub-sampled, twice as fast or slow,
    mirrored, scaled, moved, rotated, of another body, or noisy by a few mm.

    Args:
        train: Clips of the training set.
        validation: Clips of the validation set.
        skeleton: Skeleton of the poses, a tree.
        threshold: Largest distance of a copy.
    """
    if not train or not validation:
        return []
    cosines = LimbCosines.of([*train, *validation], skeleton)
    targets = _Targets.of(
        [cosines.read(track, speed=1.0, mirrored=False) for track in validation]
    )
    found: list[NearCopy] = []
    for track in train:
        best: dict[int, NearCopy] = {}
        for speed, mirrored in itertools.product(_SPEEDS, (False, True)):
            values = cosines.read(track, speed=speed, mirrored=mirrored)
            for number in targets.candidates(values):
                distance, begins = _closest(values, targets.values[number])
                least = best[number].distance if number in best else threshold
                if distance < least:
                    best[number] = NearCopy(
                        train=track.clip_id,
                        validation=validation[number].clip_id,
                        distance=distance,
                        speed=speed,
                        mirrored=mirrored,
                        seconds=(begins[0] / RATE * speed, begins[1] / RATE),
                    )
        found.extend(best.values())
    return sorted(found, key=lambda copy: copy.distance)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Targets:
    """The validation clips, and short windows of them for a first look.

    A first look at every pair takes one matrix product; only pairs that agree
    roughly somewhere are compared in full.

    Attributes:
        values: Each clip's descriptors, `[time, components]`.
        windows: Moving windows of all clips, `[windows, features]`.
        motion: Their mean square deviation, at least that of slow motion.
        owners: Which clip each one is of, rising.
    """

    values: list[np.ndarray]
    windows: np.ndarray
    motion: np.ndarray
    owners: np.ndarray

    @classmethod
    def of(cls, values: list[np.ndarray]) -> "_Targets":
        """Returns the windows of these clips' descriptors."""
        windows = [_short_windows(one, step=LAG) for one in values]
        counts = [len(one) for one in windows]
        joined = np.concatenate(windows)
        motion = joined.var(axis=1).sum(axis=-1)
        return cls(
            values=values,
            windows=joined.reshape(len(joined), _SHORT_STEPS * joined.shape[-1]),
            motion=np.maximum(motion, _SLOW**2),
            owners=np.repeat(np.arange(len(values)), counts),
        )

    def candidates(self, values: np.ndarray) -> list[int]:
        """Returns the clips that may share motion with these descriptors."""
        windows = _short_windows(values, step=LAG // 2)
        if not len(windows) or not len(self.windows):
            return []
        flat = windows.reshape(len(windows), -1)
        squares = (flat**2).sum(axis=1) - 2.0 * self.windows @ flat.T
        squares = squares.min(axis=1) + (self.windows**2).sum(axis=1)
        close = squares / _SHORT_STEPS < _ROUGH**2 * self.motion
        return np.unique(self.owners[close]).tolist()


def _short_windows(values: np.ndarray, *, step: int) -> np.ndarray:
    """Returns windows of `_SHORTEST`, `[windows, time, components]`, thinned out."""
    length = LAG * (_SHORT_STEPS - 1) + 1
    if len(values) < length:
        return np.zeros((0, _SHORT_STEPS, values.shape[1]), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(values, length, axis=0)
    return windows[::step, :, ::LAG].swapaxes(1, 2)


def _closest(
    values: np.ndarray, target_values: np.ndarray
) -> tuple[float, tuple[int, int]]:
    """Returns the smallest distance of any two windows, and where they begin."""
    length = min(int(_WINDOW * RATE), len(values), len(target_values))
    if length < _SHORTEST * RATE:
        return np.inf, (0, 0)
    motion = _variances(target_values, length)
    if motion.max() < _STILL**2:
        return np.inf, (0, 0)
    now, later = slice(None, -LAG), slice(LAG, None)
    products = values @ target_values.T
    lasting = (values[now] * values[later]).sum(axis=1)[:, None]
    lasting = lasting + (target_values[now] * target_values[later]).sum(axis=1)
    lasting -= products[now, later]
    lasting -= products[later, now]
    means = _window_sums(lasting, length - LAG) / (length - LAG)
    means /= np.maximum(motion, _SLOW**2)
    means[:, motion < _STILL**2] = np.inf
    begin, target_begin = np.unravel_index(means.argmin(), means.shape)
    distance = float(np.sqrt(max(means[begin, target_begin], 0.0)))
    return distance, (int(begin), int(target_begin))


def _window_sums(squares: np.ndarray, length: int) -> np.ndarray:
    """Returns sums over `length` steps down the diagonals, one for each beginning."""
    rows, columns = squares.shape
    # Row r shifted by r: what was a diagonal is a column now.
    sheared = np.zeros((rows, rows + columns), np.float32)
    sheared[:, :columns] = squares[:, ::-1]
    sheared = sheared.reshape(-1)[: rows * (rows + columns - 1)].reshape(rows, -1)
    sums = np.zeros((rows + 1, sheared.shape[1]), np.float64)
    sheared.cumsum(axis=0, out=sums[1:])
    sums = sums[length:] - sums[:-length]
    first = np.arange(rows - length + 1)[:, None]
    second = np.arange(columns - length + 1)
    return sums[first, first + columns - 1 - second]


def _variances(values: np.ndarray, length: int) -> np.ndarray:
    """Returns the mean square deviation from each window's own mean."""
    padded = np.concatenate([np.zeros_like(values[:1], np.float64), values])
    sums, squares = padded.cumsum(axis=0), (padded**2).sum(axis=1).cumsum()
    means = (sums[length:] - sums[:-length]) / length
    return (squares[length:] - squares[:-length]) / length - (means**2).sum(axis=1)
