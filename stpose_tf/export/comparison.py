"""Exports beside their model, on the same windows of real input."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf.export import (
    keypoint_input,
    parity,
    runtimes,
    sample_windows,
    streaming_signature,
)
from stpose_tf.geometry import heatmaps
from stpose_tf.models import stpose, stream_step

BATCH_SIZES = (1, 4)
LENGTHS = (sample_windows.LENGTH, 27)
# From heat-map px to an image: any place and size that is not the map's own.
_IMAGE_SCALE = np.float32(9.5)
_IMAGE_CORNER = np.array([120.0, 40.0], np.float32)

Outputs = dict[str, npt.NDArray[Any]]


class Comparison:
    """A model, what it is compared on, and what it says of it.

    Args:
        generator: The model in Keras.
        windows: One for each condition.
        preprocessor: Content of the model's `preprocessor.json`.
    """

    def __init__(
        self,
        generator: stpose.STPose,
        windows: Sequence[sample_windows.Windows],
        *,
        preprocessor: dict[str, Any],
    ) -> None:
        self.generator = generator
        self.preprocessor = preprocessor
        self._windows = tuple(windows)

    def clips(
        self,
        run: runtimes.Run,
        *,
        batch_sizes: Sequence[int] = BATCH_SIZES,
        lengths: Sequence[int] = LENGTHS,
    ) -> Iterator[parity.Case]:
        """Yields how a function from heat maps of whole clips compares."""
        for number, length, batch in self._cases(lengths, batch_sizes):
            windows = self._windows[number].first_frames(length)
            received = _in_batches(
                lambda part: run({"heatmaps": part}), batch, windows.heatmaps
            )
            yield self._compare(number, received, length=length, batch=batch)

    def keypoints(self, run: runtimes.Run) -> Iterator[parity.Case]:
        """Yields how a function from keypoints and their confidence compares.

        The keypoints are the peaks of the windows' maps, with all their noise.
        """
        for number, length, batch in self._cases(LENGTHS, BATCH_SIZES):
            places, confidence = self._peaks(number)
            received = _in_batches(
                lambda part, seen: run({"keypoints": part, "confidence": seen}),
                batch,
                places[:, :length],
                confidence[:, :length],
            )
            expected = self._of_keypoints(number, length)
            windows = self._windows[number].first_frames(length)
            yield parity.compare(
                received,
                expected,
                truths=windows.truths,
                valid=windows.valid,
                condition=windows.condition,
                batch=batch,
            )

    def stream(self, run: runtimes.Run) -> Iterator[parity.Case]:
        """Yields how a function of a frame and a state compares with whole clips."""
        step = stream_step.StreamStep(self.generator)
        for number, length, batch in self._cases(LENGTHS, BATCH_SIZES):
            windows = self._windows[number].first_frames(length)
            received = _in_batches(
                functools.partial(_streamed, run, step), batch, windows.heatmaps
            )
            yield self._compare(number, received, length=length, batch=batch)

    def _cases(
        self, lengths: Sequence[int], batch_sizes: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        return itertools.product(range(len(self._windows)), lengths, batch_sizes)

    def _compare(
        self, number: int, received: Outputs, *, length: int, batch: int
    ) -> parity.Case:
        windows = self._windows[number].first_frames(length)
        return parity.compare(
            received,
            self._of_heatmaps(number, length),
            truths=windows.truths,
            valid=windows.valid,
            condition=windows.condition,
            batch=batch,
        )

    @functools.cache  # noqa: B019  lives as long as one export
    def _of_heatmaps(self, number: int, length: int) -> Outputs:
        windows = self._windows[number].first_frames(length)
        return _in_batches(self._predict, 2, windows.heatmaps)

    @functools.cache  # noqa: B019
    def _of_keypoints(self, number: int, length: int) -> Outputs:
        places, confidence = self._peaks(number)

        def predict(part: Any, seen: Any) -> Outputs:
            height, width, _ = self.generator.heatmap_shape
            maps, _ = keypoint_input.to_heatmaps(
                tf.constant(part),
                tf.constant(seen),
                size=(height, width),
                sigma=self.preprocessor["heatmap_sigma"],
                margin=self.preprocessor["crop"]["margin"],
            )
            return self._predict(maps)

        return _in_batches(predict, 2, places[:, :length], confidence[:, :length])

    @functools.cache  # noqa: B019
    def _peaks(self, number: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        found = np.concatenate(
            [heatmaps.decode(maps).numpy() for maps in self._windows[number].heatmaps]
        ).reshape(*self._windows[number].heatmaps.shape[:2], -1, 3)
        return _IMAGE_SCALE * found[..., :2] + _IMAGE_CORNER, found[..., 2]

    def _predict(self, maps: Any) -> Outputs:
        outputs = self.generator({"heatmaps": maps}, training=False)
        return {name: value.numpy() for name, value in outputs.items()}


def _in_batches(call: Any, batch: int, *inputs: npt.NDArray[Any]) -> Outputs:
    """Returns the outputs of all rows, `batch` of them at a time."""
    parts = [
        call(*(value[start : start + batch] for value in inputs))
        for start in range(0, len(inputs[0]), batch)
    ]
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in ("pose", "log_sigma")
    }


def _streamed(
    run: runtimes.Run, step: stream_step.StreamStep, maps: npt.NDArray[np.float32]
) -> Outputs:
    """Returns the outputs of all frames of clips that are fed frame by frame."""
    batch, length = maps.shape[:2]
    state = streaming_signature.zeros(step, batch)
    outputs = []
    for frame in range(length + step.lookahead):
        inside = frame < length
        made = run(
            {
                "heatmaps": maps[:, frame] if inside else np.zeros_like(maps[:, 0]),
                "present": np.full(batch, inside, np.float32),
                **state,
            }
        )
        state = streaming_signature.following(made)
        outputs.append(made)
    return {
        name: np.stack([made[name] for made in outputs[step.lookahead :]], axis=1)
        for name in ("pose", "log_sigma")
    }
