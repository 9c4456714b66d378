"""Folders that hold a file of some name."""

from pathlib import Path


def find(path: Path, pattern: str, name: str) -> list[Path]:
    """Returns folders that hold a file, sorted by name; those of one name once.

    Args:
        path: Holds them, itself or one folder further down.
        pattern: Of their names.
        name: The file's.
    """
    depth = len(Path(pattern).parts)
    found: dict[tuple[str, ...], Path] = {}
    for start in ("", "*/"):
        for file in sorted(path.glob(f"{start}{pattern}/{name}")):
            found.setdefault(file.parent.parts[-depth:], file.parent)
    return [found[key] for key in sorted(found)]
