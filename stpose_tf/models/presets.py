"""Presets: a trained generator in a folder, with all that is needed to use it.

A preset holds `config.json` (the settings of its run), `model.weights.h5`,
`preprocessor.json` (what its input and output mean) and `README.md` (a model card).
"""

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors, extras
from stpose_tf.geometry import skeletons

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
PREPROCESSOR = "preprocessor.json"
CARD = "README.md"
_SCHEMA = "stpose.preprocessor/1"
# A Path has already made one slash of two.
_HUB = re.compile(r"hf:/{1,2}(?P<name>[^/@]+/[^/@]+)(@(?P<revision>[^@]+))?")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset:
    """What a preset says beside its weights.

    Attributes:
        config: Settings of the run that made it.
        preprocessor: Content of `preprocessor.json`, see `describe`.
        card: The model card, Markdown.
    """

    config: configs.ExperimentConfig
    preprocessor: dict[str, Any]
    card: str


def describe(
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


def locate(path: Path | str) -> Path:
    """Returns the folder of a preset, downloaded first if it has to be.

    Args:
        path: A folder, or `hf://OWNER/NAME` on the Hugging Face Hub, with `@REVISION`
            if a certain one is wanted.

    Raises:
        InputError: If there is no such folder, or it cannot be downloaded.
    """
    if str(path).startswith("hf:/"):
        return _download(str(path))
    path = Path(path)
    if not path.is_dir():
        received = "a file" if path.exists() else "no such folder"
        raise errors.InputError(f"{path}: expected a preset. Received: {received}")
    return path


def load(folder: Path) -> Preset:
    """Returns what a preset says, checked for its parts to fit together.

    Raises:
        InputError: If a file is missing or damaged, or the description means other
            maps or joints than the network.
    """
    missing = [n for n in (CONFIG, WEIGHTS, PREPROCESSOR) if not (folder / n).exists()]
    if missing:
        raise errors.InputError(
            f"{folder}: expected a preset with {CONFIG}, {WEIGHTS} and {PREPROCESSOR}. "
            f"Received: no {missing[0]}"
        )
    config = configs.load(folder / CONFIG)
    configs.validate(config)
    preprocessor = load_preprocessor(folder)
    _check(preprocessor, config, folder / PREPROCESSOR)
    card = folder / CARD
    return Preset(
        config=config,
        preprocessor=preprocessor,
        card=card.read_text(encoding="utf-8") if card.exists() else "",
    )


def load_preprocessor(folder: Path) -> dict[str, Any]:
    """Returns the content of a preset's `preprocessor.json`.

    Raises:
        InputError: If it is damaged.
    """
    file = folder / PREPROCESSOR
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise errors.InputError(f"{file}: expected JSON. Received: {error}") from error
    if not isinstance(content, dict) or content.get("schema") != _SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else content
        raise errors.InputError(f"{file}: expected schema {_SCHEMA}. Received: {found}")
    return content


def load_weights(network: Any, folder: Path) -> None:
    """Loads a preset's weights into a network whose variables exist.

    Raises:
        InputError: If the file is damaged or of another network.
    """
    try:
        network.load_weights(folder / WEIGHTS)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise errors.InputError(
            f"{folder / WEIGHTS}: expected weights that fit {CONFIG} beside it. "
            f"Received: {reason}"
        ) from error


def write(folder: Path, network: Any, preset: Preset) -> None:
    """Writes a preset; one that lies there is replaced when the new one is whole.

    Args:
        folder: The preset's folder.
        network: With the weights to keep.
        preset: What to say about them.

    Raises:
        InputError: If something else lies there, or the parts do not fit together.
    """
    if folder.exists() and not (folder / WEIGHTS).exists():
        there = [path.name for path in folder.iterdir()] if folder.is_dir() else [""]
        if there:
            raise errors.InputError(
                f"{folder}: expected a preset or an empty folder. Received: "
                + (f"a folder with {there[0]}" if there[0] else "a file")
            )
    _check(preset.preprocessor, preset.config, folder / PREPROCESSOR)
    partial, old = (folder.with_name(folder.name + end) for end in (".new", ".old"))
    for leftover in (partial, old):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        configs.save(preset.config, partial / CONFIG)
        network.save_weights(partial / WEIGHTS)
        text = json.dumps(preset.preprocessor, indent=1, allow_nan=False)
        (partial / PREPROCESSOR).write_text(text + "\n", encoding="utf-8")
        (partial / CARD).write_text(preset.card, encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
    finally:
        for leftover in (partial, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _download(address: str) -> Path:
    match = _HUB.fullmatch(address)
    if match is None:
        raise errors.InputError(
            "preset: expected hf://OWNER/NAME or hf://OWNER/NAME@REVISION. "
            f"Received: {address}"
        )
    huggingface_hub = extras.load("huggingface_hub", extra="hub", asker=address)
    try:
        folder = huggingface_hub.snapshot_download(
            match["name"],
            revision=match["revision"],
            allow_patterns=[CONFIG, WEIGHTS, PREPROCESSOR, CARD],
        )
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise errors.InputError(
            f"{address}: expected a preset on the Hugging Face Hub. Received: {reason}"
        ) from error
    return Path(folder)


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
