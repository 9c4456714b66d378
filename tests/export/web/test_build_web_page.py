import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stpose_tf.models import presets, stpose

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


@pytest.fixture
def preset(tmp_path, tiny_generator, tiny_config, preprocessor):
    tiny_generator.save_to_preset(
        tmp_path / "preset",
        preset=presets.Preset(config=tiny_config, preprocessor=preprocessor, card=""),
    )
    return tmp_path / "preset"


def _run(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_web_page.py"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_model_and_its_export_make_a_page_and_another_model_does_not(
    preset, exported, stand_in, tmp_path
):
    arguments = (
        f"--preset={preset}",
        f"--onnx={exported}",
        f"--node_modules={stand_in}",
        f"--out={tmp_path / 'page'}",
    )
    done = _run(*arguments)
    assert done.returncode == 0, done.stderr
    assert f"http.server -d {tmp_path / 'page'}" in done.stdout
    played = json.loads((tmp_path / "page" / "recordings.json").read_text())
    assert [len(each["poses"]) for each in played] == [150] * 3  # made-up clips of 5 s
    model = stpose.STPose.from_preset(preset)
    model.set_weights([1.01 * weights for weights in model.get_weights()])
    model.save_to_preset(preset)
    done = _run(*arguments, "--overwrite")
    assert done.returncode == 1
    assert "one of other weights" in done.stderr
    assert json.loads((tmp_path / "page" / "recordings.json").read_text()) == played
