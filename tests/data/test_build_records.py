import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import inventory, record_checks, record_index

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "stpose_tf.build_records", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.slow
def test_made_up_motion_becomes_records(tmp_path):
    output = tmp_path / "new" / "records"
    arguments = (
        *("--source=procedural", f"--output={output}", "--clips=3", "--seconds=0.5"),
        *("--fps=20", "--views=2", "--shards=2", "--heatmaps=rendered"),
    )
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    index, damage = record_checks.verify(record_index.load(output), strict=True)
    assert damage == ()
    assert index.heatmap_size == (64, 64)
    assert [entry.id for entry in index.clips] == ["P01_walk", "P01_run", "P01_turn"]
    assert index.totals["view_frames"] == 60
    assert "P01: 3 clips, 30 frames" in done.stdout
    assert "in all: 1 subjects, 3 clips, 30 frames" in done.stdout
    assert "bytes a frame" in done.stdout
    again = run(*arguments)
    assert again.returncode == 1
    assert "--overwrite to replace" in again.stderr.splitlines()[-1]


@pytest.mark.slow
def test_damaged_clips_are_listed_and_the_rest_is_written(asf_amc_writer, tmp_path):
    for trial in ("01", "02"):
        asf_amc_writer(tmp_path / "in", trial=trial, num_frames=20)
    damaged = tmp_path / "in" / "71_02.amc"
    damaged.write_text(damaged.read_text().replace("\nltoes", "\nltoes nan", 1))
    arguments = ("--source=cmu_asf_amc", f"--input={tmp_path / 'in'}", "--views=1")
    partly = run(*arguments, f"--output={tmp_path / 'out'}")
    assert partly.returncode == 2, partly.stderr
    assert "skipped 71_02: " in partly.stdout
    assert "71_02.amc, line 33: expected 1 finite numbers" in partly.stdout
    index = record_index.load(tmp_path / "out")
    assert [entry.id for entry in index.clips] == ["71_01"]
    assert (index.fps, index.totals["frames"]) == (60.0, 10)

    (tmp_path / "in" / "71_01.amc").unlink()
    nothing = run(*arguments, f"--output={tmp_path / 'none'}")
    assert nothing.returncode == 1
    last = nothing.stderr.splitlines()[-1]
    assert "expected at least one clip to write. Received: none" in last
    assert "1 clips skipped, first" in last
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--source: expected a value"),
        (("--source=procedural",), "--output: expected a value"),
        (("--source=joints_npz", "--output={0}/o"), "--input: expected a path"),
        (
            ("--source=cmu_asf_amc", "--input={0}/no", "--output={0}/o"),
            "--input: expected a path. Received: no",
        ),
        (
            (
                "--source=procedural",
                "--output={0}/o",
                "--clips=1",
                "--seconds=0.2",
                "--subjects=P02",
            ),
            "Received: P02",
        ),
        (
            ("--source=cmu_asf_amc", "--input={0}", "--output={0}/o", "--clips=3"),
            "--clips: expected none with --source=cmu_asf_amc",
        ),
        (
            ("--source=h36m_npz", "--input={0}", "--output={0}/o", "--views=3"),
            "--views: expected none with --source=h36m_npz",
        ),
        (
            ("--source=bvh", "--input={0}", "--output={0}/o", "--detections={0}"),
            "with --source=bvh, whose views are of virtual cameras: it has no images",
        ),
        (
            ("--source=keypoints_2d", "--input={0}", "--output={0}/o", "--maps={0}"),
            "--maps: expected none with --source=keypoints_2d, whose --input is the 2D",
        ),
        (
            ("--source=procedural", "--input={0}", "--output={0}/o"),
            "--input: expected none with --source=procedural",
        ),
        (
            ("--source=procedural", "--output={0}/o", "--runner_option=a=b"),
            "--runner_option: expected it with --runner only",
        ),
        (
            ("--source=procedural", "--output={0}/o", "--runner=X", "--jobs=2"),
            "--jobs: expected it without --runner only",
        ),
        (
            ("--source=procedural", "--output={0}/o", "--heatmaps=blazepose"),
            "--heatmaps: expected none or rendered with --source=procedural",
        ),
        (
            ("--source=penn_action", "--input={0}", "--output={0}/o", "--videos={0}"),
            "--videos: expected none with --source=penn_action and --heatmaps=none",
        ),
        (
            ("--source=videos", "--input={0}", "--output={0}/o"),
            "--heatmaps: expected a 2D network with --source=videos",
        ),
        (
            (
                *("--source=penn_action", "--input={0}", "--output={0}/o"),
                *("--heatmaps=blazepose", "--videos={0}/no"),
            ),
            "--videos: expected a folder",
        ),
        (
            (
                *("--source=penn_action", "--input={0}", "--output={0}/o"),
                *("--heatmaps=blazepose", "--detections={0}"),
            ),
            "--detections: expected none with --source=penn_action and --heatmaps=",
        ),
        (
            (
                *("--source=h36m_npz", "--input={0}", "--output={0}/o"),
                *("--heatmaps=blazepose", "--videos={0}", "--maps={0}"),
            ),
            "and --heatmaps=blazepose, whose 2D is what the network sees. Received: /",
        ),
        (
            (
                *("--source=humaneva_npz", "--input={0}", "--output={0}/o"),
                "--heatmaps=blazepose",
            ),
            "none or rendered with --source=humaneva_npz, whose clips have no videos",
        ),
        (
            (
                *("--source=penn_action", "--input={0}", "--output={0}/o"),
                "--heatmaps={0}/none.onnx",
            ),
            "none.onnx: expected an ONNX file",
        ),
    ],
)
def test_mistakes_are_said_in_one_line(tmp_path, arguments, says):
    done = run(*(argument.format(tmp_path) for argument in arguments))
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_inventory_counts_by_subject(make_clip, write_records):
    folder = write_records(
        make_clip("a", frames=4), make_clip("b", frames=6), make_clip("c", subject="s2")
    )
    text = inventory.describe(record_index.load(folder), heatmap_bytes=1480)
    assert "s1: 2 clips, 10 frames" in text
    assert "s2: 1 clips, 64 frames" in text
    assert (
        "in all: 2 subjects, 3 clips, 74 frames (0.0 min), 148 with all views" in text
    )
    assert "heat maps: 10 bytes a frame" in text
    assert np.all([str(folder) in text, "50 fps" in text])
    assert "2 views, 1 actions" in text


def test_long_inventories_are_cut_short(make_clip, write_records):
    clip = make_clip("a", frames=4, views=1)
    clips = [
        dataclasses.replace(clip, clip_id=str(number), subject=f"s{number:02d}")
        for number in range(25)
    ]
    text = inventory.describe(record_index.load(write_records(*clips)))
    assert "s19: 1 clips" in text
    assert "s20" not in text
    assert "... and 5 more, see inventory.json" in text
    skipped = [Skipped(name=str(number), reason="cut off") for number in range(22)]
    lines = inventory.describe_skipped(skipped).splitlines()
    assert lines[0] == "  skipped 0: cut off"
    assert lines[20:] == ["  ... and 2 more, see inventory.json"]
