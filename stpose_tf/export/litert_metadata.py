"""What a TensorFlow Lite file says about itself.

The facts lie as JSON in the file's metadata, under the name `stpose_tf`.
"""

import json

from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

NAME = "stpose_tf"


def added(content: bytes, facts: dict[str, str]) -> bytes:
    """Returns a TensorFlow Lite file with facts in its metadata."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    buffer = schema.BufferT()
    buffer.data = list(json.dumps(facts).encode())
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name = NAME
    entry.buffer = len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def read(content: bytes) -> dict[str, str]:
    """Returns the facts of a file that `added` returned."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    places = {entry.name.decode(): entry.buffer for entry in model.metadata}
    facts: dict[str, str] = json.loads(bytes(model.buffers[places[NAME]].data))
    return facts
