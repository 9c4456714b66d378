import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


def _run(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "benchmark_stream.py", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_it_times_frames_and_windows_in_every_runtime():
    done = _run("--config=configs/tiny.py", "--people=2", "--length=9", "--fps=25")
    assert done.returncode == 0, done.stderr
    # Strides 1 and 2, one block: 2 + 4 rows before each of the two convolutions and for
    # the block's input, 2 rows in which stride 1 waits; 8 floats each; 4 flags.
    assert f"{4 * (8 * 20 + 4)} bytes of state per person" in done.stdout
    assert "lags 4 frames, 160 ms at 25 fps" in done.stdout
    rows = re.findall(r"^(TCN|all), (\S+(?: \S+)?) +(.*)$", done.stdout, re.MULTILINE)
    assert [name for _, name, _ in rows] == [
        "TensorFlow",
        "LiteRT",
        "ONNX Runtime",
        "TensorFlow",
    ]
    for part, name, columns in rows:
        if (part, name) == ("TCN", "TensorFlow") or "installed" not in columns:
            frame, frame_tail, window, window_tail, times = map(float, columns.split())
            assert 0.0 < frame <= frame_tail
            assert 0.0 < window <= window_tail
            assert times > 0.0


def test_a_causal_model_lags_no_frame():
    done = _run("--config=configs/tiny.py", "--config.model.causal=True", "--length=3")
    assert done.returncode == 0, done.stderr
    assert "lags 0 frames, 0 ms" in done.stdout


def test_a_model_that_cannot_stream_is_refused_in_one_line():
    done = _run("--config=configs/tiny.py", "--config.model.kernel_size=1")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.match(r"error: .*kernel_size.*Received: 1$", last)
    assert "Traceback" not in done.stderr
