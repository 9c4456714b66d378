import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
FRAMES = 1500
# The peak is that of the process itself; one job converts in it.
PROGRAM = """
from stpose_tf import build_records
try:
    build_records.run()
finally:
    print(open("/proc/self/status").read())
"""


def load_files():
    path = Path(__file__).parents[1] / "sources" / "h36m_files.py"
    spec = importlib.util.spec_from_file_location("h36m_files", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_archives(folder, sequences):
    """VideoPose3D's archives of many long sequences; returns their bytes in memory."""
    files = load_files()
    folder.mkdir()
    poses, keypoints = {}, {}
    for subject, name in sequences:
        joints, _ = files.motion(subject, name, 100)
        back_and_forth = np.arange(FRAMES) % 200
        order = np.where(back_and_forth < 100, back_and_forth, 199 - back_and_forth)
        metres = (files.official(joints)[order] / 1000).astype("f4")
        poses.setdefault(subject, {})[name] = metres
        keypoints.setdefault(subject, {})[name] = [
            files.seen(joints, subject, camera)[order].astype("f4")
            for camera in range(4)
        ]
    np.savez_compressed(folder / "data_3d_h36m.npz", positions_3d=poses)
    np.savez_compressed(
        folder / "data_2d_h36m_gt.npz",
        positions_2d=keypoints,
        metadata=files.METADATA["gt"],
    )
    return len(sequences) * FRAMES * (32 * 3 + 4 * 17 * 2) * 4


def peak_bytes(folder, output):
    arguments = ("--source=h36m_npz", f"--input={folder}", f"--output={output}")
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments]
    done = subprocess.run(
        [*command, "--jobs=1", "--fps=10"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1]) * 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_memory_does_not_grow_with_the_archive(tmp_path):
    files = load_files()
    names = [(s, name) for s in ("S1", "S5", "S6", "S7") for name in files.names(s)]
    small = write_archives(tmp_path / "small", names[:4])
    large = write_archives(tmp_path / "large", names[:96])
    peaks = [
        peak_bytes(tmp_path / name, tmp_path / f"{name}_out")
        for name in ("small", "large")
    ]
    assert large - small > 120e6
    assert peaks[1] - peaks[0] < 0.4 * (large - small)
    assert peaks[1] < 2 * 2**30
