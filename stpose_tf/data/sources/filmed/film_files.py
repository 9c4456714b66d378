"""Finds the file of 2D that belongs to a view."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.filmed.film import Film


def find(
    folder: Path, film: Film, suffixes: Sequence[str], *, folders: bool = False
) -> Path:
    """Returns the file that is called like a film.

    Args:
        folder: Where to look.
        film: Whose.
        suffixes: What it may end with; the first that is there is taken.
        folders: Whether it may be a folder of that name too.

    Raises:
        InputError: If there is none.
    """
    names = [
        *dict.fromkeys(
            spelled for name in film.names for spelled in (name, name.replace(" ", "_"))
        )
    ]
    for name, suffix in itertools.product(names, suffixes):
        if (path := folder / f"{name}{suffix}").is_file():
            return path
    for name in names:
        if folders and (folder / name).is_dir():
            return folder / name
    kinds = f"{names[0]} with {' or '.join(suffixes)}"
    if folders:
        kinds += ", or a folder of that name"
    raise refusal.error(folder, kinds, "none of them")
