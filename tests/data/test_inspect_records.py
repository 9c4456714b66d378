import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import inspect_records
from stpose_tf.data import record_index

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n"


@pytest.fixture
def folder(make_clip, write_records):
    return write_records(
        make_clip("a", frames=30, maps=(16, 16)),
        make_clip("b", frames=10, subject="s2", pose=False, camera=False, views=1),
    )


def test_counts_are_those_of_the_records(folder):
    text = inspect_records.describe(record_index.load(folder))
    for expected in (
        "clips      2",
        "frames     40 at 50 a second",
        "views      1 or 2",
        "subjects   2: s1, s2",
        "coco17 to h36m17",
        "3D         1 clips",
        "heat maps  1 clips 16x16",
    ):
        assert expected in text
    size = sum(path.stat().st_size for path in folder.glob("*.tfrecord"))
    assert f"{size}, {size / 40:.0f} a frame in 2 files" in text


def test_settings_fit_the_records(folder):
    config = inspect_records.default_config([record_index.load(folder)])
    assert config.model.heatmap_size == (16, 16)
    assert config.data.length == 30


@pytest.mark.slow
def test_windows_with_and_without_3d_are_drawn(folder, tmp_path):
    config = inspect_records.default_config([record_index.load(folder)])
    config.data.records = (str(folder),)
    config.data.length = 8
    config.data.virtual_views = False
    for name in ("noise", "second_peak", "shift", "swap", "area", "limb", "run"):
        setattr(config.augment, name, 0.0)
    out = tmp_path / "new" / "look.png"
    inspect_records.draw(config, out)
    assert out.read_bytes().startswith(PNG)
    from matplotlib import image

    pixels = image.imread(out)
    assert min(pixels.shape[:2]) > 300
    assert np.std(pixels[..., :3]) > 0.1


@pytest.mark.slow
def test_the_command_lists_damage_and_still_draws(folder, tmp_path):
    index = record_index.load(folder)
    path = index.path(index.clips[1])
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(content)
    out = tmp_path / "look.png"
    done = subprocess.run(
        [
            sys.executable,
            "tools/inspect_records.py",
            f"--records={folder}",
            f"--out={out}",
        ],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "damaged: b" in done.stdout
    assert out.read_bytes().startswith(PNG)


@pytest.mark.slow
def test_the_command_says_what_is_missing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "stpose_tf.inspect_records"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error: --records: expected folders" in done.stderr
