import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.models import model_builders
from stpose_tf.training import checkpoints, workdir

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def _run(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "evaluate.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def trained(points_config, tmp_path_factory):
    """A work directory whose best model is a network of first weights."""
    points_config = copy.deepcopy(points_config)
    model = points_config.model
    model.embedding_size, model.channels, model.head_channels = 8, 8, 8
    model.strides, model.blocks = (1,), 1
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    workdir.prepare(folder, points_config)
    mean_pose = np.zeros((17, 3))
    mean_pose[:, 1] = np.linspace(-800, 800, 17)
    checkpoints.save_preset(
        folder / workdir.BEST,
        model_builders.build_generator(model),
        points_config,
        description=checkpoints.preprocessor(
            points_config, fps=50.0, mean_pose=mean_pose
        ),
        card="# A card\n",
    )
    return folder


def test_a_work_directory_gets_its_report(trained):
    done = _run(f"--workdir={trained}")
    assert done.returncode == 0, done.stderr
    assert "| clean" in done.stdout
    assert "| mean pose" in done.stdout
    content = json.loads((trained / "report.json").read_text())
    assert list(content["conditions"]) == [
        "clean",
        "points30",
        "frames10",
        "noise_free",
    ]
    assert content["subjects"] == ["S1"]
    assert content["conditions"]["frames10"]["all_frames"]["occluded_joints"] > 0
    assert content["mean_pose"]["all_frames"]["mpjpe_mm"] > 0
    assert (trained / "report.md").read_text().startswith("# Evaluation")
    assert "points30: " in done.stderr


def test_a_preset_is_measured_without_writing_into_it(trained):
    before = sorted(path.name for path in (trained / "best").iterdir())
    done = _run(
        f"--preset={trained / 'best'}", "--split=all", "--views=1", "--conditions=clean"
    )
    assert done.returncode == 0, done.stderr
    assert "points30" not in done.stdout
    assert sorted(path.name for path in (trained / "best").iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--workdir and --preset. Received: none"),
        (("--workdir={trained}", "--conditions=fog"), "Received: fog"),
        (("--workdir={trained}", "--records=nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_one_line_and_exit_with_1(trained, arguments, message):
    done = _run(*(argument.format(trained=trained) for argument in arguments))
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert "Traceback" not in done.stderr
