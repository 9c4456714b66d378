"""Which frames of which clip make up each window, decided before anything is read."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.augment import augmentation
from stpose_tf.data.records import record_index, record_parsing

SPLITS = ("train", "validation", "all")


def select(
    index: record_index.RecordIndex,
    validation_subjects: Sequence[str],
    *,
    split: str,
) -> np.ndarray:
    """Returns the positions in `index.clips` that belong to a split, int64.

    Args:
        index: The records.
        validation_subjects: Who is held out of training.
        split: `train`, `validation` or `all`.

    Raises:
        InputError: If there is no such split.
    """
    if split not in SPLITS:
        raise errors.InputError(
            f"Split: expected one of {', '.join(SPLITS)}. Received: {split}"
        )
    held_out = np.array([clip.subject in validation_subjects for clip in index.clips])
    wanted = {"train": ~held_out, "validation": held_out, "all": held_out | True}
    return np.flatnonzero(wanted[split])


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ClipTable:
    """Where every clip of an index lies, as arrays that a graph can look up.

    Attributes:
        files: Path of each clip's shard, `[clips]`.
        frames: Frames of each clip, `[clips]`.
        views: Recorded views of each clip, `[clips]`.
        splits: Where each clip's chunks begin in the next two, `[clips + 1]`.
        chunk_starts: First frame of each chunk, `[chunks]`.
        chunk_offsets: Its first byte in the shard, `[chunks]`.
    """

    files: np.ndarray
    frames: np.ndarray
    views: np.ndarray
    splits: np.ndarray
    chunk_starts: np.ndarray
    chunk_offsets: np.ndarray

    def read(self, clip: tf.Tensor, frames: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the chunks that hold frames of a clip, and the frames in them.

        Args:
            clip: Position in the index, int64 scalar.
            frames: Frame numbers in rising order inside the clip, int64 `[time]`.

        Returns:
            Serialized records, string `[chunks]`; the frames counted from the
            first frame of the first of these, int64 `[time]`.
        """
        begin, end = tf.unstack(tf.gather(self.splits, tf.stack([clip, clip + 1])))
        starts = tf.constant(self.chunk_starts)[begin:end]
        ends = tf.stack([frames[0], frames[-1]])
        first, last = tf.unstack(
            tf.searchsorted(starts, ends, side="right", out_type=tf.int64) - 1
        )
        serialized = record_parsing.read_chunks(
            tf.gather(self.files, clip),
            tf.gather(self.chunk_offsets, begin + first),
            last - first + 1,
        )
        return serialized, frames - tf.gather(starts, first)


def clip_table(indexes: Sequence[record_index.RecordIndex]) -> ClipTable:
    """Returns the lookup arrays of the clips of all indexes, in order."""
    clips = [clip for index in indexes for clip in index.clips]
    chunks = [chunk for clip in clips for chunk in clip.chunks]
    files = [str(index.path(clip)) for index in indexes for clip in index.clips]
    return ClipTable(
        files=np.array(files),
        frames=np.array([clip.frames for clip in clips], np.int64),
        views=np.array([clip.views for clip in clips], np.int64),
        splits=np.cumsum([0, *(len(clip.chunks) for clip in clips)]),
        chunk_starts=np.array([chunk.start for chunk in chunks], np.int64),
        chunk_offsets=np.array([chunk.offset for chunk in chunks], np.int64),
    )


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class WindowPlan:
    """Draws training windows from some clips of an index.

    Attributes:
        table: The index as arrays.
        length: Frames of a window.
        strides: Temporal strides at which at least one clip is drawn.
        ends: For each stride, the running sum over all clips of the weights of those
            that are drawn at it; int64 `[strides, clips]`.
    """

    table: ClipTable
    length: int
    strides: np.ndarray
    ends: np.ndarray

    @property
    def weight(self) -> int:
        """Sum of the weights of the clips that are drawn at some stride."""
        return int(self.ends[:, -1].max())

    def draw(self, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns a random window: a stride, a clip by its weight, a start, two views.

        A clip that is too short lies in the window as a whole, anywhere.

        Args:
            seed: Stateless seed, `[2]`.

        Returns:
            `clip`, int64 scalar; `frames`, int64 `[time]`, outside the clip its first
            or last; `inside`, bool `[time]`; `views`, int64 `[2]`, two different ones
            unless the clip has one only.
        """
        seeds = augmentation.seeds(seed, 5)
        row = _below(tf.constant(len(self.strides), tf.int64), seeds[0])
        ends = tf.gather(self.ends, row)
        place = _below(ends[-1], seeds[1])
        clip = tf.searchsorted(
            ends, place[tf.newaxis], side="right", out_type=tf.int64
        )[0]
        stride = tf.gather(self.strides, row)
        span = _span(self.length, stride)
        frames = tf.gather(self.table.frames, clip)
        slack = frames - span  # negative: how far the window reaches outside
        start = tf.minimum(slack, 0) + _below(tf.abs(slack) + 1, seeds[2])
        wanted = start + stride * tf.range(self.length, dtype=tf.int64)
        views = tf.gather(self.table.views, clip)
        first = _below(views, seeds[3])
        step = 1 + _below(tf.maximum(views - 1, 1), seeds[4])
        return {
            "clip": clip,
            "frames": tf.clip_by_value(wanted, 0, frames - 1),
            "inside": (wanted >= 0) & (wanted < frames),
            "views": tf.stack([first, tf.math.floormod(first + step, views)]),
        }


def long_enough(
    index: record_index.RecordIndex,
    clips: np.ndarray,
    *,
    length: int,
    temporal_strides: Sequence[int],
    overhang: float = 0.0,
) -> np.ndarray:
    """Returns those of `clips` that fill enough of a window at the smallest stride.

    Args:
        index: The records.
        clips: Positions in `index.clips`.
        length: Frames of a window, T.
        temporal_strides: Frame steps.
        overhang: Largest share of a window outside its clip.

    Raises:
        InputError: If no clip holds a whole window.
    """
    stride = min(temporal_strides)
    frames = np.array([index.clips[number].frames for number in clips])
    found = clips[frames >= _least_frames(length, stride, overhang)]
    longest = frames.max(initial=0)
    if longest < _span(length, stride):
        raise errors.InputError(
            f"config.data.length: expected at most {(longest - 1) // stride + 1}; the "
            f"longest training clip of {index.folder} has {longest} frames, and the "
            f"smallest of data.temporal_strides is {stride}. Received: {length}"
        )
    return found


def window_plan(
    index: record_index.RecordIndex,
    clips: np.ndarray,
    *,
    length: int,
    temporal_strides: Sequence[int],
    overhang: float = 0.0,
    balance: float = 0.0,
) -> WindowPlan:
    """Returns a plan for training windows.

    Args:
        index: The records.
        clips: Positions in `index.clips` to draw from, at least one of them
            `long_enough`.
        length: Frames of a window, T.
        temporal_strides: Frame steps; those too long for every clip are left out.
        overhang: Largest share of a window outside its clip.
        balance: 0 draws clips by their frames, 1 all alike, between by their frames
            to the power of 1 - balance.
    """
    table = clip_table([index])
    chosen = np.zeros(len(index.clips), bool)
    chosen[clips] = True
    strides = np.sort(np.array(temporal_strides, np.int64))
    least = _least_frames(length, strides, overhang)
    enough = chosen & (table.frames >= least[:, np.newaxis])  # [strides, clips]
    usable = enough.any(axis=1)
    weights = np.ceil(table.frames ** (1.0 - balance)).astype(np.int64)
    ends = np.cumsum(np.where(enough[usable], weights, 0), axis=1)
    return WindowPlan(table=table, length=length, strides=strides[usable], ends=ends)


def _span(length: int, stride: Any) -> Any:
    """Returns the frames from a window's first to its last."""
    return (length - 1) * stride + 1


def _least_frames(length: int, stride: Any, overhang: float) -> Any:
    """Returns the frames of a clip that fills enough of a window."""
    inside = max(int(np.ceil((1.0 - overhang) * length)), 1)
    return _span(inside, stride)


def _below(limit: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns a random int64 scalar from 0 to `limit - 1`."""
    return tf.random.stateless_uniform([], seed, maxval=limit, dtype=tf.int64)
