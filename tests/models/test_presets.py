import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.models import model_builders, presets, stpose


@pytest.fixture
def preset():
    config = configs.ExperimentConfig(name="tiny")
    config.model = configs.ModelConfig(
        heatmap_size=(16, 16),
        encoder=configs.Encoder.PEAKS,
        embedding_size=8,
        strides=(1, 2),
        channels=8,
        blocks=1,
        head_channels=8,
    )
    return presets.Preset(
        config=config,
        preprocessor=presets.describe(config, fps=60.0, mean_pose=np.ones((17, 3))),
        card="# A card\n",
    )


@pytest.fixture
def model(preset):
    return model_builders.build_generator(preset.config.model)


@pytest.fixture
def saved(tmp_path, model, preset):
    model.save_to_preset(tmp_path / "preset", preset=preset)
    return tmp_path / "preset"


def test_a_preset_gives_the_model_back(saved, model, preset):
    for path in (saved, str(saved)):
        again = stpose.STPose.from_preset(path)
        assert again.preset == preset
        for a, b in zip(model.weights, again.weights, strict=True):
            np.testing.assert_array_equal(a, b)
    maps = np.random.default_rng(0).uniform(size=(1, 5, 16, 16, 17))
    expected, received = model(maps), again(maps)
    for name in expected:
        np.testing.assert_array_equal(expected[name], received[name])


def test_a_model_of_a_preset_is_saved_with_what_it_came_with(saved, tmp_path):
    stpose.STPose.from_preset(saved).save_to_preset(tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == [
        "README.md",
        "config.json",
        "model.weights.h5",
        "preprocessor.json",
    ]
    for name in ("README.md", "config.json", "preprocessor.json"):
        assert (tmp_path / "copy" / name).read_text() == (saved / name).read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []


def test_a_preset_is_replaced_and_nothing_else_is(saved, model, preset, tmp_path):
    model.set_weights([weight + 1 for weight in model.get_weights()])
    model.save_to_preset(saved, preset=preset)
    again = stpose.STPose.from_preset(saved)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(errors.InputError, match=r"thesis\.txt"):
        model.save_to_preset(tmp_path / "mine", preset=preset)
    assert (tmp_path / "mine" / "thesis.txt").exists()
    with pytest.raises(errors.InputError, match="Received: a file"):
        model.save_to_preset(tmp_path / "mine" / "thesis.txt", preset=preset)


def test_an_interrupted_save_keeps_the_old_preset(saved, model, preset, monkeypatch):
    before = {path.name: path.read_bytes() for path in saved.iterdir()}

    def interrupted(path):
        path.write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "save_weights", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.save_to_preset(saved, preset=preset)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == ["preset"]


def test_a_model_needs_something_said_of_it(model, tmp_path):
    with pytest.raises(errors.InputError, match="expected `preset`"):
        model.save_to_preset(tmp_path / "preset")


def test_what_is_said_must_fit_the_model(model, preset, tmp_path):
    preset.config.model.channels = 4
    with pytest.raises(errors.InputError, match=r"model\.channels=8.*Received: 4"):
        model.save_to_preset(tmp_path / "preset", preset=preset)
    preset.config.model.channels = 8
    preset.preprocessor["heatmap_size"] = [32, 32]
    with pytest.raises(errors.InputError, match="heatmap_size"):
        model.save_to_preset(tmp_path / "preset", preset=preset)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["config.json", "preprocessor.json"])
def test_a_preset_without_a_part_is_refused(saved, name):
    (saved / name).unlink()
    with pytest.raises(errors.InputError, match=f"Received: no {name}"):
        stpose.STPose.from_preset(saved)


def test_another_keypoint_order_is_refused(saved):
    content = json.loads((saved / "preprocessor.json").read_text())
    joints = content["input"]["joints"]
    joints[0], joints[1] = joints[1], joints[0]
    (saved / "preprocessor.json").write_text(json.dumps(content))
    with pytest.raises(errors.InputError, match="expected input to be"):
        stpose.STPose.from_preset(saved)


@pytest.fixture
def hub(saved, monkeypatch):
    """The hub's client with one preset in its cache, and what it was asked for."""
    asked = []

    def snapshot_download(name, *, revision, allow_patterns):
        asked.append((name, revision, sorted(allow_patterns)))
        if name != "someone/preset":
            raise OSError("404: no such repository\nand a long story")
        return str(saved)

    module = types.SimpleNamespace(snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return asked


@pytest.mark.parametrize(
    ("address", "revision"),
    [
        ("hf://someone/preset", None),
        ("hf://someone/preset@v1", "v1"),
        (Path("hf://someone/preset"), None),
    ],
)
def test_a_preset_of_the_hub_is_downloaded(hub, model, address, revision):
    again = stpose.STPose.from_preset(address)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
    files = ["README.md", "config.json", "model.weights.h5", "preprocessor.json"]
    assert hub == [("someone/preset", revision, files)]


def test_what_the_hub_does_not_have_is_refused_in_one_line(hub):
    with pytest.raises(errors.InputError, match=r"404: no such repository$"):
        stpose.STPose.from_preset("hf://someone/else")
    with pytest.raises(errors.InputError, match="expected hf://OWNER/NAME"):
        stpose.STPose.from_preset("hf://preset")


def test_the_hub_needs_its_client(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(errors.InputError, match=r'pip install "stpose-tf\[hub\]"'):
        stpose.STPose.from_preset("hf://someone/preset")
