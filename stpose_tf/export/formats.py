"""The formats that a model can be exported to: one module for each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from stpose_tf import errors
from stpose_tf.export import parity, saved_model
from stpose_tf.models import stpose


class Format(NamedTuple):
    """How to write a model and how to run what was written.

    Attributes:
        write: Writes the model into a folder.
        load: Returns a function from heat maps to outputs.
    """

    write: Callable[[stpose.STPose, Path], None]
    load: Callable[[Path], parity.Run]


KNOWN: Mapping[str, Format] = {
    "saved_model": Format(saved_model.write, saved_model.load),
}


def get(name: str) -> Format:
    """Returns the format called `name`.

    Raises:
        InputError: If there is none.
    """
    if name not in KNOWN:
        raise errors.InputError(
            f"--format: expected one of {', '.join(KNOWN)}. Received: {name}"
        )
    return KNOWN[name]
