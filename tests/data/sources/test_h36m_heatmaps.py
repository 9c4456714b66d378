import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import record_writer
from stpose_tf.data.source_registry import SOURCES

SOME = {"S1": ("WalkDog 1",), "S9": ("Sitting 1",)}


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


files = load("h36m_files")


@pytest.fixture(params=[False, True], ids=["space", "underscore"])
def maps(request, tmp_path):
    return files.write_maps(tmp_path / "maps", SOME, underscore=request.param)


def check(clips):
    for clip in clips:
        subject, name = clip.clip_id.split("/")
        pixels = files.detections(subject, name, "h36m", frames=24)
        for view, expected in zip(clip.views, pixels, strict=True):
            assert view.heatmap_size == (32, 32)
            assert isinstance(view.heatmaps, heatmap_codec.EncodedHeatmaps)
            assert len(view.heatmaps.blobs) == 24
            # A quarter of a map's pixel.
            limit = 0.3 * view.crop[:, 2].max() / 32
            assert_allclose(view.keypoints, expected[:24], atol=limit)
            assert not view.labelled.any()
            assert view.camera is not None


def test_archives_with_heat_maps(tmp_path, maps):
    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME)  # of no use then
    found = [
        planned.read() for planned in SOURCES["h36m_npz"].find()(tmp_path, maps=maps)
    ]
    assert len(found) == 2
    check(found)
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        for clip in found:
            writer.write(clip)
    assert writer.index.heatmap_size == (32, 32)


def test_the_official_tree_with_heat_maps(tmp_path, maps):
    pytest.importorskip("cdflib")
    files.write_tree(tmp_path, SOME)
    check(
        [planned.read() for planned in SOURCES["h36m_cdf"].find()(tmp_path, maps=maps)]
    )


def test_half_the_rate(tmp_path, maps):
    files.write_poses(tmp_path, SOME)
    full, _ = (p.read() for p in SOURCES["h36m_npz"].find()(tmp_path, maps=maps))
    half, _ = (
        p.read() for p in SOURCES["h36m_npz"].find()(tmp_path, maps=maps, fps=25.0)
    )
    assert half.num_frames == 12
    view, whole = half.views[2], full.views[2]
    assert_allclose(view.keypoints, whole.keypoints[::2], atol=1e-3)
    assert len(view.heatmaps.blobs) == 12


def test_missing_and_short_maps_are_named_and_the_others_are_read(tmp_path, maps):
    files.write_poses(tmp_path, SOME)
    one = next(maps.glob("S1/*.60457274.npz"))
    with np.load(one) as held:
        arrays = dict(held)
    arrays.update(heatmaps=arrays["heatmaps"][:20], boxes=arrays["boxes"][:20])
    np.savez_compressed(one, **arrays)
    next(maps.glob("S9/*.58860488.npz")).unlink()
    short, missing = SOURCES["h36m_npz"].find()(tmp_path, maps=maps)
    with pytest.raises(
        errors.InputError, match=r"at least the 24 frames.*Received: 20"
    ):
        short.read()
    assert isinstance(missing, Skipped)
    assert "expected S9/Sitting 1.58860488 with .npz or .npy" in missing.reason
