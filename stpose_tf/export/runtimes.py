"""Programs that run exported models, behind one kind of function.

Nothing of a runtime is imported before it is asked for: a process that measures one
must not hold the others.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import extras

Arrays = Mapping[str, npt.NDArray[np.float32]]
Run = Callable[[Arrays], dict[str, npt.NDArray[np.float32]]]
"""From named inputs to named outputs."""

_PACKAGES: Mapping[str, tuple[str, ...]] = {
    "tflite": ("ai_edge_litert.interpreter",),
    "onnx": ("onnx", "onnxruntime", "tf2onnx"),
}


def require(name: str) -> None:
    """Raises InputError if a format cannot be written and run, for want of a package.

    Args:
        name: Of the format.
    """
    for module in _PACKAGES.get(name, ()):
        _load(module, name)


def saved_model(path: Path, signature: str) -> Run:
    """Returns a signature of a SavedModel, run by TensorFlow."""
    import tensorflow as tf

    model = tf.saved_model.load(path)
    serve = model.signatures[signature]

    def run(inputs: Arrays) -> dict[str, npt.NDArray[np.float32]]:
        # The function dies with the model it belongs to: keep both.
        assert model is not None
        outputs = serve(**{name: tf.constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in outputs.items()}

    return run


def litert(path: Path, signature: str) -> Run:
    """Returns a signature of a `.tflite` file, run by LiteRT on all cores.

    Raises:
        InputError: If LiteRT is not installed.
    """
    interpreter = _load("ai_edge_litert.interpreter", "tflite").Interpreter(
        str(path), num_threads=os.cpu_count()
    )
    runner = interpreter.get_signature_runner(signature)

    def run(inputs: Arrays) -> dict[str, npt.NDArray[np.float32]]:
        return dict(runner(**inputs))

    return run


def onnx(path: Path, signature: str) -> Run:
    """Returns an `.onnx` file, run by onnxruntime on all cores.

    Raises:
        InputError: If onnxruntime is not installed.
    """
    del signature  # an ONNX file has one
    onnxruntime = _load("onnxruntime", "onnx")
    session = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Arrays) -> dict[str, npt.NDArray[np.float32]]:
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))

    return run


def keras_file(path: Path, signature: str) -> Run:
    """Returns a `.keras` file, run by Keras."""
    import keras

    import stpose_tf.models.stpose  # noqa: F401  registers the layers

    del signature
    model = keras.saving.load_model(path)

    def run(inputs: Arrays) -> dict[str, npt.NDArray[np.float32]]:
        outputs = model(dict(inputs), training=False)
        return {name: value.numpy() for name, value in outputs.items()}

    return run


def _load(module: str, extra: str) -> Any:
    return extras.load(module, extra=extra, asker=f"--format={extra}")


OPENERS: Mapping[str, Callable[[Path, str], Run]] = {
    "saved_model": saved_model,
    "tflite": litert,
    "onnx": onnx,
    "keras": keras_file,
}
