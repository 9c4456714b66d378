"""Fixtures shared by all tests; also splits the CPU in two so that replicas exist."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as settings
from stpose_tf.data import clip as clips
from stpose_tf.data import virtual_cameras


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
                views=settings.ViewConfig(),
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
