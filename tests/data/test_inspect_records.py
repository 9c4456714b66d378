import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors, inspect_records
from stpose_tf.data.records import record_index, stored_frames
from stpose_tf.geometry import cameras
from stpose_tf.viz import record_sheet, window_sheet

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
    window_sheet.write(out, config)
    assert out.read_bytes().startswith(PNG)
    from matplotlib import image

    pixels = image.imread(out)
    assert min(pixels.shape[:2]) > 300
    assert np.std(pixels[..., :3]) > 0.1


def test_frames_are_read_back_as_they_were_written(make_clip, write_records):
    clip = make_clip("a", frames=300, maps=(16, 12), views=3)
    folder = write_records(clip, make_clip("b", frames=4, maps=(16, 12)))
    index = record_index.load(folder)
    frames = [299, 0, 255, 256]
    found = stored_frames.read(index, index.clips[0], frames)
    found.validate()
    assert (found.clip_id, found.subject, found.action) == ("a", "s1", "walk")
    assert_array_equal(found.pose_world, clip.pose_world[frames])
    assert_array_equal(found.keypoints_world, clip.keypoints_world[frames])
    assert found.pose_valid.all()
    for view, expected in zip(found.views, clip.views, strict=True):
        for name in ("keypoints", "confidence", "labelled", "crop"):
            given = getattr(expected, name)[frames]
            assert_array_equal(getattr(view, name), given)
        assert view.image_size == (1000, 1000)
        assert_allclose(cameras.pack(view.camera), cameras.pack(expected.camera))
        assert np.abs(view.heatmaps - expected.heatmaps[frames]).max() < 1 / 255
    with pytest.raises(errors.InputError, match=r"from 0 to 299\. Received: 300"):
        stored_frames.read(index, index.clips[0], [300])


def test_a_clip_without_3d_is_read_back_without(folder):
    index = record_index.load(folder)
    found = stored_frames.read(index, index.clips[1], [3])
    assert found.pose_world is None
    assert found.keypoints_world is None
    assert found.views[0].camera is None
    assert found.views[0].heatmaps is None


def test_the_projected_3d_lies_on_the_2d(make_clip, write_records):
    index = record_index.load(write_records(make_clip("a", frames=9)))
    clip = stored_frames.read(index, index.clips[0], [2, 5])
    for view in clip.views:
        distances = record_sheet.offsets(clip, view)
        assert len(distances) == 2 * 12
        assert distances.max() < 1e-2
        # 40 px to the side, but for one that is no truth
        moved = view.keypoints + np.array([40.0, 0.0], np.float32)
        labelled = view.labelled.copy()
        labelled[0, 5] = False
        other = dataclasses.replace(view, keypoints=moved, labelled=labelled)
        assert_allclose(record_sheet.offsets(clip, other), np.full(23, 40.0), atol=0.1)


def test_frames_of_several_folders_are_chosen(make_clip, write_records):
    one = record_index.load(write_records(make_clip("a", frames=9), name="one"))
    members = [make_clip(name, frames=3, views=1) for name in "bcdefgh"]
    two = record_index.load(write_records(*members, name="two"))
    found = inspect_records.chosen_frames([one, two], ())
    assert [clip.clip_id for clip in found] == ["a", "b", "e", "h"]
    assert [clip.num_frames for clip in found] == [6, 1, 1, 1]
    found = inspect_records.chosen_frames([one, two], ["c"])
    assert [(clip.clip_id, clip.num_frames) for clip in found] == [("c", 1)]
    with pytest.raises(errors.InputError, match=r"--clips: .* Received: x"):
        inspect_records.chosen_frames([one, two], ["c", "x"])


def test_what_records_hold_is_drawn(folder, tmp_path):
    from matplotlib import image

    index = record_index.load(folder)
    both = [stored_frames.read(index, entry, [4]) for entry in index.clips]
    out = tmp_path / "new" / "look.png"
    record_sheet.write(out, both)
    pixels = image.imread(out)[..., :3]
    # Heat maps are black around the body; the 2D-only row has no 3D.
    height, width = pixels.shape[:2]
    assert np.mean(pixels[: height // 2].max(-1) < 0.1) > 0.05
    upper, lower = np.split(pixels[: height // 2 * 2, 2 * width // 3 :], 2)
    colored = [np.ptp(part, axis=-1) > 0.3 for part in (upper, lower)]
    assert colored[0].sum() > 500
    assert colored[1].sum() == 0


@pytest.mark.slow
def test_long_names_do_not_run_into_each_other(make_clip, monkeypatch, tmp_path):
    figures = []
    monkeypatch.setattr(
        record_sheet.drawing, "save", lambda made, path: figures.append(made)
    )
    name = "Validate/S1/ThrowCatch 1 chunk0 of a very long recording"
    clip = make_clip(name, frames=3, views=1)
    record_sheet.write(tmp_path / "look.png", [clip])
    (made,) = figures
    made.draw_without_rendering()
    labels = [cell.yaxis.label for cell in made.axes if cell.get_ylabel()]
    assert len(labels) == 3
    assert labels[0].get_text().replace("\n", " ").startswith(name)
    boxes = sorted((box.y0, box.y1) for box in (t.get_window_extent() for t in labels))
    assert all(a[1] < b[0] for a, b in itertools.pairwise(boxes))


@pytest.mark.slow
def test_the_command_lists_damage_and_still_draws(folder, tmp_path):
    index = record_index.load(folder)
    path = index.path(index.clips[1])
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(content)
    frames, out = tmp_path / "frames.png", tmp_path / "look.png"
    done = subprocess.run(
        [
            sys.executable,
            "tools/inspect_records.py",
            f"--records={folder}",
            f"--out={out}",
            f"--frames={frames}",
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
    assert frames.read_bytes().startswith(PNG)


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
