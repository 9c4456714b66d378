"""Exports a trained model.

python tools/export.py --workdir=runs/tiny --format=all
"""

import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.export import (
    exporter,
    formats,
    measurement,
    parity,
    runtimes,
    sample_windows,
)
from stpose_tf.export import job as jobs
from stpose_tf.training import checkpoints


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string(
        "preset", None, "Folder of a preset, or hf://OWNER/NAME; instead of --workdir."
    )
    flags.DEFINE_enum(
        "format", "saved_model", [*formats.KNOWN, formats.ALL], "What to write."
    )
    flags.DEFINE_list(
        "records",
        None,
        "Folders of records to compare and calibrate on, instead of the run's own; "
        "made-up motion where there are none.",
    )
    flags.DEFINE_string(
        "out", None, "Where to; else export/FORMAT, or export for all, by the model."
    )
    flags.DEFINE_bool("overwrite", False, "Replace an earlier export.")
    flags.DEFINE_bool(
        "measure", False, "Also time what was written, and print a table of it."
    )


def main(argv: Sequence[str]) -> None:
    """Exports the model and says how exact the export is."""
    del argv
    given = flags.FLAGS
    source = commands.model_source()
    folders = _folders(source)
    for name, folder in folders.items():
        runtimes.require(name)
        exporter.check_folder(folder, overwrite=given.overwrite)
    generator, config = checkpoints.load_generator(source)
    with _terminable(), sample_windows.open_source(config, given.records) as windows:
        job = jobs.Job(
            generator=generator,
            preprocessor=checkpoints.load_preprocessor(source),
            source=windows,
        )
        results = exporter.export(
            job, folders, overwrite=given.overwrite, progress=_show_progress
        )
    for name, parts in results.items():
        sys.stdout.write(f"{folders[name]}: {_summary(parts)}, on {windows.name}\n")
    if given.measure:
        sys.stdout.write(f"{measurement.table(folders)}\n")


def _summary(parts: Mapping[str, parity.Parity]) -> str:
    """Returns how far an export's parts are from the model, in words."""
    exact = [part for part in parts.values() if part.limits == parity.FLOAT32]
    rounded = [part.mpjpe_change for part in parts.values() if part not in exact]
    words = f"{len(parts)} parts"
    if exact:
        largest = max(part.largest for part in exact)
        words += f"; float32 within {largest:.2g} mm of the model"
    if rounded:
        words += (
            f"; fewer bits change MPJPE by {min(rounded):+.3f} to "
            f"{max(rounded):+.3f} mm"
        )
    return words


def _folders(source: Path) -> dict[str, Path]:
    """Returns where each format goes."""
    given = flags.FLAGS
    if given.out is None and given.preset and given.preset.startswith("hf:"):
        raise errors.InputError(
            "--out: expected a folder, as a downloaded preset is none to write into. "
            "Received: none"
        )
    if given.format != formats.ALL:
        out = Path(given.out) if given.out else source / "export" / given.format
        return {given.format: out}
    out = Path(given.out) if given.out else source / "export"
    return {name: out / name for name in formats.KNOWN}


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets a termination clean up as an interruption from the keyboard does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _show_progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    commands.run(define_flags, main)
