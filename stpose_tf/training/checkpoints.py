"""The trained generator of a work directory, and how a run keeps it as a preset."""

from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.models import presets, stpose
from stpose_tf.training import workdir

WEIGHTS = presets.WEIGHTS
preprocessor = presets.describe


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
    preset = presets.Preset(config=config, preprocessor=description, card=card)
    presets.write(folder, generator, preset)


def load_generator(
    path: Path | str,
) -> tuple[stpose.STPose, configs.ExperimentConfig]:
    """Returns the trained generator of a work directory or preset, and its settings.

    Raises:
        InputError: If there is none, or its parts do not fit together.
    """
    generator = stpose.STPose.from_preset(preset_folder(path))
    assert generator.preset is not None
    return generator, generator.preset.config


def load_preprocessor(path: Path | str) -> dict[str, Any]:
    """Returns the content of a preset's `preprocessor.json`.

    Raises:
        InputError: If there is none or it is damaged.
    """
    return presets.load_preprocessor(preset_folder(path))


def load_mean_pose(path: Path | str) -> np.ndarray:
    """Returns the mean training pose in the crop frame in mm, `[joints, 3]`."""
    return np.asarray(load_preprocessor(path)["mean_pose"], np.float64)


def preset_folder(path: Path | str) -> Path:
    """Returns the preset that `path` is or, as a work directory, holds.

    Args:
        path: A work directory, or what `presets.locate` takes.

    Raises:
        InputError: If it is neither or lacks a file.
    """
    folder = presets.locate(path)
    if (folder / workdir.BEST).is_dir():
        return folder / workdir.BEST
    if (folder / workdir.CONFIG).exists() and not (folder / presets.WEIGHTS).exists():
        raise errors.InputError(
            f"{path}: expected a trained model. Received: a work directory whose "
            "training has not reached its first validation"
        )
    return folder
