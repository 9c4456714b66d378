"""HRNet's weights out of official and MMPose checkpoints.

The official files and MMPose's name the same arrays; they differ in wrappers and
prefixes. Kernels turn from OIHW to HWIO; nothing else changes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from stpose_tf import errors, extras
from stpose_tf.networks2d import hrnet

_PREFIXES = (
    "module.",
    "backbone.",
    "head.final_layer.",
    "keypoint_head.final_layer.",
)
_COUNTER = "num_batches_tracked"
_NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_FIRST_BRANCH = "stage2.0.branches.0.0.conv1.weight"
_SHOWN = 3


def read(path: Path) -> dict[str, np.ndarray]:
    """Returns a checkpoint's arrays under their official names.

    Args:
        path: A `.pth` file, official or MMPose's.

    Raises:
        InputError: If it cannot be read, or PyTorch is not installed.
    """
    if not path.is_file():
        raise errors.InputError(f"{path}: expected a checkpoint. Received: no file")
    torch: Any = extras.load("torch", extra="convert")
    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)
    except Exception as error:  # Whatever PyTorch says of a damaged file.
        raise errors.InputError(
            f"{path}: expected a PyTorch checkpoint of arrays alone. "
            f"Received: {type(error).__name__}"
        ) from error
    if isinstance(content, Mapping) and "state_dict" in content:
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise errors.InputError(
            f"{path}: expected named arrays. Received: {type(content).__name__}"
        )
    arrays = {
        str(key): value.detach().numpy()
        for key, value in content.items()
        if hasattr(value, "detach")
    }
    return official_names(arrays)


def write(path: Path, folder: Path, *, input_size: tuple[int, int]) -> Path:
    """Returns the `.keras` file that was made of a checkpoint.

    Args:
        path: A `.pth` file, official or MMPose's.
        folder: Where to write it, under the checkpoint's name.
        input_size: Height and width of its crops in px.

    Raises:
        InputError: If the checkpoint cannot be read or holds another network.
    """
    model = convert(read(path), input_size=input_size, where=str(path))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.keras"
    model.save(target)
    return target


def official_names(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the arrays under the official names, without prefixes and counters."""
    named = {}
    for key, value in arrays.items():
        for prefix in _PREFIXES:
            if key.startswith(prefix):
                tail = key.removeprefix(prefix)
                key = f"final_layer.{tail}" if "final_layer" in prefix else tail
        if not key.endswith(_COUNTER):
            named[key] = np.asarray(value)
    return named


def expected_shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the official names and shapes of a network's arrays."""
    return {
        key: _official_shape(tuple(variable.shape))
        for key, variable in _variables(model).items()
    }


def convert(
    arrays: Mapping[str, np.ndarray],
    *,
    input_size: tuple[int | None, int | None] = (256, 192),
    where: str = "checkpoint",
) -> keras.Model:
    """Returns the network with a checkpoint's weights.

    Args:
        arrays: Under their official names (`official_names`).
        input_size: Height and width in px; None for any.
        where: What to call the checkpoint in an error.

    Raises:
        InputError: If arrays are missing, left over or of another shape.
    """
    for key in (_FIRST_BRANCH, "final_layer.weight"):
        if key not in arrays or arrays[key].ndim != 4:
            raise errors.InputError(
                f"{where}: expected HRNet's weights with {key}. Received: none"
            )
    model = hrnet.build(
        arrays["final_layer.weight"].shape[0],
        width=arrays[_FIRST_BRANCH].shape[0],
        input_size=input_size,
    )
    assign(model, arrays, where=where)
    return model


def assign(
    model: keras.Model, arrays: Mapping[str, np.ndarray], *, where: str = "checkpoint"
) -> None:
    """Gives a network (`hrnet.build`) a checkpoint's weights, all or none.

    Args:
        model: The network.
        arrays: Under their official names (`official_names`).
        where: What to call the checkpoint in an error.

    Raises:
        InputError: If arrays are missing, left over or of another shape.
    """
    variables = _variables(model)
    for what, keys in (
        ("no others than HRNet's arrays", sorted(set(arrays) - set(variables))),
        ("all of HRNet's arrays", sorted(set(variables) - set(arrays))),
    ):
        if keys:
            shown = ", ".join(keys[:_SHOWN])
            raise errors.InputError(
                f"{where}: expected {what}. Received: {len(keys)} that differ, {shown}"
            )
    for key, shape in expected_shapes(model).items():
        if arrays[key].shape != shape:
            raise errors.InputError(
                f"{where}: {key}: expected the shape {list(shape)}. "
                f"Received: {list(arrays[key].shape)}"
            )
    for key, variable in variables.items():
        array = np.asarray(arrays[key], np.float32)
        variable.assign(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)


def _variables(model: keras.Model) -> dict[str, Any]:
    """Returns a network's variables by their official names."""
    found = {}
    for layer in model.layers:
        for variable in layer.weights:
            kind = variable.name
            name = {"kernel": "weight", "bias": "bias"}.get(kind) or _NORM[kind]
            found[f"{layer.name}.{name}"] = variable
    return found


def _official_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 4:
        height, width, inputs, outputs = shape
        return outputs, inputs, height, width
    return shape
