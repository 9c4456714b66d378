"""The command: a 2D network in several processes over the frames of a data set."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stpose_tf.data.records import record_checks, record_index, stored_frames
from stpose_tf.geometry import skeletons

cv2 = pytest.importorskip("cv2", reason="the extra 'video' is not installed")
onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")
pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
pytest.importorskip("scipy", reason="the extra 'datasets' is not installed")
TESTS = Path(__file__).parents[1]
PENN = SimpleNamespace(
    **runpy.run_path(str(TESTS / "data" / "sources" / "penn_action_files.py"))
)
WRIST = skeletons.get("penn13").index("left_wrist")


def _frames(folder, count):
    """Frames that are red around the left wrist, as wide as two pixels of the maps."""
    folder.mkdir(parents=True)
    for number, pixel in enumerate(PENN.pixels(46)[:count, WRIST], start=1):
        picture = np.zeros((272, 481, 3), np.uint8)
        # Penn Action counts from 1, the records from 0; OpenCV from half a pixel on.
        center = np.round((pixel - 1.5) * 16).astype(int).tolist()
        cv2.circle(picture, center, 80, (0, 0, 255), -1, shift=4)
        assert cv2.imwrite(str(folder / f"{number:06d}.png"), picture)


def _network(path):
    """Writes a network whose every map is the red of each fourth pixel."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    kernel = np.zeros((17, 3, 4, 4), np.float32)
    kernel[:, 0] = 1 / 16
    graph = helper.make_graph(
        [helper.make_node("Conv", ["images", "kernel"], ["maps"], strides=[4, 4])],
        "test",
        [helper.make_tensor_value_info("images", kind, ["people", 3, 256, 256])],
        [helper.make_tensor_value_info("maps", kind, ["people", 17, 64, 64])],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)


@pytest.mark.slow
def test_frames_of_penn_action_become_heat_maps(tmp_path):
    labels = tmp_path / "penn"
    for name in ("0001", "0002", "0003", "0004"):
        PENN.write(labels, name, PENN.fields())
    _frames(labels / "frames" / "0001", 46)
    _frames(labels / "frames" / "0003", 20)
    _frames(labels / "frames" / "0004", 46)
    _network(tmp_path / "red.onnx")
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "stpose_tf.build_records"),
            *("--source=penn_action", f"--input={labels}", "--fps=15", "--jobs=2"),
            *(f"--heatmaps={tmp_path / 'red.onnx'}", "--network_normalization=unit"),
            *("--network_alignment=center", f"--output={tmp_path / 'out'}"),
        ],
        capture_output=True,
        text=True,
        cwd=TESTS.parent,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "skipped 0002: " in done.stdout
    assert "expected the video frames/0002" in done.stdout
    assert "expected about 45 frames, as 0003 says. Received: 20" in done.stdout
    index, damage = record_checks.verify(record_index.load(tmp_path / "out"))
    assert damage == ()
    assert [entry.id for entry in index.clips] == ["0001", "0004"]
    assert (index.input_skeleton, index.heatmap_size) == ("coco17", (64, 64))
    inventory = json.loads((tmp_path / "out" / "inventory.json").read_text())
    assert len(inventory["skipped"]) == 2

    (view,) = stored_frames.read(index, index.clips[0], [0, 7, 22]).views
    wrists = PENN.pixels(46)[[0, 14, 44], WRIST] - 1.0
    for frame, wrist in enumerate(wrists):
        found = view.heatmaps[frame, ..., 12]
        rows, columns = np.mgrid[:64, :64]
        weight = found / found.sum()
        place = np.array([(weight * columns).sum(), (weight * rows).sum()])
        unit = (place + 0.5) / 64 - 0.5
        there = unit * view.crop[frame, 2] + view.crop[frame, :2]
        np.testing.assert_allclose(there, wrist, atol=0.6)
    coco = skeletons.get("coco17").joints
    left = coco.index("left_wrist")
    np.testing.assert_allclose(view.keypoints[:, left], wrists, atol=0.01)
    faces = [coco.index(name) for name in ("nose", "left_eye", "right_ear")]
    assert not view.labelled[:, faces].any()
    assert view.labelled[:, left].all()
