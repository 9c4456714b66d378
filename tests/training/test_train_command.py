import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _command(name, *flags):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"stpose_tf.{name}", *flags],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def _error(done):
    """Returns the one line that a user's mistake ends in."""
    assert done.returncode == 1
    (line,) = [t for t in done.stderr.splitlines() if t.startswith("error: ")]
    assert "Traceback" not in done.stderr
    return line


@pytest.mark.slow
def test_two_replicas_in_half_precision_from_records_to_a_model(tmp_path):
    records, workdir = tmp_path / "records", tmp_path / "run"
    # P01 does every action, P02 the first two of them.
    made = _command(
        "build_records",
        "--source=procedural",
        f"--output={records}",
        "--clips=14",
        "--seconds=3",
        "--views=1",
        "--shards=1",
    )
    assert made.returncode == 0, made.stderr
    flags = [
        "--config=configs/tiny.py",
        f"--records={records}",
        f"--workdir={workdir}",
        "--config.training.replicas=2",
        "--config.training.precision=mixed_bfloat16",
        "--config.data.temporal_strides=1,",
    ]
    done = _command("train", *flags)
    assert done.returncode == 0, done.stderr
    assert "parameters" in done.stdout
    assert "discriminator AUC" in done.stdout
    lines = (workdir / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2, 4]
    assert (workdir / "best" / "model.weights.h5").exists()

    again = _command("train", *flags)
    assert again.returncode == 0
    assert "going on after step 4 of 4" in again.stdout
    changed = _error(_command("train", *flags, "--config.seed=5"))
    assert "config.seed=0" in changed
    assert "--overwrite" in changed

    other = tmp_path / "other"
    flags[2] = f"--workdir={other}"
    long = _error(_command("train", *flags, "--config.data.length=9999"))
    assert "config.data.length: expected at most" in long
    short = _error(_command("train", *flags, "--config.evaluation.length=5"))
    assert "config.evaluation.length: expected more than" in short
    assert not other.exists()


@pytest.mark.slow
def test_what_is_missing_is_named_in_one_line(tmp_path):
    config = "--config=configs/tiny.py"
    assert "--workdir" in _error(_command("train", config))
    flags = [config, f"--workdir={tmp_path}/run", f"--records={tmp_path}/none"]
    assert f"{tmp_path}/none: expected a folder" in _error(_command("train", *flags))
    assert not (tmp_path / "run").exists()
