import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
from ml_collections import config_flags
from stpose_tf import commands, errors

def define_flags():
    global holder
    holder = config_flags.DEFINE_config_file("config", None, "Settings.")

def main(arguments):
    config = holder.value
    if config.name == "refuse":
        raise errors.InputError("name: expected another.\\nReceived: refuse")
    return commands.PARTLY if config.name == "partly" else None

commands.run(define_flags, main)
"""


def _run(*arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--config=configs/tiny.py"], 0, None),
        (["--config=configs/tiny.py", "--config.name=partly"], 2, None),
        (["--config=configs/tiny.py", "--config.name=refuse"], 1, "Received: refuse"),
        (["--config=configs/tiny.py", "--config.model.chanels=8"], 1, "chanels"),
        (["--config=configs/tiny.py", "--config.model.channels=a"], 1, "channels=a"),
        (["--config=configs/cmu.py:nothing"], 1, "full or base. Received: nothing"),
        (["--config=configs/none.py"], 1, "configs/none.py"),
        (["--config=configs/tiny.py", "stray"], 1, "stray"),
        (["--nonsense=1"], 1, "nonsense"),
    ],
)
def test_exit_codes_and_one_line_errors(arguments, code, says):
    done = _run(*arguments)
    assert done.returncode == code, done.stderr
    if says is None:
        assert done.stderr == ""
    else:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert says in done.stderr


@pytest.mark.slow  # Starts TensorFlow.
def test_help_shows_the_flags_of_all_modules():
    done = subprocess.run(
        [sys.executable, "tools/predict.py", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "--video: " in done.stdout
    assert "--network_skeleton: " in done.stdout
    assert "--boxes: " in done.stdout
