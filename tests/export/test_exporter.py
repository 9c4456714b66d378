import json
import sys

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.export import exporter, formats, sample_windows


@pytest.fixture(autouse=True)
def _few_windows(monkeypatch):
    monkeypatch.setattr(exporter, "WINDOWS", 1)
    monkeypatch.setattr(sample_windows, "CONDITIONS", ("clean",))


@pytest.fixture
def wrong(monkeypatch):
    """A format whose export says zeros, beside one that is good."""
    good = formats.KNOWN["keras"]

    def zeros(path, signature):
        assert path.exists()
        return lambda inputs: {
            "pose": np.zeros((*inputs["heatmaps"].shape[:2], 17, 3)),
            "log_sigma": np.zeros((*inputs["heatmaps"].shape[:2], 17)),
        }

    bad = formats.Format(write=good.write, open=zeros, parts=good.parts)
    monkeypatch.setattr(formats, "KNOWN", {"good": good, "wrong": bad})


def test_an_export_says_what_was_compared(job, tmp_path):
    folder = tmp_path / "made" / "keras"
    said = []
    results = exporter.export(job, {"keras": folder}, progress=said.append)
    assert results["keras"]["float32"].largest < 1e-3
    content = json.loads((folder / "parity.json").read_text())
    part = content["parts"]["float32"]
    assert content["good"] is part["good"] is True
    assert content["windows"] == "procedural motion"
    assert part["limits_mm"]["largest"] == 0.01
    assert len(part["cases"]) == 4
    assert part["inputs"] == {"heatmaps": [None, None, 16, 16, 17]}
    told = json.loads((folder / "preprocessor.json").read_text())
    assert told == job.preprocessor
    assert [path.name for path in folder.parent.iterdir()] == ["keras"]
    assert said[-1] == "keras: comparing float32"


@pytest.mark.slow
def test_an_export_is_replaced_only_when_asked(job, tmp_path):
    exporter.export(job, {"keras": tmp_path / "keras"})
    with pytest.raises(errors.InputError, match="--overwrite"):
        exporter.export(job, {"keras": tmp_path / "keras"})
    (tmp_path / "keras" / "left_over").touch()
    exporter.export(job, {"keras": tmp_path / "keras"}, overwrite=True)
    assert not (tmp_path / "keras" / "left_over").exists()


def test_a_folder_that_is_no_export_is_never_replaced(job, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(errors.InputError, match=r"thesis\.txt"):
        exporter.export(job, {"keras": tmp_path}, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_wrong_export_leaves_nothing_behind_nor_do_those_with_it(
    job, tmp_path, wrong
):
    folders = {name: tmp_path / name for name in ("good", "wrong")}
    with pytest.raises(errors.InputError, match=r"wrong, float32: .* at most 0\.01 mm"):
        exporter.export(job, folders)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_export_leaves_what_was_there(job, tmp_path, monkeypatch):
    exporter.export(job, {"keras": tmp_path / "keras"})
    before = {path.name: path.read_bytes() for path in (tmp_path / "keras").iterdir()}

    def interrupted(job, folder):
        (folder / "half").touch()
        raise KeyboardInterrupt

    good = formats.KNOWN["keras"]
    half = formats.Format(write=interrupted, open=good.open, parts=good.parts)
    monkeypatch.setattr(formats, "KNOWN", {"keras": half})
    with pytest.raises(KeyboardInterrupt):
        exporter.export(job, {"keras": tmp_path / "keras"}, overwrite=True)
    after = {path.name: path.read_bytes() for path in (tmp_path / "keras").iterdir()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["keras"]


def test_an_unknown_format_is_refused_by_name(job, tmp_path):
    with pytest.raises(errors.InputError, match="Received: floppy"):
        exporter.export(job, {"floppy": tmp_path / "floppy"})


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("onnx", "tf2onnx", "onnx"), ("tflite", "ai_edge_litert.interpreter", "tflite")],
)
def test_a_missing_package_is_named_before_anything_is_written(
    job, tmp_path, monkeypatch, name, package, extra
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(errors.InputError, match=rf"pip install .*\[{extra}\]"):
        exporter.export(job, {name: tmp_path / name})
    assert list(tmp_path.iterdir()) == []
