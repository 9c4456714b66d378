"""Libraries that only some parts need, imported where they are used."""

import importlib
from types import ModuleType

from stpose_tf import errors


def load(module: str, *, extra: str, asker: str | None = None) -> ModuleType:
    """Returns the module.

    Args:
        module: Its full name.
        extra: The extra of this package that installs it.
        asker: The flag, file or address that needs it; else the module itself.

    Raises:
        InputError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise errors.InputError(
            f"{asker or module}: expected the package {module.partition('.')[0]} "
            f'(pip install "stpose-tf[{extra}]"). Received: {error}'
        ) from error
