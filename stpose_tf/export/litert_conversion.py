"""From a SavedModel to TensorFlow Lite, at several precisions."""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.lite.tools import flatbuffer_utils

from stpose_tf.export import inference_graph

# What 8 bits ruin stays in float: centroids are parts of a pixel and divide by sums of
# fourth powers, a normalization divides by a variance, and the answers are read in mm.
# The other convolutions and dense layers remain, where the weights and the work are.
_FLOAT_OPERATIONS = (
    "ADD",
    "BATCH_MATMUL",
    "CONCATENATION",
    "DIV",
    "LEAKY_RELU",
    "MEAN",
    "MUL",
    "NEG",
    "POW",
    "RESHAPE",
    "RSQRT",
    "SPLIT",
    "SQRT",
    "SQUARE",
    "SQUARED_DIFFERENCE",
    "STRIDED_SLICE",
    "SUB",
)
_FLOAT_LAYERS = re.compile(
    rf"\bhead[^/;]*/(position|error)(_\d+)?/|\b{inference_graph.PLACES}/"
)

Windows = Sequence[npt.NDArray[np.float32]]


def float32(folder: Path, signature: str) -> bytes:
    """Returns a SavedModel's signature as it is.

    Args:
        folder: Of the SavedModel.
        signature: Its name.
    """
    return bytes(_converter(folder, signature).convert())


def float16(folder: Path, signature: str) -> bytes:
    """Returns a signature whose weights have 16 bits.

    Args:
        folder: Of the SavedModel.
        signature: Its name.
    """
    converter = _converter(folder, signature)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def dynamic_range(folder: Path, signature: str) -> bytes:
    """Returns a signature whose weights have 8 bits and whose activations are float.

    Args:
        folder: Of the SavedModel.
        signature: Its name.
    """
    converter = _converter(folder, signature)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())


def int8(
    folder: Path,
    signature: str,
    *,
    examples: Callable[[], Iterator[dict[str, Any]]],
    float_model: bytes,
) -> bytes:
    """Returns a signature whose convolutions and dense layers work in 8 bits.

    Weights have one scale for each channel, activations one for each tensor. Inputs,
    outputs, normalization, centroids and the layers next to them stay in float32.

    Args:
        folder: Of the SavedModel.
        signature: Its name.
        examples: Makes inputs by name, which the ranges of activations are taken from.
        float_model: What `float32` returned.
    """
    converter = _converter(folder, signature)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_ops=list(_FLOAT_OPERATIONS),
        denylisted_nodes=_float_layers(float_model),
    )
    with warnings.catch_warnings():
        # The converter's own interpreter is on its way out; what it makes is not.
        warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter")
        # The one way to leave some layers in float that TensorFlow documents.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=examples, debug_options=options
        )
    return bytes(debugger.get_nondebug_quantized_model())


def _converter(folder: Path, signature: str) -> Any:
    # Without further settings it knows no operations but TensorFlow Lite's own.
    return tf.lite.TFLiteConverter.from_saved_model(
        str(folder), signature_keys=[signature]
    )


def _float_layers(float_model: bytes) -> list[str]:
    """Returns the names of what the layers make that stay in float."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(float_model))
    names = [tensor.name.decode() for tensor in model.subgraphs[0].tensors]
    return [name for name in names if _FLOAT_LAYERS.search(name)]
