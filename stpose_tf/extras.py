"""Libraries that only some parts need, imported where they are used."""

import importlib
from types import ModuleType

from stpose_tf import errors


def load(module: str, *, extra: str) -> ModuleType:
    """Returns the module.

    Args:
        module: Its full name.
        extra: The extra of this package that installs it.

    Raises:
        InputError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise errors.InputError(
            f"{module}: expected it to be installed; "
            f'pip install "stpose-tf[{extra}]". Received: {error}'
        ) from error
