"""`STPose` a frame at a time."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from stpose_tf import errors
from stpose_tf.models import stpose, stream_memory

MEMORY = "memory"
PRESENT = "present"

State = dict[str, tf.Tensor]


class StreamStep:
    """One frame in, one pose out, and a state to hand to the next frame.

    Equals the offline model on the whole clip, up to rounding, at a cost per frame that
    does not depend on the length of the clip. The pose is the one of the frame
    `lookahead` frames ago; a causal model does not look ahead.

    A frame is absent when it lies outside its person's clip: before the first frame,
    after the last, or where nobody was tracked. Whatever its heat maps hold, it acts as
    `frame_mask` 0 acts offline. A frame inside the clip on which the detector found
    nothing is present and all zero, as in training.

    The step is a function of tensors, of any batch size, and reads the model's own
    weights: it follows them and adds none to an export. Between encoder and head it
    computes in float32, under mixed precision too.

    Args:
        model: The network; its weights exist.

    Attributes:
        model: The network.
        lookahead: Frames from a frame to its pose, `model.context[1]`.
        state_shapes: Shape of every tensor of the state, without the batch. All are
            float32.

    Raises:
        InputError: If the model's convolutions have one tap, so nothing to remember.
    """

    def __init__(self, model: stpose.STPose) -> None:
        tcn = model.tcn
        if tcn.kernel_size < 3:
            raise errors.InputError(
                "StreamStep: expected a kernel_size of at least 3. "
                f"Received: {tcn.kernel_size}"
            )
        self.model = model
        self._plan = stream_memory.plan(
            tcn.strides,
            blocks=tcn.blocks,
            kernel_size=tcn.kernel_size,
            causal=tcn.causal,
        )
        self.lookahead = self._plan.lookahead
        self.state_shapes: dict[str, tuple[int, ...]] = {
            MEMORY: (self._plan.rows, tcn.channels)
        }
        if self.lookahead:
            self.state_shapes[PRESENT] = (self.lookahead,)

    def initial_state(self, batch: int) -> State:
        """Returns the state before a first frame: all zeros.

        So a person starts anew when their row of every tensor is set to zero.

        Args:
            batch: Number of people.
        """
        return {
            name: tf.zeros((batch, *shape)) for name, shape in self.state_shapes.items()
        }

    def step(
        self, heatmaps: Any, present: Any, state: Mapping[str, Any]
    ) -> tuple[dict[str, tf.Tensor], State]:
        """Returns poses and the state after a frame.

        Args:
            heatmaps: The frame of each person, `[batch, height, width, keypoints]` in
                0..1.
            present: 1 where the frame lies inside the person's clip and 0 outside,
                `[batch]`.
            state: The state after the frame before, or the initial one.

        Returns:
            Outputs in float32, and the next state. `pose` in mm, `[batch, joints, 3]`,
            is 0 where not ready; `log_sigma`, the log of each joint's standard error
            in mm, `[batch, joints]`, means nothing there. `ready`, `[batch]`, is 1
            where the frame `lookahead` frames ago was present, and 0 elsewhere.

        Raises:
            InputError: If a shape is not that of the model.
        """
        self._check(heatmaps, present, state)
        inside = ops.cast(present, "bool")
        embeddings = ops.cast(self.model.embedding(heatmaps, training=False), "float32")
        # Chosen, not multiplied: whatever an absent map holds, even NaN, is gone.
        embeddings = ops.where(inside[:, None], embeddings, 0.0)
        features, ready, state = self.advance(embeddings, inside, state)
        outputs = self.model.head(features)
        pose = ops.where(ready[:, None, None] > 0.0, outputs["pose"], 0.0)
        return {**outputs, "pose": pose, "ready": ready}, state

    def advance(
        self, embeddings: Any, present: Any, state: Mapping[str, Any]
    ) -> tuple[Any, Any, State]:
        """Returns temporal features, whether they are ready, and the next state.

        The part of a step between the encoder and the head.

        Args:
            embeddings: The frame's embeddings, `[batch, embedding]`, finite.
            present: As in `step`.
            state: As in `step`.

        Returns:
            Features `[batch, branches * channels]` of the frame `lookahead` frames ago;
            `ready` as in `step`; the next state.
        """
        tcn, memory = self.model.tcn, state[MEMORY]
        flags = ops.cast(present, "float32")[:, None]
        if self.lookahead:
            flags = ops.concatenate([state[PRESENT], flags], axis=1)
        masks = self._masks(flags)
        waited, *blocks = self._remembered(memory)

        inputs = ops.matmul(embeddings, tcn.projection.kernel) + tcn.projection.bias
        inputs = ops.reshape(inputs, (-1, len(tcn.branches), tcn.channels))
        new = [inputs]
        x = self._align(inputs, waited)
        for block, (first, second, *older) in enumerate(blocks):
            y = self._normalize(x, 2 * block) * masks[2 * block]
            z = self._convolve(y, first, 2 * block)
            z = self._normalize(z, 2 * block + 1) * masks[2 * block + 1]
            new += [y, z, x] if older else [y, z]
            x = older[0] if older else x
            x = x + self._convolve(z, second, 2 * block + 1)

        rows = ops.concatenate([memory, *new], axis=1)
        following = {MEMORY: tf.gather(rows, self._plan.update, axis=1)}
        if self.lookahead:
            following[PRESENT] = flags[:, 1:]
        features = ops.reshape(x, (-1, len(tcn.branches) * tcn.channels))
        return features, flags[:, 0], following

    def _masks(self, flags: Any) -> list[Any]:
        """Returns for each convolution, `[batch, branches, 1]`, where to zero it."""
        layers = len(self._plan.mask_ages)
        if not self.lookahead:
            return [flags[:, :, None]] * layers
        oldest_first = self.lookahead - np.array(self._plan.mask_ages)
        masks = tf.gather(flags, oldest_first, axis=1)[..., None]
        return [masks[:, layer] for layer in range(layers)]

    def _remembered(self, memory: Any) -> list[list[Any]]:
        """Returns what each register gives to this frame: inputs, then by blocks."""
        reads = self._plan.reads
        rows = tf.gather(memory, [*itertools.chain.from_iterable(reads)], axis=1)
        ends = itertools.accumulate(map(len, reads), initial=0)
        groups = [rows[:, start:end] for start, end in itertools.pairwise(ends)]
        size = (len(groups) - 1) // self.model.tcn.blocks
        blocks = [groups[at : at + size] for at in range(1, len(groups), size)]
        return [groups[0], *blocks]

    def _align(self, inputs: Any, waited: Any) -> Any:
        """Returns inputs of one frame: all branches end at the same output frame."""
        if not self._plan.reads[0]:
            return inputs
        both = ops.concatenate([waited, inputs], axis=1)
        return tf.gather(both, self._plan.aligned, axis=1)

    def _normalize(self, x: Any, layer: int) -> Any:
        """Returns each branch's normalized and rectified features, in one go."""
        layers = [branch.normalizations[layer] for branch in self.model.tcn.branches]
        scale = ops.stack([one.gamma.value for one in layers])
        offset = ops.stack([one.beta.value for one in layers])
        x = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(x), axis=-1, keepdims=True)
        x = x * ops.rsqrt(variance + layers[0].epsilon)
        return ops.relu(x * scale + offset)

    def _convolve(self, newest: Any, earlier: Any, layer: int) -> Any:
        """Returns `[batch, branches, channels]` of taps of the same shape."""
        tcn = self.model.tcn
        count, size = len(tcn.branches), tcn.kernel_size * tcn.channels
        earlier = ops.reshape(earlier, (-1, count, size - tcn.channels))
        taps = ops.unstack(ops.concatenate([earlier, newest], axis=-1), count, axis=1)
        outputs = []
        for branch, seen in zip(tcn.branches, taps, strict=True):
            convolution = branch.convolutions[layer]
            kernel = ops.reshape(convolution.kernel, (size, tcn.channels))
            outputs.append(ops.matmul(seen, kernel) + convolution.bias)
        return ops.stack(outputs, axis=1)

    def _check(self, heatmaps: Any, present: Any, state: Mapping[str, Any]) -> None:
        if state.keys() != self.state_shapes.keys():
            raise errors.InputError(
                f"StreamStep: expected a state of {', '.join(self.state_shapes)}. "
                f"Received: {', '.join(map(str, state)) or 'an empty one'}"
            )
        _check_shape("heatmaps", heatmaps, (None, *self.model.heatmap_shape))
        batch = heatmaps.shape[0]
        _check_shape("present", present, (batch,))
        for name, shape in self.state_shapes.items():
            _check_shape(f"state {name!r}", state[name], (batch, *shape))


def _check_shape(name: str, tensor: Any, expected: tuple[int | None, ...]) -> None:
    shape = tuple(tensor.shape)
    fits = len(shape) == len(expected) and all(
        want is None or have is None or have == want
        for have, want in zip(shape, expected, strict=True)
    )
    if not fits:
        wanted = ", ".join("batch" if n is None else str(n) for n in expected)
        raise errors.InputError(
            f"StreamStep: expected {name} of shape [{wanted}]. Received: {shape}"
        )
