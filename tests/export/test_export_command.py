import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf.models import model_builders
from stpose_tf.training import checkpoints, workdir

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def _run(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "export.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def trained(tmp_path):
    config = configs.ExperimentConfig()
    model = config.model
    model.embedding_size, model.channels, model.head_channels = 8, 8, 8
    model.strides, model.blocks, model.heatmap_size = (1,), 1, (16, 16)
    folder = tmp_path / "run"
    workdir.prepare(folder, config)
    generator = model_builders.build_generator(model)
    rng = np.random.default_rng(0)
    for variable in generator.trainable_variables:
        variable.assign(variable + 0.1 * rng.normal(size=variable.shape))
    checkpoints.save_preset(
        folder / workdir.BEST,
        generator,
        config,
        description=checkpoints.preprocessor(
            config, fps=50.0, mean_pose=np.zeros((17, 3))
        ),
        card="# A card\n",
    )
    return folder


def test_a_work_directory_is_exported_and_not_twice(trained):
    done = _run(f"--workdir={trained}")
    assert done.returncode == 0, done.stderr
    folder = trained / "export" / "saved_model"
    assert str(folder) in done.stdout
    assert json.loads((folder / "parity.json").read_text())["good"] is True
    said = json.loads((folder / "preprocessor.json").read_text())
    assert said["input"]["skeleton"] == "coco17"
    again = _run(f"--workdir={trained}")
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
