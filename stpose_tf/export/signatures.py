"""What an export can be asked: functions of named tensors, the same in every format.

All tensors are float32. `pose` is in mm in the crop frame and `log_sigma` the log of
each joint's standard error in mm.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from stpose_tf.export import inference_graph, keypoint_input, streaming_signature
from stpose_tf.models import stpose, stream_step

CLIPS = "serving_default"
KEYPOINTS = "from_keypoints"
STREAM = "stream_step"

Tensors = Mapping[str, tf.Tensor]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Signature:
    """A function of named tensors.

    Attributes:
        name: How it is asked for.
        inputs: Name and shape of each input.
        call: From named inputs to named outputs.
    """

    name: str
    inputs: dict[str, tf.TensorSpec]
    call: Callable[[Tensors], dict[str, tf.Tensor]]

    def checked(self, inputs: Tensors) -> dict[str, tf.Tensor]:
        """Returns the outputs; inputs of another shape are an error at run time.

        A server binds whatever it is sent to an input, and a transposed map reshapes
        as well as a straight one.
        """
        return self.call(
            {
                name: tf.ensure_shape(inputs[name], specification.shape)
                for name, specification in self.inputs.items()
            }
        )


def clips(
    generator: stpose.STPose, *, batch: int | None = None, time: int | None = None
) -> Signature:
    """Returns the function from heat maps of whole clips to their poses.

    `heatmaps` `[batch, time, height, width, keypoints]` in 0..1 to `pose` `[batch,
    time, joints, 3]` and `log_sigma` `[batch, time, joints]`.

    Args:
        generator: The trained model.
        batch: Clips in a batch; None for any number.
        time: Frames of a clip; None for any number.
    """

    def call(inputs: Tensors) -> dict[str, tf.Tensor]:
        return inference_graph.predict(generator, inputs["heatmaps"])

    shapes = {"heatmaps": (batch, time, *generator.heatmap_shape)}
    return Signature(name=CLIPS, inputs=_specifications(shapes), call=call)


def keypoints(
    generator: stpose.STPose,
    preprocessor: dict[str, Any],
    *,
    batch: int | None = None,
    time: int | None = None,
) -> Signature:
    """Returns the function from a 2D detector's keypoints to poses.

    `keypoints` `[batch, time, keypoints, 2]` in image px and their `confidence`
    `[batch, time, keypoints]`, 0 where a keypoint was not seen, to `pose`,
    `log_sigma` and `crop` `[batch, time, 4]`: center x, center y, side in px and roll
    (0) of the crop that each pose is seen from. See `keypoint_input.to_heatmaps`.

    Args:
        generator: The trained model.
        preprocessor: Content of the preset's `preprocessor.json`.
        batch: Clips in a batch; None for any number.
        time: Frames of a clip; None for any number.
    """
    *size, count = generator.heatmap_shape

    def call(inputs: Tensors) -> dict[str, tf.Tensor]:
        maps, crop = keypoint_input.to_heatmaps(
            inputs["keypoints"],
            inputs["confidence"],
            size=(size[0], size[1]),
            sigma=preprocessor["heatmap_sigma"],
            margin=preprocessor["crop"]["margin"],
        )
        return {**inference_graph.predict(generator, maps), "crop": crop}

    shapes = {
        "keypoints": (batch, time, count, 2),
        "confidence": (batch, time, count),
    }
    return Signature(name=KEYPOINTS, inputs=_specifications(shapes), call=call)


def stream(generator: stpose.STPose, *, batch: int | None = None) -> Signature:
    """Returns the function from a frame and a state to a pose and the next state.

    `heatmaps` `[batch, height, width, keypoints]`, `present` `[batch]` and the tensors
    `state_...`, zeros before a first frame, to `pose` `[batch, joints, 3]` of the
    frame `lookahead` frames ago, `log_sigma` `[batch, joints]`, `ready` `[batch]` and
    the tensors `next_...`. See `stream_step.StreamStep`.

    Args:
        generator: The trained model.
        batch: People in a batch; None for any number.
    """
    step = stream_step.StreamStep(generator)
    shapes = streaming_signature.input_shapes(step)
    return Signature(
        name=STREAM,
        inputs=_specifications({n: (batch, *shape) for n, shape in shapes.items()}),
        call=lambda inputs: streaming_signature.call(step, inputs),
    )


def _specifications(
    shapes: Mapping[str, tuple[int | None, ...]],
) -> dict[str, tf.TensorSpec]:
    return {
        name: tf.TensorSpec(shape, tf.float32, name=name)
        for name, shape in shapes.items()
    }
