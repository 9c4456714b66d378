import json
import re
from pathlib import Path

import numpy as np
import pytest

import stpose_tf.export.web
from stpose_tf import errors
from stpose_tf.export.web import web_page
from stpose_tf.geometry import skeletons

SOURCES = [
    path
    for path in sorted(Path(stpose_tf.export.web.__file__).parent.iterdir())
    if path.suffix in (".css", ".html", ".js")
]


@pytest.fixture
def pretended(tmp_path, preprocessor):
    """What an export to ONNX looks like from outside."""
    folder = tmp_path / "onnx"
    folder.mkdir()
    (folder / "stream_step.onnx").write_bytes(b"model")
    (folder / "preprocessor.json").write_text(json.dumps(preprocessor))
    inputs = {
        "heatmaps": [None, 16, 16, 17],
        "present": [None],
        "state_memory": [None, 20, 8],
        "state_present": [None, 4],
    }
    content = {"format": "onnx", "parts": {"stream_step": {"inputs": inputs}}}
    (folder / "parity.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.name)
def test_nothing_comes_from_another_host(file):
    assert not re.findall(r"https?:|//cdn|@import|url\(", file.read_text())


def test_a_page_knows_the_model(stand_in, pretended, tmp_path, recorded):
    out = tmp_path / "deep" / "page"
    web_page.write(out, exported=pretended, modules=stand_in, recordings=recorded)
    facts = json.loads((out / "page.json").read_text())
    assert facts["inputs"]["state_memory"] == [1, 20, 8]
    assert facts["inputs"]["present"] == [1]
    assert facts["lookahead"] == 4
    assert facts["heatmapShape"] == {"height": 16, "width": 16, "sigma": 1.0}
    assert facts["sides"][facts["joints"].index("left_wrist")] == "L"
    blazepose = skeletons.get("blazepose33").joints
    assert [blazepose[number] for number in facts["blazepose"]] == facts["keypoints"]
    assert (out / "stream_step.onnx").read_bytes() == b"model"
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert {"index.html", "page.js", "onnxruntime/ort.wasm.min.mjs"} < names
    assert "blazepose/pose.js" in names
    assert "blazepose/pose_landmark_heavy.tflite" not in names
    assert [path.name for path in out.parent.iterdir()] == ["page"]
    played = json.loads((out / "recordings.json").read_text())
    for made, recording in zip(played, recorded, strict=True):
        assert np.reshape(made["keypoints"], (-1, 17, 3)).shape == (
            recording.keypoints.shape
        )
        np.testing.assert_allclose(
            np.reshape(made["poses"], (-1, 17, 3)), recording.poses, atol=5e-4
        )


def test_recordings_are_of_people_hidden_or_not(recorded):
    confidence = [recording.keypoints[..., 2] for recording in recorded]
    hidden = [(each == 0).mean() for each in confidence]
    assert hidden[0] < 0.05
    assert hidden[1] == pytest.approx(0.3, abs=0.06)
    assert (confidence[2] == 0).all(axis=1).sum() == 10
    assert all(30 <= len(recording.poses) <= 90 for recording in recorded)
    # 100 mm and more apart from pose to pose, as the small model's weights go.
    assert np.abs(np.diff(recorded[0].poses, axis=0)).max() > 1


def test_no_camera_without_a_detector_or_with_other_keypoints(
    stand_in, pretended, tmp_path
):
    (stand_in / "@mediapipe" / "pose").rename(tmp_path / "away")
    web_page.write(tmp_path / "a", exported=pretended, modules=stand_in, recordings=[])
    assert json.loads((tmp_path / "a" / "page.json").read_text())["blazepose"] is None
    (tmp_path / "away").rename(stand_in / "@mediapipe" / "pose")
    file = pretended / "preprocessor.json"
    content = json.loads(file.read_text())
    content["input"]["skeleton"] = "body25"  # has a neck, which BlazePose does not find
    file.write_text(json.dumps(content))
    web_page.write(tmp_path / "b", exported=pretended, modules=stand_in, recordings=[])
    assert json.loads((tmp_path / "b" / "page.json").read_text())["blazepose"] is None
    assert not (tmp_path / "b" / "blazepose").exists()


def test_what_is_missing_is_named_and_nothing_is_written(stand_in, pretended, tmp_path):
    out = tmp_path / "page"

    def write(**changes):
        given = {"exported": pretended, "modules": stand_in, "recordings": []}
        web_page.write(out, **{**given, **changes})

    with pytest.raises(errors.InputError, match=r"--format=onnx.*no parity\.json"):
        write(exported=tmp_path / "nowhere")
    with pytest.raises(errors.InputError, match=r"ort\.wasm\.min\.mjs.*make node_mod"):
        write(modules=tmp_path / "nowhere")
    (pretended / "parity.json").write_text('{"format": "tflite"}')
    with pytest.raises(errors.InputError, match="Received: tflite"):
        write()
    assert not out.exists()


def test_only_a_page_is_replaced(stand_in, pretended, tmp_path):
    given = {"exported": pretended, "modules": stand_in, "recordings": []}
    web_page.write(tmp_path / "page", **given)
    with pytest.raises(errors.InputError, match="--overwrite"):
        web_page.write(tmp_path / "page", **given)
    (tmp_path / "page" / "old.js").touch()
    web_page.write(tmp_path / "page", **given, overwrite=True)
    assert not (tmp_path / "page" / "old.js").exists()
    with pytest.raises(errors.InputError, match="another folder"):
        web_page.write(pretended, **given, overwrite=True)
    assert (pretended / "stream_step.onnx").exists()


def test_an_interrupted_page_leaves_what_was_there(stand_in, pretended, tmp_path):
    def interrupted():
        yield from ()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        web_page.write(
            tmp_path / "deep" / "page",
            exported=pretended,
            modules=stand_in,
            recordings=interrupted(),
        )
    assert list((tmp_path / "deep").iterdir()) == []
