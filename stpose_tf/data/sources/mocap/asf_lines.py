"""Lines of words, in the .asf and the .amc format, and what to say of bad ones."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

from stpose_tf import errors


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line that is neither empty nor a comment.

    Attributes:
        number: From 1.
        words: What stands in it.
    """

    number: int
    words: tuple[str, ...]


def read(path: Path) -> Iterator[Line]:
    """Yields the lines of a file.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        received = error.strerror or "none"
        raise refusal(path, None, "a readable file", received) from error
    for number, content in enumerate(text.splitlines(), 1):
        words = tuple(content.partition("#")[0].split())
        if words:
            yield Line(number, words)


def numbers(path: Path, line: Line, count: int) -> list[float]:
    """Returns the numbers that follow the line's first word.

    Raises:
        InputError: If there are not `count` of them, or one is not finite.
    """
    try:
        values = [float(word) for word in line.words[1:]]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        words = " ".join(line.words)[:80]
        raise refusal(path, line, f"{count} finite numbers after the name", words)
    return values


def refusal(
    path: Path, line: Line | None, expected: str, received: str
) -> errors.InputError:
    """Returns the error that names the file and the line."""
    where = f"{path}" if line is None else f"{path}, line {line.number}"
    return errors.InputError(f"{where}: expected {expected}. Received: {received}")
