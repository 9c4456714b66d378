"""Presets: trained generators in a folder, with all that is needed to use them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.models import model_builders, stpose
from stpose_tf.training import workdir

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
PREPROCESSOR = "preprocessor.json"
CARD = "README.md"
_SCHEMA = "stpose.preprocessor/1"


def preprocessor(
    config: configs.ExperimentConfig, *, fps: float, mean_pose: np.ndarray
) -> dict[str, Any]:
    """Returns what `preprocessor.json` says about the input and the output.

    Args:
        config: Of the run.
        fps: Rate of the records.
        mean_pose: Mean training pose in the crop frame in mm, `[joints, 3]`; the
            guess that a model has to beat.
    """
    model = config.model
    return {
        "schema": _SCHEMA,
        "input": _skeleton(model.input_skeleton),
        "output": _skeleton(model.output_skeleton),
        "heatmap_size": list(model.heatmap_size),
        "heatmaps": "[time, height, width, keypoints], 0 to 1; a hidden keypoint is 0",
        "heatmap_sigma": config.data.heatmap_sigma,
        "crop": {
            "rule": "upright square around the keypoints, 1.25 times their larger side",
            "margin": 1.25,
        },
        "fps": fps / config.evaluation.temporal_stride,
        "trained_fps": [fps / stride for stride in config.data.temporal_strides],
        "unit": "mm",
        "frame": "crop: x right, y down, z forward along the ray through its center",
        "mean_pose": np.round(mean_pose, 3).tolist(),
    }


def save_preset(
    folder: Path,
    generator: stpose.STPose,
    config: configs.ExperimentConfig,
    *,
    description: dict[str, Any],
    card: str,
) -> None:
    """Writes a preset; one that lies there is replaced when the new one is whole.

    Args:
        folder: The preset's folder.
        generator: With the weights to keep.
        config: Of the run.
        description: Of `preprocessor`.
        card: The model card, Markdown.
    """
    partial, old = (folder.with_name(folder.name + end) for end in (".new", ".old"))
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    configs.save(config, partial / CONFIG)
    generator.save_weights(partial / WEIGHTS)
    text = json.dumps(description, indent=1, allow_nan=False)
    (partial / PREPROCESSOR).write_text(text + "\n")
    (partial / CARD).write_text(card)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_generator(
    path: Path | str,
) -> tuple[stpose.STPose, configs.ExperimentConfig]:
    """Returns the trained generator of a work directory or preset, and its settings.

    Raises:
        InputError: If there is none, or its parts do not fit together.
    """
    folder = preset_folder(path)
    config = configs.load(folder / CONFIG)
    configs.validate(config)
    _check(load_preprocessor(folder), config, folder / PREPROCESSOR)
    generator = model_builders.build_generator(config.model)
    try:
        generator.load_weights(folder / WEIGHTS)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise errors.InputError(
            f"{folder / WEIGHTS}: expected weights that fit {CONFIG} beside it. "
            f"Received: {reason}"
        ) from error
    return generator, config


def load_preprocessor(path: Path | str) -> dict[str, Any]:
    """Returns the content of a preset's `preprocessor.json`.

    Raises:
        InputError: If there is none or it is damaged.
    """
    file = preset_folder(path) / PREPROCESSOR
    try:
        content = json.loads(file.read_text())
    except ValueError as error:
        raise errors.InputError(f"{file}: expected JSON. Received: {error}") from error
    if not isinstance(content, dict) or content.get("schema") != _SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else content
        raise errors.InputError(f"{file}: expected schema {_SCHEMA}. Received: {found}")
    return content


def load_mean_pose(path: Path | str) -> np.ndarray:
    """Returns the mean training pose in the crop frame in mm, `[joints, 3]`."""
    return np.asarray(load_preprocessor(path)["mean_pose"], np.float64)


def preset_folder(path: Path | str) -> Path:
    """Returns the preset that `path` is or, as a work directory, holds.

    Raises:
        InputError: If it is neither or lacks a file.
    """
    path = Path(path)
    if not path.is_dir():
        received = "a file" if path.exists() else "no such folder"
        raise errors.InputError(
            f"{path}: expected a work directory or a preset. Received: {received}"
        )
    folder = path
    if (path / workdir.BEST).is_dir():
        folder = path / workdir.BEST
    elif (path / workdir.CONFIG).exists() and not (path / WEIGHTS).exists():
        raise errors.InputError(
            f"{path}: expected a trained model. Received: a work directory whose "
            "training has not reached its first validation"
        )
    missing = [n for n in (CONFIG, WEIGHTS, PREPROCESSOR) if not (folder / n).exists()]
    if missing:
        raise errors.InputError(
            f"{folder}: expected a preset with {CONFIG}, {WEIGHTS} and {PREPROCESSOR}. "
            f"Received: no {missing[0]}"
        )
    return folder


def _skeleton(name: str) -> dict[str, Any]:
    return {"skeleton": name, "joints": list(skeletons.get(name).joints)}


def _check(
    content: dict[str, Any], config: configs.ExperimentConfig, file: Path
) -> None:
    """Raises InputError if a preset means other maps or joints than its network."""
    expected = {
        "input": _skeleton(config.model.input_skeleton),
        "output": _skeleton(config.model.output_skeleton),
        "heatmap_size": list(config.model.heatmap_size),
    }
    for name, value in expected.items():
        if content.get(name) != value:
            raise errors.InputError(
                f"{file}: expected {name} to be {value}, as {CONFIG} has it. "
                f"Received: {content.get(name)}"
            )
