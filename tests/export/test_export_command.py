import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.training import checkpoints, workdir

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def _command(*arguments):
    return [sys.executable, str(ROOT / "tools" / "export.py"), *arguments]


def _run(*arguments):
    return subprocess.run(
        _command(*arguments),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def trained(tmp_path, tiny_config, tiny_generator):
    folder = tmp_path / "run"
    workdir.prepare(folder, tiny_config)
    checkpoints.save_preset(
        folder / workdir.BEST,
        tiny_generator,
        tiny_config,
        description=checkpoints.preprocessor(
            tiny_config, fps=60.0, mean_pose=np.zeros((17, 3))
        ),
        card="# A card\n",
    )
    return folder


def test_one_command_makes_all_formats(trained):
    for package in ("ai_edge_litert", "onnxruntime", "tf2onnx"):
        pytest.importorskip(package)
    done = _run(f"--workdir={trained}", "--format=all")
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in (trained / "export").iterdir())
    assert made == ["keras", "onnx", "saved_model", "tflite"]
    for name in made:
        content = json.loads((trained / "export" / name / "parity.json").read_text())
        assert content["good"] is True
        said = re.search(
            rf"^{trained / 'export' / name}: (\d+) parts; float32 within (\S+) mm"
            r".*, on procedural motion$",
            done.stdout,
            re.MULTILINE,
        )
        assert int(said[1]) == len(content["parts"])
        exact = [
            part["largest_mm"]
            for part in content["parts"].values()
            if part["limits_mm"]["largest"] == 0.01
        ]
        assert float(said[2]) == float(f"{max(exact):.2g}")
        assert ("fewer bits change MPJPE by" in said[0]) == (name == "tflite")


def test_a_work_directory_is_exported_and_not_twice(trained):
    done = _run(f"--workdir={trained}", "--format=keras")
    assert done.returncode == 0, done.stderr
    folder = trained / "export" / "keras"
    assert str(folder) in done.stdout
    assert "procedural motion" in done.stdout
    said = json.loads((folder / "preprocessor.json").read_text())
    assert said["input"]["skeleton"] == "coco17"
    again = _run(f"--workdir={trained}", "--format=keras")
    assert again.returncode == 1
    assert "--overwrite" in again.stderr


def test_an_untrained_or_mismatched_model_is_refused(trained, tmp_path):
    (trained / "best").rename(tmp_path / "preset")
    done = _run(f"--workdir={trained}")
    assert done.returncode == 1
    assert "trained model" in done.stderr
    file = tmp_path / "preset" / "preprocessor.json"
    file.write_text(file.read_text().replace('"left_wrist"', '"left_paw"'))
    done = _run(f"--preset={tmp_path / 'preset'}", f"--out={tmp_path / 'out'}")
    assert done.returncode == 1
    assert "left_paw" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_terminated_export_leaves_nothing(trained):
    running = subprocess.Popen(
        _command(f"--workdir={trained}", "--format=saved_model"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    folder = trained / "export"
    while running.poll() is None and not (folder.exists() and any(folder.iterdir())):
        time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 1, said
    assert "interrupted" in said
    assert list(folder.iterdir()) == []
