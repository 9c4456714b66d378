import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.export import exporter, formats, parity

PREPROCESSOR = {"schema": "stpose.preprocessor/1", "fps": 25.0}

# Runs in a process of its own that can import TensorFlow, but neither of the others.
ALONE = """
import sys

for name in ("stpose_tf", "keras"):
    sys.modules[name] = None  # importing it raises ImportError
import numpy as np
import tensorflow as tf

serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
inputs = serve.structured_input_signature[1]
assert list(inputs) == ["heatmaps"], inputs
assert inputs["heatmaps"].shape.as_list()[:2] == [None, None]
maps = np.load(sys.argv[2])["maps"]
outputs = serve(heatmaps=tf.constant(maps))
np.savez(sys.argv[3], **{name: value.numpy() for name, value in outputs.items()})
"""


@pytest.fixture(scope="module")
def exported(tiny_generator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "made" / "saved_model"
    result = exporter.export(
        tiny_generator, folder, format_name="saved_model", preprocessor=PREPROCESSOR
    )
    return folder, result


def test_the_export_says_what_the_model_says(exported):
    folder, result = exported
    assert result.pose_mm <= parity.LIMIT_MM
    content = json.loads((folder / "parity.json").read_text())
    assert content["good"] is True
    assert content["limit_mm"] == 0.01
    assert len(content["cases"]) == 4
    assert json.loads((folder / "preprocessor.json").read_text()) == PREPROCESSOR
    assert [path.name for path in folder.parent.iterdir()] == ["saved_model"]


def test_the_root_is_zero_and_any_length_goes(exported, tiny_generator):
    run = formats.get("saved_model").load(exported[0])
    for batch, time in ((1, 1), (2, 7), (1, 130)):
        maps = parity.sample(
            batch, time, shape=tiny_generator.heatmap_shape, seed=1
        ).numpy()
        outputs = run(maps)
        assert outputs["pose"].shape == (batch, time, 17, 3)
        assert outputs["log_sigma"].shape == (batch, time, 17)
        assert (outputs["pose"][:, :, 0] == 0).all()


@pytest.mark.slow
def test_tensorflow_alone_can_run_it(exported, tiny_generator, tmp_path):
    maps = parity.sample(2, 11, shape=tiny_generator.heatmap_shape, seed=2)
    np.savez(tmp_path / "in.npz", maps=maps)
    subprocess.run(
        [sys.executable, "-I", "-c", ALONE, exported[0], "in.npz", "out.npz"],
        check=True,
        cwd=tmp_path,
    )
    outputs = np.load(tmp_path / "out.npz")
    expected = tiny_generator({"heatmaps": maps}, training=False)
    assert sorted(outputs) == ["log_sigma", "pose"]
    for name in outputs:
        np.testing.assert_allclose(outputs[name], expected[name], atol=parity.LIMIT_MM)


def test_an_export_is_replaced_only_when_asked(exported, tiny_generator):
    folder, _ = exported
    with pytest.raises(errors.InputError, match="--overwrite"):
        exporter.check_folder(folder, overwrite=False)
    exporter.check_folder(folder, overwrite=True)


def test_a_folder_that_is_no_export_is_never_replaced(tiny_generator, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(errors.InputError, match=r"thesis\.txt"):
        exporter.export(
            tiny_generator,
            tmp_path,
            format_name="saved_model",
            preprocessor=PREPROCESSOR,
            overwrite=True,
        )
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_wrong_export_leaves_nothing_behind(tiny_generator, tmp_path, monkeypatch):
    def load(folder):
        assert (folder / "saved_model.pb").exists()
        return lambda maps: {
            "pose": np.zeros((*maps.shape[:2], 17, 3)),
            "log_sigma": np.zeros((*maps.shape[:2], 17)),
        }

    wrong = formats.Format(formats.get("saved_model").write, load)
    monkeypatch.setattr(formats, "KNOWN", {"wrong": wrong})
    with pytest.raises(errors.InputError, match=r"within 0\.01 mm"):
        exporter.export(
            tiny_generator,
            tmp_path / "out",
            format_name="wrong",
            preprocessor=PREPROCESSOR,
        )
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_is_refused_by_name():
    with pytest.raises(errors.InputError, match="Received: floppy"):
        formats.get("floppy")


def test_normalization_is_inside(exported, tiny_generator):
    # The signature takes heat maps as they are: no wrapper, no scaling around it.
    loaded = tf.saved_model.load(exported[0])
    maps = parity.sample(1, 4, shape=tiny_generator.heatmap_shape, seed=3)
    served = loaded.signatures["serving_default"](heatmaps=maps)
    direct = tiny_generator(maps, training=False)
    np.testing.assert_allclose(served["pose"], direct["pose"], atol=1e-3)
