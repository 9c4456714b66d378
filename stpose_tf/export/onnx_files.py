"""The generator as ONNX files."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from stpose_tf.export import job as jobs
from stpose_tf.export import sample_windows, signatures

OPSET = 17
CLIPS = "model.onnx"
FIXED_CLIPS = f"model_t{sample_windows.LENGTH}.onnx"
STREAM = "stream_step.onnx"


def write(job: jobs.Job, folder: Path) -> None:
    """Writes `model.onnx`, `model_t64.onnx` and `stream_step.onnx`, opset 17.

    The first takes any batch and time, the second any batch of 64 frames, the third a
    frame of any batch and the state after the one before; see `signatures`. The
    metadata of each say what goes in and out. Needs the packages that
    `runtimes.require` looks for.
    """
    length = sample_windows.LENGTH
    for name, signature, time in (
        (CLIPS, signatures.clips(job.generator), None),
        (FIXED_CLIPS, signatures.clips(job.generator, time=length), length),
        (STREAM, signatures.stream(job.generator), 1),
    ):
        _write(signature, folder / name, facts=job.facts(time=time))


def _write(
    signature: signatures.Signature, file: Path, *, facts: dict[str, str]
) -> None:
    import onnx
    import tf2onnx

    def call(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        return signature.call(dict(zip(signature.inputs, tensors, strict=True)))

    model, _ = tf2onnx.convert.from_function(
        tf.function(call, autograph=False),
        input_signature=list(signature.inputs.values()),
        opset=OPSET,
    )
    _name_axes(model, signature)
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(file))


def _name_axes(model: Any, signature: signatures.Signature) -> None:
    """Gives the free axes of all inputs and outputs the names batch and time."""
    streams = signature.name == signatures.STREAM
    free = ("batch",) if streams else ("batch", "time")
    for value in (*model.graph.input, *model.graph.output):
        for axis, name in zip(value.type.tensor_type.shape.dim, free, strict=False):
            if not axis.dim_value:
                axis.dim_param = name
