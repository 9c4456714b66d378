"""From a trained model to folders that other programs can run."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.export import comparison, formats, parity, runtimes, sample_windows
from stpose_tf.export import job as jobs
from stpose_tf.models import presets

PARITY = "parity.json"
WINDOWS = 8  # of each condition

Results = dict[str, dict[str, parity.Parity]]


def export(
    job: jobs.Job,
    folders: Mapping[str, Path],
    *,
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Results:
    """Writes exports, runs them, and keeps them only if all say what the model says.

    Args:
        job: The model and input to try it on.
        folders: Where each format of `formats.KNOWN` goes: with `parity.json`, what
            was compared, and `preprocessor.json`, what the input has to be.
        overwrite: Whether earlier exports may be replaced.
        progress: Is told what comes next.

    Returns:
        How far each part of each format is from the model.

    Raises:
        InputError: If a package is missing, a folder holds something, or a part
            differs.
    """
    say = progress or (lambda text: None)
    for name, folder in folders.items():
        formats.get(name)
        runtimes.require(name)
        check_folder(folder, overwrite=overwrite)
    reference = _reference(job, say)
    results: Results = {}
    with contextlib.ExitStack() as cleanup:
        partials = {}
        for name, folder in folders.items():
            folder.parent.mkdir(parents=True, exist_ok=True)
            made = tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)
            cleanup.callback(shutil.rmtree, made, ignore_errors=True)
            partials[name] = Path(made)
            partials[name].chmod(0o755)  # mkdtemp keeps others out, a server is another
            results[name] = _write(job, name, partials[name], reference, say)
        for name, folder in folders.items():
            if folder.exists():
                shutil.rmtree(folder)
            partials[name].rename(folder)
    return results


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Raises InputError if an export must not go to `folder`.

    Only an earlier export is ever replaced, whatever else was asked for.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not folder.is_dir():
        raise errors.InputError(f"{folder}: expected a folder. Received: a file")
    if not (folder / PARITY).exists():
        raise errors.InputError(
            f"{folder}: expected an empty folder or an earlier export. Received: a "
            f"folder with {next(folder.iterdir()).name}"
        )
    if not overwrite:
        raise errors.InputError(
            f"{folder}: expected an empty folder (--overwrite replaces the export "
            "there). Received: an export"
        )


def _reference(job: jobs.Job, say: Callable[[str], None]) -> comparison.Comparison:
    say(f"windows of {job.source.name}")
    windows = [
        job.source.windows(condition, count=WINDOWS, training=False)
        for condition in sample_windows.CONDITIONS
    ]
    if not any(each.valid.any() for each in windows):
        raise errors.InputError(
            "--records: expected windows with 3D truth. Received: none"
        )
    return comparison.Comparison(job.generator, windows, preprocessor=job.preprocessor)


def _write(
    job: jobs.Job,
    name: str,
    folder: Path,
    reference: comparison.Comparison,
    say: Callable[[str], None],
) -> dict[str, parity.Parity]:
    """Writes a format into a folder and returns how far its parts are off."""
    chosen = formats.get(name)
    say(f"{name}: writing")
    chosen.write(job, folder)
    results = {}
    for part in chosen.parts:
        say(f"{name}: comparing {part.name}")
        run = chosen.open(folder / part.file, part.signature)
        results[part.name] = part.compare(run, reference)
        results[part.name].require(f"{name}, {part.name}")
    content: dict[str, Any] = {
        "format": name,
        "good": True,
        "weights_sha256": job.digest,
        "windows": job.source.name,
        "parts": {
            part.name: {
                "file": part.file,
                "signature": part.signature,
                "inputs": part.input_shapes(job),
                **results[part.name].to_dict(),
            }
            for part in chosen.parts
        },
    }
    for file, values in ((PARITY, content), (presets.PREPROCESSOR, job.preprocessor)):
        text = json.dumps(values, indent=1, allow_nan=False) + "\n"
        (folder / file).write_text(text, encoding="utf-8")
    return results
