import json
import shutil

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.models import model_builders
from stpose_tf.training import checkpoints


@pytest.fixture
def mean_pose():
    return np.arange(51, dtype=np.float64).reshape(17, 3) / 8


@pytest.fixture
def saved(tmp_path, tiny_config, mean_pose):
    generator = model_builders.build_generator(tiny_config.model)
    checkpoints.save_preset(
        tmp_path / "best",
        generator,
        tiny_config,
        description=checkpoints.preprocessor(
            tiny_config, fps=60.0, mean_pose=mean_pose
        ),
        card="# A card\n",
    )
    return tmp_path, generator


def test_a_work_directory_and_its_preset_give_the_same_model(saved, tiny_config):
    folder, generator = saved
    for path in (folder, folder / "best"):
        loaded, config = checkpoints.load_generator(path)
        assert config == tiny_config
        for a, b in zip(generator.weights, loaded.weights, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_preset_says_what_goes_in_and_out(saved, mean_pose):
    folder, _ = saved
    content = checkpoints.load_preprocessor(folder)
    assert content["input"]["joints"][0] == "nose"
    assert content["output"]["joints"][0] == "hip"
    assert content["heatmap_size"] == [16, 16]
    assert content["fps"] == 30.0
    assert content["unit"] == "mm"
    np.testing.assert_array_equal(checkpoints.load_mean_pose(folder), mean_pose)
    assert (folder / "best" / "README.md").read_text() == "# A card\n"


def test_a_new_preset_replaces_the_old_one(saved, tiny_config, mean_pose):
    folder, generator = saved
    generator.set_weights([weight + 1 for weight in generator.get_weights()])
    checkpoints.save_preset(
        folder / "best",
        generator,
        tiny_config,
        description=checkpoints.preprocessor(
            tiny_config, fps=60.0, mean_pose=mean_pose
        ),
        card="",
    )
    loaded, _ = checkpoints.load_generator(folder)
    np.testing.assert_array_equal(loaded.get_weights()[0], generator.get_weights()[0])
    assert sorted(path.name for path in folder.iterdir()) == ["best"]


def test_a_preset_of_another_keypoint_order_is_refused(saved):
    path = saved[0] / "best" / "preprocessor.json"
    content = json.loads(path.read_text())
    joints = content["input"]["joints"]
    joints[0], joints[1] = joints[1], joints[0]
    path.write_text(json.dumps(content))
    with pytest.raises(errors.InputError, match="expected input to be"):
        checkpoints.load_generator(saved[0])


def test_weights_of_another_network_are_refused(saved, tiny_config):
    tiny_config.model.channels = 4
    configs.save(tiny_config, saved[0] / "best" / "config.json")
    with pytest.raises(errors.InputError, match=r"model\.weights\.h5.*Received"):
        checkpoints.load_generator(saved[0])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: shutil.rmtree(f / "best"), "expected a preset"),
        (lambda f: (f / "best" / "model.weights.h5").unlink(), "no model.weights.h5"),
        (lambda f: (f / "best" / "model.weights.h5").write_text("x"), "weights.h5"),
        (lambda f: (f / "best" / "preprocessor.json").write_text("{"), "JSON"),
        (lambda f: (f / "best" / "preprocessor.json").write_text("{}"), "schema"),
        (lambda f: shutil.rmtree(f), "no such folder"),
    ],
)
def test_what_is_no_preset_is_refused(saved, damage, says):
    folder, _ = saved
    damage(folder)
    with pytest.raises(errors.InputError, match=says):
        checkpoints.load_generator(folder)


def test_a_run_before_its_first_validation_has_no_model(tmp_path, tiny_config):
    configs.save(tiny_config, tmp_path / "config.json")
    with pytest.raises(errors.InputError, match="first validation"):
        checkpoints.load_generator(tmp_path)
