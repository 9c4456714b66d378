"""The work directory of a run: its settings and its log."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from stpose_tf import config as configs
from stpose_tf import errors

CONFIG = "config.json"
BEST = "best"
LATEST = "latest"
LOG = "log.jsonl"
REPORT = "report.json"
TENSORBOARD = "tensorboard"


def prepare(
    workdir: Path, config: configs.ExperimentConfig, *, overwrite: bool = False
) -> None:
    """Makes `workdir` the place of this run, new or to be resumed.

    Args:
        workdir: Empty, missing, or the work directory of a run with these settings.
        config: The resolved settings; written to `config.json`.
        overwrite: Remove an earlier run first (and nothing that is none).

    Raises:
        InputError: If something else lies there.
    """
    if workdir.exists() and not workdir.is_dir():
        raise errors.InputError(f"{workdir}: expected a folder. Received: a file")
    if overwrite:
        _remove_run(workdir)
    if (workdir / CONFIG).exists():
        _expect_same(config, workdir)
        return
    if workdir.exists() and any(workdir.iterdir()):
        raise errors.InputError(
            f"{workdir}: expected an empty folder or the work directory of a run. "
            f"Received: a folder with {next(workdir.iterdir()).name} and without "
            f"{CONFIG}"
        )
    workdir.mkdir(parents=True, exist_ok=True)
    partial = workdir / f"{CONFIG}.partial"
    configs.save(config, partial)
    partial.replace(workdir / CONFIG)


def append_log(workdir: Path, record: dict[str, Any]) -> None:
    """Adds one line to `log.jsonl`."""
    with (workdir / LOG).open("a") as file:
        file.write(json.dumps(record) + "\n")


def truncate_log(workdir: Path, step: int) -> None:
    """Drops the lines of steps after `step`, which are about to be made again."""
    path = workdir / LOG
    if not path.exists():
        return
    kept = [
        line
        for line in path.read_text().splitlines()
        if (at := _step(line)) is not None and at <= step
    ]
    partial = path.with_name(f"{LOG}.partial")
    partial.write_text("".join(f"{line}\n" for line in kept))
    partial.replace(path)


def _step(line: str) -> int | None:
    """Returns a line's step; None for a line that an interrupt cut short."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return None


def _remove_run(workdir: Path) -> None:
    for name in (BEST, LATEST, TENSORBOARD):
        if (workdir / name).is_dir():
            shutil.rmtree(workdir / name)
    for name in (LOG, REPORT, CONFIG):
        (workdir / name).unlink(missing_ok=True)


def _expect_same(config: configs.ExperimentConfig, workdir: Path) -> None:
    there = _leaves(dataclasses.asdict(configs.load(workdir / CONFIG)))
    here = _leaves(dataclasses.asdict(config))
    changed = [name for name in here if here[name] != there[name]]
    if changed:
        name = changed[0]
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise errors.InputError(
            f"{workdir}: expected the settings of the run that lies there, "
            f"config.{name}={there[name]} (--overwrite starts anew). Received: "
            f"{here[name]}{others}"
        )


def _leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            leaves |= _leaves(value, f"{prefix}{name}.")
        else:
            leaves[prefix + name] = value
    return leaves
