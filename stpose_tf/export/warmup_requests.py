"""Requests that TensorFlow Serving answers for itself when it loads a model.

The first request to a signature takes far longer than the others. The file holds one
`tensorflow.serving.PredictionLog` for each signature. Its few fields are written here
by hand: the package that defines them is for clients and asks for its own TensorFlow.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from stpose_tf.export import signatures

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
# Numbers of the fields, from TensorFlow Serving's prediction_log.proto, predict.proto
# and model.proto.
_PREDICT_LOG = 6  # of PredictionLog
_REQUEST = 1  # of PredictLog
_MODEL_SPEC, _INPUTS = 1, 2  # of PredictRequest
_SIGNATURE_NAME = 3  # of ModelSpec
_KEY, _VALUE = 1, 2  # of an entry of a map


def write(folder: Path, asked: Iterable[signatures.Signature]) -> None:
    """Writes a request of zeros for each signature.

    Args:
        folder: Of the SavedModel.
        asked: Signatures whose shapes have no free axis.
    """
    (folder / FILE).parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / FILE)) as writer:
        for signature in asked:
            writer.write(_prediction_log(signature))


def _prediction_log(signature: signatures.Signature) -> bytes:
    request = _field(_MODEL_SPEC, _field(_SIGNATURE_NAME, signature.name.encode()))
    for name, specification in signature.inputs.items():
        zeros = tf.make_tensor_proto(
            np.zeros(specification.shape.as_list(), np.float32)
        )
        request += _field(
            _INPUTS,
            _field(_KEY, name.encode()) + _field(_VALUE, zeros.SerializeToString()),
        )
    return _field(_PREDICT_LOG, _field(_REQUEST, request))


def _field(number: int, content: bytes) -> bytes:
    """Returns a message's field of type string, bytes or message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Returns an integer in groups of seven bits, the lowest first."""
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
