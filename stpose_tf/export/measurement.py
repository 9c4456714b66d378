"""Size, exactness, speed and memory of exports, as a table."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.evaluation import markdown_table
from stpose_tf.export import exporter, sample_windows, signatures
from stpose_tf.models import presets

_HEADER = (
    "Format",
    "Part",
    "MB",
    "largest mm",
    "mean mm",
    "MPJPE change mm",
    "frames/s",
    "peak MiB",
)
_FREE_AXES = (1, sample_windows.LENGTH)  # batch, time


def table(folders: Mapping[str, Path]) -> str:
    """Returns a Markdown table of exports, a row for each of their parts.

    Frames a second are of one clip of 64 frames, or of one person's stream, in a
    process of its own with all cores; the memory is that process's, runtime included.

    Args:
        folders: Of each format.

    Raises:
        InputError: If an export cannot be run.
    """
    rows = []
    for name, folder in folders.items():
        said = json.loads((folder / exporter.PARITY).read_text())
        for part_name, part in said["parts"].items():
            measured = measure(name, folder, part)
            rows.append(
                (
                    name,
                    part_name,
                    markdown_table.number(_bytes(folder / part["file"]) / 1e6, 1),
                    markdown_table.number(part["largest_mm"], 4),
                    markdown_table.number(part["mean_mm"], 4),
                    markdown_table.number(part["mpjpe_change_mm"], 3),
                    markdown_table.number(measured["frames_per_second"], 0),
                    markdown_table.number(measured["peak_mib"], 0),
                )
            )
    return markdown_table.render(_HEADER, rows)


def measure(name: str, folder: Path, part: dict[str, Any]) -> dict[str, Any]:
    """Returns what `probe.main` measures of a part, and its frames a second.

    Args:
        name: Of the format.
        folder: Of the export.
        part: What its `parity.json` says of the part.

    Raises:
        InputError: If the part cannot be run.
    """
    request = {
        "format": name,
        "file": str((folder / part["file"]).resolve()),
        "signature": part["signature"],
        "inputs": {n: _sizes(shape) for n, shape in part["inputs"].items()},
    }
    done = subprocess.run(
        [sys.executable, "-m", "stpose_tf.export.probe", json.dumps(request)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise errors.InputError(
            f"{request['file']}: expected an export that runs. Received: {reason}"
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    streams = part["signature"] == signatures.STREAM
    frames = 1 if streams else sample_windows.LENGTH
    return {**measured, "frames_per_second": frames / measured["median_seconds"]}


def _sizes(shape: list[int | None]) -> list[int]:
    """Returns a shape with one clip of 64 frames in the place of free axes."""
    return [
        size if size is not None else _FREE_AXES[axis]
        for axis, size in enumerate(shape)
    ]


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    ours = {exporter.PARITY, presets.PREPROCESSOR}
    return sum(
        file.stat().st_size
        for file in path.rglob("*")
        if file.is_file() and file.name not in ours
    )
