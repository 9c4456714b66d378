"""The error for a file that is not as it should be."""

from pathlib import Path

from stpose_tf import errors


def error(where: Path | str, expected: str, received: object) -> errors.InputError:
    """Returns the error that names the place, what was expected and what is there."""
    said = " ".join(str(received).split())[:160] or "nothing"
    return errors.InputError(f"{where}: expected {expected}. Received: {said}")
