"""The step of a stream as one flat function of named tensors.

Runtimes know no nested states, and ONNX no output with the name of an input: the
tensors of the state go in as `state_...` and come out as `next_...`, to go in as
`state_...` with the next frame.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf.models import stream_step

HEATMAPS = "heatmaps"
PRESENT = "present"
_STATE = "state_"
_NEXT = "next_"


def input_shapes(step: stream_step.StreamStep) -> dict[str, tuple[int, ...]]:
    """Returns the names and shapes, without the batch, of what the function takes."""
    return {
        HEATMAPS: step.model.heatmap_shape,
        PRESENT: (),
        **{f"{_STATE}{name}": shape for name, shape in step.state_shapes.items()},
    }


def call(
    step: stream_step.StreamStep, tensors: Mapping[str, tf.Tensor]
) -> dict[str, tf.Tensor]:
    """Returns `pose`, `log_sigma`, `ready` and the tensors of the next state."""
    state = {name: tensors[f"{_STATE}{name}"] for name in step.state_shapes}
    outputs, following = step.step(tensors[HEATMAPS], tensors[PRESENT], state)
    return {
        **outputs,
        **{f"{_NEXT}{name}": value for name, value in following.items()},
    }


def zeros(
    step: stream_step.StreamStep, batch: int
) -> dict[str, npt.NDArray[np.float32]]:
    """Returns the state before a first frame, under its names as inputs."""
    return {
        f"{_STATE}{name}": np.zeros((batch, *shape), np.float32)
        for name, shape in step.state_shapes.items()
    }


def following(
    outputs: Mapping[str, npt.NDArray[np.float32]],
) -> dict[str, npt.NDArray[np.float32]]:
    """Returns the state after a frame, under its names as inputs."""
    return {
        f"{_STATE}{name.removeprefix(_NEXT)}": value
        for name, value in outputs.items()
        if name.startswith(_NEXT)
    }
