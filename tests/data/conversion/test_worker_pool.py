"""The whole command with several processes, interruptions and Apache Beam."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stpose_tf.data.records import record_checks, record_index

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-W", "ignore", "-m", "stpose_tf.build_records"]
MADE_UP = ["--source=procedural", "--clips=8", "--views=2", "--shards=8", "--fps=20"]
DEADLINE = 180.0

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def interruptible():
    """Lets the commands be interrupted: a background shell's children ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(*arguments, command=COMMAND):
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def run(*arguments, **options):
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Records by one job, heat maps and all."""
    output = tmp_path_factory.mktemp("alone") / "records"
    code, _, err = run(*arguments(output), "--jobs=1")
    assert code == 0, err
    return contents(output)


def arguments(output, seconds=6.0):
    # After the first shard seconds of work are left: time to interrupt it.
    more = ("--heatmaps=rendered", f"--seconds={seconds}", f"--output={output}")
    return (*MADE_UP, *more)


def test_any_number_of_jobs_writes_the_same_bytes(alone, tmp_path):
    code, out, err = run(*arguments(tmp_path / "records"), "--jobs=3")
    assert code == 0, err
    assert contents(tmp_path / "records") == alone
    assert "in all: 1 subjects, 8 clips" in out


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is None, reason="no apache-beam"
)
def test_apache_beam_writes_the_same_bytes(alone, tmp_path):
    code, out, err = run(*arguments(tmp_path / "records"), "--runner=DirectRunner")
    assert code == 0, err
    assert contents(tmp_path / "records") == alone
    assert "in all: 1 subjects, 8 clips" in out


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None, reason="apache-beam is there"
)
def test_apache_beam_is_asked_for_where_it_is_missing(tmp_path):
    code, _, err = run(*arguments(tmp_path / "records"), "--runner=DirectRunner")
    assert code == 1
    assert 'pip install "stpose-tf[beam]"' in err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def finished(output):
    return sorted(output.with_name(f".{output.name}.partial").glob("[0-9]*.json"))


def wait_for_a_shard(process, output):
    deadline = time.monotonic() + DEADLINE
    while not finished(output):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(process):
    """Returns the workers of a conversion."""
    found = psutil.Process(process.pid).children()
    return [child for child in found if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_goes_on_and_ends_the_same(alone, tmp_path, number):
    output = tmp_path / "records"
    process = start(*arguments(output), "--jobs=2")
    wait_for_a_shard(process, output)
    workers = children(process)
    assert len(workers) == 2
    if number == signal.SIGINT:  # the keyboard's goes to all of them
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert err.splitlines()[-1] == "error: interrupted"
    assert "Traceback" not in err
    (kept,) = re.findall(r"(\d+) of 8 shards are finished and kept", err)
    assert int(kept) == len(finished(output))
    assert not any(worker.is_running() for worker in workers)
    assert not output.exists()

    code, _, err = run(*arguments(output), "--jobs=2")
    assert code == 0, err
    assert f"going on: {kept} of 8 clips were done before" in err
    assert contents(output) == alone
    assert [path.name for path in tmp_path.iterdir()] == ["records"]


def test_a_killed_command_leaves_no_process_and_goes_on(alone, tmp_path):
    output = tmp_path / "records"
    process = start(*arguments(output), "--jobs=2")
    wait_for_a_shard(process, output)
    workers = children(process)
    process.kill()
    process.communicate(timeout=DEADLINE)
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []
    code, _, err = run(*arguments(output), "--jobs=1")
    assert code == 0, err
    assert contents(output) == alone


def test_a_killed_worker_is_said_and_finished_shards_are_kept(tmp_path):
    output = tmp_path / "records"
    process = start(*arguments(output), "--jobs=2")
    wait_for_a_shard(process, output)
    children(process)[0].kill()
    _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    last = err.splitlines()[-1]
    assert "ended with code -9, as when memory runs out" in last
    assert "finished shards are kept" in last
    assert "Traceback" not in err
    assert finished(output)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_is_said_and_room_lets_it_go_on(alone, tmp_path, jobs):
    # A limit on a file's size stands for the disk; some shards fit.
    sizes = sorted(len(content) for name, content in alone.items() if "-of-" in name)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (%d, -1)); "
        "from stpose_tf import build_records; build_records.run()"
    )
    output = tmp_path / "records"
    command = [sys.executable, "-W", "ignore", "-c", limited % (sizes[3] + 1)]
    code, _, err = run(*arguments(output), f"--jobs={jobs}", command=command)
    assert code == 1
    assert "--output: expected a folder that can be written" in err.splitlines()[-1]
    assert "Traceback" not in err
    code, _, err = run(*arguments(output), "--jobs=2")
    assert code == 0, err
    assert contents(output) == alone
    assert record_checks.verify(record_index.load(output))[1] == ()
