import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stpose_tf import errors
from stpose_tf.data import source_options
from stpose_tf.data.source_registry import SOURCES

ROOT = Path(__file__).parents[2]
TAKEN = {
    "text": "str",
    "path": "Path",
    "number": "float",
    "whole": "int",
    "wholes": "tuple[int, ...]",
    "size": "tuple[int, int]",
    "switch": "bool",
}


def keywords(source):
    parameters = inspect.signature(source.find()).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_each_source_takes_what_the_flags_offer(source):
    taken = keywords(source)
    assert taken.pop("fps").default is None
    assert taken.pop("subjects").default == ()
    seed = taken.pop("seed", None)
    assert (seed is not None) == (source.name == "procedural")
    offered = {option.name: option for option in source_options.of(source.name)}
    assert set(offered) == set(taken)
    for name, parameter in taken.items():
        assert parameter.default is not inspect.Parameter.empty
        kind = inspect.formatannotation(parameter.annotation)
        kind = re.sub(r"pathlib\.(_local\.)?", "", kind)  # where 3.13 has Path
        expected = TAKEN[offered[name].kind]
        assert kind.removesuffix(" | None") == expected, name


@pytest.mark.slow
def test_sources_are_imported_without_the_libraries_that_only_some_need():
    program = """
import sys
from stpose_tf.data import clip
from stpose_tf.data.source_registry import SOURCES
for name in ("cdflib", "scipy", "h5py", "apache_beam"):
    sys.modules[name] = None
for source in SOURCES.values():
    source.find()
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    subprocess.run(command, check=True, cwd=ROOT)


def test_every_option_is_of_known_sources():
    for option in source_options.OPTIONS:
        assert option.sources
        assert set(option.sources) <= set(SOURCES), option.name
        assert option.help.startswith(option.sources[0])


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("image_size", "1920x1080", (1920, 1080)),
        ("cameras", ["0", "8"], (0, 8)),
        ("unit", "mm", "mm"),
        ("skip_damaged", True, True),
    ],
)
def test_flags_become_what_sources_take(name, given, value):
    (option,) = (one for one in source_options.OPTIONS if one.name == name)
    assert option.value(given) == value


@pytest.mark.parametrize(
    ("name", "given"), [("image_size", "1920"), ("cameras", ["0", "x"])]
)
def test_flags_of_another_kind_are_refused(name, given):
    (option,) = (one for one in source_options.OPTIONS if one.name == name)
    with pytest.raises(errors.InputError, match=f"--{name}: expected .* Received"):
        option.value(given)
