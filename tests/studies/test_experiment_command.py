import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def _run(*flags):
    return subprocess.run(
        [sys.executable, "-W", "ignore", ROOT / "tools" / "experiment.py", *flags],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.fixture(scope="module")
def flags(motion_records, tmp_path_factory):
    """A ladder of two steps a run on made-up motion."""
    out = tmp_path_factory.mktemp("experiment") / "out"
    return [
        "--table=2",
        "--config=configs/tiny.py",
        f"--data={motion_records.parent}",
        f"--out={out}",
        "--config.training.steps=2",
        "--config.data.temporal_strides=1,",
        "--rows=table2_base,table2_data_2d",
    ], out


def test_two_rows_of_the_ladder_by_one_command_and_again(flags, expect_whole_page):
    arguments, out = flags
    nothing = _run(*arguments, "--minutes=0")
    assert nothing.returncode == 2, nothing.stderr
    assert "not done: table2_base-seed0" in nothing.stdout
    assert not (out / "runs").exists()
    done = _run(*arguments)
    assert done.returncode == 2, done.stderr  # five rows were not asked for
    text = expect_whole_page(out, "table2", pictures=3)
    assert "3D withheld of P04" in text
    assert "| +embedding        |       51.0 |       40.1 |  " in text
    content = json.loads((out / "table2.json").read_text())
    states = [line["runs"][0]["state"] for line in content["lines"]]
    assert states == ["measured", *["not run"] * 5, "measured"]
    first, *_, last = content["lines"]
    assert first["runs"][0]["found"]["conditions"]["clean"]["mpjpe_mm"] > 0
    assert last["runs"][0]["found"]["subjects"].keys() == {"P01"}
    times = {path: path.stat().st_mtime_ns for path in (out / "runs").rglob("*.*")}
    again = _run(*arguments)
    assert again.returncode == 2
    assert "==" not in again.stdout
    assert {path: path.stat().st_mtime_ns for path in times} == times
    other = _run(*arguments, "--config.seed=7")
    assert other.returncode == 1
    assert "expected the settings of the run that lies there" in other.stderr


def test_everything_is_planned_and_reported_without_time(motion_records, tmp_path):
    out = tmp_path / "out"
    done = _run(
        "--study=all",
        "--config=configs/tiny.py",
        f"--data={motion_records}",
        f"--out={out}",
        "--seeds=2",
        "--minutes=0",
    )
    assert done.returncode == 2, done.stderr
    left = [line for line in done.stdout.splitlines() if line.startswith("not done: ")]
    assert len(left) == 39  # 37 runs, two of them for two experiments
    assert left[0] == "not done: table2_base-seed0; the same command goes on"
    for name in ("table1", "table2", "occlusion", "forecast", "speed"):
        content = json.loads((out / f"{name}.json").read_text())
        assert content["partial"], name
        assert "Partial" in (out / f"{name}.md").read_text()
    assert json.loads((out / "table1.json").read_text())["runs"]["seeds"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "one of --table and --study. Received: neither"),
        (("--table=2", "--study=speed"), "Received: both"),
        (("--table=3",), "Table 3: expected records of Human3.6M"),
        (("--study=speed",), "terms of the data: mocap.cs.cmu.edu"),
        (("--table=2", "--data={data}"), "--config: expected settings"),
        (
            ("--table=2", "--data={data}", "--config=configs/tiny.py", "--rows=fog"),
            "--rows: expected some of table2_base",
        ),
    ],
)
def test_mistakes_are_one_line(arguments, message, motion_records, tmp_path):
    done = _run(
        *(word.format(data=motion_records) for word in arguments),
        f"--out={tmp_path / 'out'}",
    )
    assert done.returncode == 1
    (line,) = [t for t in done.stderr.splitlines() if t.startswith("error: ")]
    assert message in line
    assert "Traceback" not in done.stderr
