"""Fixtures shared by all tests; also splits the CPU in two so that replicas exist."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.data import clip as clips
from stpose_tf.data import virtual_cameras
from stpose_tf.models import model_builders
from stpose_tf.training import checkpoints

_ROOT = Path(__file__).parent.parent
# Runs predict several times: starting TensorFlow takes longer than all of them.
_PREDICT = """
import json, sys
from absl import flags
from stpose_tf import errors, predict
predict.define_flags()
for arguments in json.loads(sys.argv[1]):
    for name in flags.FLAGS:
        flags.FLAGS[name].unparse()
    try:
        flags.FLAGS(["predict", *arguments])
        predict.main([])
        print("DONE")
    except (errors.InputError, flags.Error) as error:
        print("REFUSED", " ".join(str(error).split()))
"""
# Joints of `h36m17` but the hip in mm from it, x right, y down: what the network that
# was never trained says in every frame.
_ALWAYS = np.array(
    [
        [-130, 0, 0], [-130, 430, 0], [-130, 840, 0], [130, 0, 0], [130, 430, 0],
        [130, 840, 0], [0, -220, 0], [0, -500, 0], [0, -600, -60], [0, -720, 0],
        [160, -480, 0], [190, -210, 0], [200, 30, 0], [-160, -480, 0],
        [-190, -210, 0], [-200, 30, 0],
    ]
)  # fmt: skip


def pytest_configure(config):
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(0)


@pytest.fixture(params=[1, 2], ids=["one_replica", "two_replicas"])
def strategy(request):
    if request.param == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@pytest.fixture(scope="session")
def shoot_clip():
    """Returns a function that makes a clip of a motion, shot by virtual cameras."""

    def shoot(joints, keypoints, *, seed, views=2, fps=50.0, **names):
        """`names` are clip_id, dataset, subject and action."""
        found = []
        for view in range(views):
            shot = virtual_cameras.shoot(
                joints,
                keypoints,
                seed=tf.constant([seed, view], tf.int64),
                views=configs.ViewConfig(),
            )
            seen = np.ones(keypoints.shape[:2], bool)
            found.append(
                clips.View(
                    keypoints=shot["keypoints"].numpy(),
                    confidence=seen.astype(np.float32),
                    labelled=seen,
                    crop=shot["crop"].numpy(),
                    image_size=virtual_cameras.IMAGE_SIZE,
                    camera=shot["camera"],
                )
            )
        return clips.Clip(
            fps=fps,
            input_skeleton="coco17",
            output_skeleton="h36m17",
            pose_world=joints,
            pose_valid=None,
            keypoints_world=keypoints,
            views=tuple(found),
            **names,
        )

    return shoot


@pytest.fixture
def check_layer(tmp_path):
    """Returns a function that holds a layer on one tensor to its contract."""

    def check(layer, inputs, shape):
        outputs = layer(inputs, training=False)
        assert outputs.shape == shape
        symbolic = layer(keras.Input(inputs.shape[1:]))
        assert symbolic.shape == (None, *shape[1:])
        graph = tf.function(layer)(inputs, training=False)
        np.testing.assert_allclose(graph, outputs, atol=1e-5)
        config = layer.get_config()
        assert type(layer).from_config(config).get_config() == config
        given = keras.Input(inputs.shape[1:])
        model = keras.Model(given, layer(given))
        model.save(tmp_path / "layer.keras")
        again = keras.saving.load_model(tmp_path / "layer.keras")
        np.testing.assert_allclose(again(inputs), outputs, atol=1e-5)
        half = type(layer).from_config({**config, "dtype": "mixed_bfloat16"})
        assert half(inputs).dtype == tf.bfloat16
        assert {v.dtype for v in half.weights} <= {"float32"}

    return check


@pytest.fixture
def check_augmentation():
    """Returns a function that holds an augmentation to its contract."""

    def check(op, example, seed=(7, 0)):
        seed = tf.constant(seed, tf.int64)
        before = tf.nest.map_structure(tf.identity, example)
        eager = op(example, seed)
        tf.nest.map_structure(np.testing.assert_array_equal, example, before)
        source = tf.data.Dataset.from_tensors(example)
        mapped = source.map(lambda e: op(e, seed))
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5, rtol=1e-5),
            eager,
            mapped.get_single_element(),
        )
        assert mapped.element_spec == source.element_spec
        return eager

    return check


@pytest.fixture(scope="session")
def untrained_preset(tmp_path_factory):
    """A small network that says the same pose of every frame."""
    config = configs.ExperimentConfig(name="untrained")
    config.model.heatmap_size = (16, 16)
    config.model.embedding_size = 16
    config.model.channels = 8
    config.model.head_channels = 16
    config.evaluation.temporal_stride = 1
    generator = model_builders.build_generator(config.model)
    generator.head.position.bias.assign(_ALWAYS.ravel() / 1000.0)
    folder = tmp_path_factory.mktemp("models") / "untrained"
    description = checkpoints.preprocessor(
        config, fps=30.0, mean_pose=np.zeros((17, 3))
    )
    checkpoints.save_preset(
        folder,
        generator,
        config,
        description=description,
        card="",
    )
    return folder


@pytest.fixture(scope="session")
def run_predict():
    """Runs the predict command with several lists of arguments, in one process.

    It cannot reach the network, nor models that this machine has.
    """

    def run(*calls):
        done = subprocess.run(
            [sys.executable, "-c", _PREDICT, json.dumps(calls)],
            capture_output=True,
            text=True,
            cwd=_ROOT,
            env={
                **{k: v for k, v in os.environ.items() if k != "STPOSE_MODELS"},
                "XDG_CACHE_HOME": "/nowhere",
                "https_proxy": "http://127.0.0.1:9",
            },
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers = [
            line
            for line in done.stdout.splitlines()
            if line.startswith(("DONE", "REFUSED"))
        ]
        assert len(answers) == len(calls)
        return answers, done

    return run


@pytest.fixture(scope="session")
def write_detector():
    """Writes an ONNX network that says the same of every image."""
    onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")
    kinds = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}

    def write(path, outputs, *, size=(64, 96), image="images", extra=(), batch=1):
        helper = onnx.helper
        inputs = [helper.make_tensor_value_info(image, 1, [batch, 3, *size])]
        nodes, constants, made = [], [], []
        for name, shape in extra:
            inputs.append(helper.make_tensor_value_info(name, 7, shape))
        for name, array in outputs.items():
            array = np.asarray(array)
            constants.append(onnx.numpy_helper.from_array(array, f"{name}_value"))
            nodes.append(helper.make_node("Identity", [f"{name}_value"], [name]))
            kind = kinds[array.dtype]
            made.append(helper.make_tensor_value_info(name, kind, array.shape))
        graph = helper.make_graph(nodes, "test", inputs, made, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.save(model, path)
        return path

    return write


@pytest.fixture
def open_page(tmp_path):
    """Opens a page in headless Chromium and returns what it left and said."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None:
        pytest.skip("Chromium is not installed")

    def open_it(page, fragment=""):
        file = tmp_path / "viewer.html"
        file.write_text(page)
        return subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--window-size=1000,700",
                "--virtual-time-budget=3000",
                "--enable-logging=stderr",
                "--dump-dom",
                f"{file.as_uri()}{fragment}",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )

    return open_it
