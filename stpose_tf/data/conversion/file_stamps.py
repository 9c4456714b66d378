"""Sizes and times of files, by which an interrupted work knows them again."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def stamps(value: Any, known: dict[Path, str]) -> Iterator[str]:
    """Yields sizes and times of the files that a planned clip names.

    Args:
        value: The clip or a part of it.
        known: What was found out for the clips before.
    """
    if isinstance(value, Path):
        if value not in known:
            known[value] = _stamp(value)
        yield known[value]
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from stamps(part, known)
    elif isinstance(value, dict):
        yield from stamps(list(value.values()), known)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from stamps(getattr(value, field.name), known)


def _stamp(path: Path) -> str:
    """Returns size and time of a file, or of all files that lie in a folder."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found = [file.stat() for file in files if file.exists()]
    return ";".join(f"{status.st_size} {status.st_mtime_ns}" for status in found)
