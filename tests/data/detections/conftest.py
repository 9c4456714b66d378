"""The writer of detectors' files, see `detection_files.py`."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def files():
    """Returns the module `detection_files`."""
    path = Path(__file__).with_name("detection_files.py")
    spec = importlib.util.spec_from_file_location("detection_files", path)
    module = sys.modules["detection_files"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
