import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def hrnet_reference():
    """The independent NumPy form of HRNet (`hrnet_reference.py`)."""
    path = Path(__file__).with_name("hrnet_reference.py")
    spec = importlib.util.spec_from_file_location("hrnet_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
