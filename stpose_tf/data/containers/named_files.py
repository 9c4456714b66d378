"""Files of a kind in a folder, each with a name of its own."""

from collections.abc import Sequence
from pathlib import Path

from stpose_tf import errors


def find(path: Path, suffixes: Sequence[str], *, kind: str) -> list[tuple[Path, str]]:
    """Returns a file, or all files in or below a folder, in order.

    A file's name is its path below the folder without suffix; with it where two
    differ in nothing else.

    Args:
        path: The file or the folder.
        suffixes: Those of the kind, in lower case.
        kind: What they are, for the error.

    Raises:
        InputError: If there is none.
    """
    if path.is_file():
        return [(path, path.stem)]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in suffixes and file.is_file()
    )
    if not found:
        received = "none" if path.is_dir() else "no such path"
        raise errors.InputError(
            f"{path}: expected files of {kind} ({', '.join(suffixes)}). "
            f"Received: {received}"
        )
    return list(zip(found, names(path, found), strict=True))


def names(folder: Path, files: Sequence[Path]) -> list[str]:
    """Returns the names of files below a folder, see `find`."""
    inside = [file.relative_to(folder) for file in files]
    plain = [file.with_suffix("").as_posix() for file in inside]
    return [
        name if plain.count(name) == 1 else file.as_posix()
        for file, name in zip(inside, plain, strict=True)
    ]


def version(path: Path) -> tuple[int, int]:
    """Returns a file's size and time of change: its content's, for caches.

    Raises:
        InputError: If there is no such file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise errors.InputError(
            f"{path}: expected a file. Received: {error.strerror or error}"
        ) from error
    return status.st_size, status.st_mtime_ns
