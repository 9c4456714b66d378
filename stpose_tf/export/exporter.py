"""From a trained model to a folder that another program can run."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.export import formats, parity
from stpose_tf.models import stpose

PARITY = "parity.json"
PREPROCESSOR = "preprocessor.json"


def export(
    generator: stpose.STPose,
    folder: Path,
    *,
    format_name: str,
    preprocessor: dict[str, Any],
    overwrite: bool = False,
) -> parity.Parity:
    """Writes an export, runs it, and keeps it only if it says what the model says.

    Args:
        generator: The trained model.
        folder: Where the export goes: with `parity.json`, what was compared, and
            `preprocessor.json`, what the input has to be.
        format_name: One of `formats.KNOWN`.
        preprocessor: Content of the preset's `preprocessor.json`.
        overwrite: Whether an earlier export may be replaced.

    Raises:
        InputError: If the folder holds something, or the export differs.
    """
    chosen = formats.get(format_name)
    check_folder(folder, overwrite=overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        partial.chmod(0o755)  # mkdtemp keeps others out, a server is another
        chosen.write(generator, partial)
        result = parity.compare(generator, chosen.load(partial))
        result.require(format_name)
        for name, content in (
            (PARITY, {"format": format_name, **result.to_dict()}),
            (PREPROCESSOR, preprocessor),
        ):
            text = json.dumps(content, indent=1, allow_nan=False) + "\n"
            (partial / name).write_text(text, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return result


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
