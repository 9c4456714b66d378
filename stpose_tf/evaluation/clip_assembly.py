"""From batches of overlapping rows back to whole clips, each frame exactly once."""

import collections
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from stpose_tf.evaluation import pose_sequence

Key = tuple[int, int]
_Arrays = dict[str, npt.NDArray[np.generic]]
# Everything that has one entry for each frame, and how it is kept.
_DTYPES = {
    "frames": np.int64,
    "predictions": np.float64,
    "truths": np.float64,
    "valid": np.bool_,
    "occluded": np.bool_,
    "missing": np.bool_,
    "log_sigma": np.float64,
    "baseline": np.float64,
}


class ClipAssembly:
    """Collects scored frames until a view of a clip is complete.

    Args:
        lengths: Frames at the evaluation rate that each view of each clip has, by
            (clip, view). A sequence leaves the assembly as soon as it has them all.
    """

    def __init__(self, lengths: Mapping[Key, int]) -> None:
        self._lengths = dict(lengths)
        self._parts: dict[Key, list[_Arrays]] = collections.defaultdict(list)
        self._counts: collections.Counter[Key] = collections.Counter()
        self._done: set[Key] = set()

    def add(
        self,
        *,
        clips: npt.NDArray[np.integer],
        views: npt.NDArray[np.integer],
        score: npt.NDArray[np.floating],
        **frames: npt.NDArray[np.generic],
    ) -> Iterator[pose_sequence.PoseSequence]:
        """Takes a batch and yields the sequences that it completes.

        Args:
            clips: Positions in the index, `[batch]`.
            views: `[batch]`.
            score: 1 for the frames that count here, `[batch, time]`.
            **frames: The fields of `PoseSequence` from `frames` on, each
                `[batch, time, ...]`.

        Raises:
            ValueError: If a frame is scored twice or lies outside its clip.
        """
        for row in range(len(clips)):
            chosen = np.asarray(score[row]) > 0.5
            if not chosen.any():
                continue
            key = (int(clips[row]), int(views[row]))
            if key not in self._lengths:
                raise ValueError(
                    f"Expected other clips. Received: clip {key[0]} view {key[1]}"
                )
            if key in self._done:
                raise ValueError(
                    f"Expected each frame once. Received: clip {key[0]} view {key[1]} "
                    "again after it was complete."
                )
            part: _Arrays = {
                name: np.asarray(frames[name][row])[chosen].astype(dtype)
                for name, dtype in _DTYPES.items()
            }
            self._parts[key].append(part)
            self._counts[key] += int(chosen.sum())
            if self._counts[key] >= self._lengths[key]:
                yield self._release(key)

    def finish(self) -> None:
        """Ends a measurement of all frames.

        Raises:
            ValueError: If a clip lacks frames.
        """
        for key, length in self._lengths.items():
            if key not in self._done:
                raise ValueError(
                    f"Expected {length} frames of clip {key[0]} view {key[1]}. "
                    f"Received: {self._counts[key]}"
                )

    def finish_partial(self) -> Iterator[pose_sequence.PoseSequence]:
        """Ends a measurement of some windows: yields what is there of each clip."""
        for key in list(self._parts):
            yield self._release(key)

    def _release(self, key: Key) -> pose_sequence.PoseSequence:
        parts = self._parts.pop(key)
        del self._counts[key]
        self._done.add(key)
        joined = {name: np.concatenate([p[name] for p in parts]) for name in _DTYPES}
        order = np.argsort(joined["frames"], kind="stable")
        joined = {name: values[order] for name, values in joined.items()}
        frames = joined["frames"]
        if (np.diff(frames) == 0).any():
            twice = int(frames[:-1][np.diff(frames) == 0][0])
            raise ValueError(
                f"Expected each frame once. Received: frame {twice} of clip {key[0]} "
                f"view {key[1]} twice."
            )
        if frames[0] < 0 or frames[-1] >= self._lengths[key]:
            raise ValueError(
                f"Expected frames 0 to {self._lengths[key] - 1} of clip {key[0]}. "
                f"Received: {int(frames[0])} to {int(frames[-1])}"
            )
        return pose_sequence.PoseSequence(clip=key[0], view=key[1], **joined)
