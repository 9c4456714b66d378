"""A network in an ONNX file, opened by ONNX Runtime."""

from pathlib import Path
from typing import Any

from stpose_tf import errors, extras


def open_file(path: Path, *, threads: int = 1) -> Any:
    """Returns the file's `InferenceSession`.

    Args:
        path: The file.
        threads: Threads of one run.

    Raises:
        InputError: If it cannot be read, or ONNX Runtime is not installed.
    """
    runtime: Any = extras.load("onnxruntime", extra="onnx")
    if not path.is_file():
        raise errors.InputError(f"{path}: expected an ONNX file. Received: no file")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        return runtime.InferenceSession(
            str(path), options, providers=runtime.get_available_providers()
        )
    except Exception as error:  # ONNX Runtime has a class for each kind of damage.
        raise errors.InputError(
            f"{path}: expected an ONNX network. Received: {str(error).splitlines()[0]}"
        ) from error
