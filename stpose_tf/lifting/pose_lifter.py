"""A trained generator over sequences of any length, in memory that does not grow.

Each frame is embedded once; the temporal part runs on overlapping windows of embeddings
(2 KB a frame). What the generator gives for the whole sequence at once comes out, for
the windows' margins are as wide as its context.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.lifting import window_average
from stpose_tf.models import stpose

Array = npt.NDArray[Any]

_WINDOW = 256  # frames; at least
_CHUNK = 32  # frames embedded at a time


class PoseLifter:
    """What all people share: the network, traced once.

    Args:
        generator: The trained generator.
    """

    def __init__(self, generator: stpose.STPose) -> None:
        margin = max(generator.context)
        blend = max(margin // 2, 1)
        self.sizes = window_average.WindowSizes(
            length=max(_WINDOW, 4 * (margin + blend)), margin=margin, blend=blend
        )
        self.heatmap_shape: tuple[int, ...] = generator.heatmap_shape
        self.context = margin
        self._embed = tf.function(
            lambda maps: tf.cast(generator.embedding(maps, training=False), tf.float32),
            autograph=False,
            input_signature=[
                tf.TensorSpec((_CHUNK, *generator.heatmap_shape), tf.float32)
            ],
        )
        self._head = tf.function(
            lambda embeddings, mask: generator.head(
                generator.tcn(embeddings, frame_mask=mask, training=False)
            ),
            autograph=False,
        )

    def prepare(self) -> None:
        """Traces the network, which the first frames would wait for otherwise."""
        nothing = self.embed(np.zeros((1, *self.heatmap_shape), np.float32))
        window = np.repeat(nothing, self.sizes.length, axis=0)
        self.window(window, np.ones(len(window), bool))

    def start(self) -> "TrackLifter":
        """Returns a lifter for one sequence of one person."""
        return TrackLifter(self)

    def embed(self, maps: Array) -> Array:
        """Returns the embeddings of up to 32 frames, `[frames, embedding]`."""
        count = len(maps)
        padded = np.zeros((_CHUNK, *self.heatmap_shape), np.float32)
        padded[:count] = maps
        embeddings: Array = self._embed(tf.constant(padded)).numpy()
        return embeddings[:count]

    def window(
        self, embeddings: Array, inside: npt.NDArray[np.bool_]
    ) -> window_average.Answers:
        """Returns `pose` and `log_sigma` of a window; see `window_average.Network`."""
        mask = inside[np.newaxis, :, np.newaxis]
        known = np.where(mask, embeddings[np.newaxis], 0.0).astype(np.float32)
        outputs = self._head(tf.constant(known), tf.constant(mask.astype(np.float32)))
        return {name: value.numpy()[0] for name, value in outputs.items()}


class TrackLifter:
    """One sequence of one person; see `PoseLifter.start`."""

    def __init__(self, lifter: PoseLifter) -> None:
        self._lifter = lifter
        self._waiting: list[Array] = []
        self._average = window_average.WindowAverage(lifter.window, lifter.sizes)
        self._done: list[window_average.Answers] = []

    def push(self, maps: Array) -> None:
        """Takes the next frames' heat maps, `[frames, height, width, keypoints]`."""
        if maps.shape[1:] != self._lifter.heatmap_shape:
            raise errors.InputError(
                f"heat maps: expected {list(self._lifter.heatmap_shape)} for each "
                f"frame. Received: {list(maps.shape[1:])}"
            )
        self._waiting += list(maps)
        while len(self._waiting) >= _CHUNK:
            self._embed(_CHUNK)

    def finish(self) -> tuple[Array, Array]:
        """Ends the sequence.

        Returns:
            Poses in the crop frame in mm, `[time, joints, 3]`, and the logs of their
            standard errors in mm, `[time, joints]`.

        Raises:
            InputError: If there was no frame, or the answers are no numbers.
        """
        if self._waiting:
            self._embed(len(self._waiting))
        self._done += self._average.finish()
        if not self._done:
            raise errors.InputError("heat maps: expected frames. Received: none")
        poses, log_sigma = (
            np.concatenate([part[name] for part in self._done])
            for name in ("pose", "log_sigma")
        )
        if not (np.isfinite(poses).all() and np.isfinite(log_sigma).all()):
            raise errors.InputError(
                "The model: expected poses. Received: values that are no numbers; its "
                "weights are damaged or its training diverged"
            )
        return poses, log_sigma

    def _embed(self, count: int) -> None:
        frames, self._waiting = self._waiting[:count], self._waiting[count:]
        self._done += self._average.push(self._lifter.embed(np.stack(frames)))
