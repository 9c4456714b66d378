"""An experiment's settings as a JSON file."""

import dataclasses
import enum
import json
import typing
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.config import experiment_config


def save(config: experiment_config.ExperimentConfig, path: Path) -> None:
    """Writes `config` as JSON."""
    path.write_text(json.dumps(dataclasses.asdict(config), indent=2) + "\n")


def load(path: Path) -> experiment_config.ExperimentConfig:
    """Returns what `save` wrote.

    Raises:
        InputError: If the file is missing, is no JSON, or has a field that does not
            exist or has another type.
    """
    try:
        values = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise errors.InputError(
            f"{path}: expected the settings of a run. Received: no such file."
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise errors.InputError(f"{path}: expected JSON. Received: {error}") from error
    config: experiment_config.ExperimentConfig = _from_dict(
        experiment_config.ExperimentConfig, values, str(path)
    )
    return config


def _from_dict(cls: type[Any], values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise errors.InputError(f"{where}: expected an object. Received: {values!r}")
    hints = typing.get_type_hints(cls)
    unknown = sorted(values.keys() - hints.keys())
    if unknown:
        raise errors.InputError(
            f"{where}: expected fields of {cls.__name__} ({', '.join(hints)}). "
            f"Received: {', '.join(unknown)}"
        )
    return cls(
        **{
            name: _value(hints[name], value, f"{where}: {name}")
            for name, value in values.items()
        }
    )


def _value(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _from_dict(typing.cast(type[Any], hint), value, where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise errors.InputError(f"{where}: expected a list. Received: {value!r}")
        item = typing.get_args(hint)[0]
        return tuple(_value(item, one, where) for one in value)
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        if value not in list(hint):
            raise errors.InputError(
                f"{where}: expected one of {', '.join(hint)}. Received: {value!r}"
            )
        return hint(value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise errors.InputError(
            f"{where}: expected {hint.__name__}. Received: {value!r}"
        )
    return value
