"""What the repository promises and no other tool checks."""

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from stpose_tf import config as configs

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "stpose_tf").rglob("*.py"))
BANNED = {"util", "utils", "helpers", "common", "misc", "base", "core", "tools"}
COMMANDS = sorted(path.stem for path in (ROOT / "tools").glob("*.py"))


def _load(path):
    spec = importlib.util.spec_from_file_location(f"config_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_modules_are_short(path):
    assert len(path.read_text().splitlines()) <= 300


def test_module_names_are_unique_and_name_a_noun():
    names = [p.stem for p in MODULES if not p.stem.startswith("__")]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert not BANNED & set(names)
    assert not [name for name in names if name.endswith(("_utils", "_helpers"))]


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.py")), ids=str)
def test_configs_load_validate_and_say_their_command(path):
    module = _load(path)
    assert f"--config=configs/{path.name}" in module.__doc__
    configs.validate(module.get_config())


def test_readme_names_existing_tools_and_configs():
    text = (ROOT / "README.md").read_text()
    tools = set(re.findall(r"tools/(\w+)\.py", text))
    assert tools
    assert tools <= set(COMMANDS)
    for name in re.findall(r"configs/(\w+)\.py", text):
        assert (ROOT / "configs" / f"{name}.py").exists()


def test_readme_maps_to_existing_files():
    text = (ROOT / "README.md").read_text()
    mentioned = set(re.findall(r"`((?:stpose_tf|configs|tools|docs)/[\w/.]+\w)`", text))
    assert mentioned
    assert [name for name in sorted(mentioned) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_tools_are_thin(command):
    lines = (ROOT / "tools" / f"{command}.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 80


@pytest.mark.slow
def test_tensorflow_addons_is_not_imported():
    code = "import sys, stpose_tf.train; assert 'tensorflow_addons' not in sys.modules"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)
