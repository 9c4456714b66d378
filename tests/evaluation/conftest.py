"""Records of smoothly moving points, and generators whose errors are known."""

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_writer

ACTIONS = ("walk", "sit")


def _motion(frames, seed):
    rng = np.random.default_rng(seed)
    rest = rng.normal(size=(17, 3)) * [200, 200, 400] + [0, 0, 1000]
    phase = rng.uniform(0, 6, size=(17, 3))
    time = np.arange(frames)[:, np.newaxis, np.newaxis] / 9
    return (rest + 120 * np.sin(time + phase)).astype(np.float32)


FRAMES = (75, 21, 60, 33)


@pytest.fixture(scope="package")
def points(shoot_clip):
    """Four clips: subjects S0, S1; walk, sit; 75, 21, 60 and 33 frames; two views."""
    return tuple(
        shoot_clip(
            _motion(frames, number),
            _motion(frames, number + 100),
            seed=number,
            clip_id=f"clip{number}",
            dataset="points",
            subject=f"S{number % 2}",
            action=ACTIONS[number // 2 % 2],
        )
        for number, frames in enumerate(FRAMES)
    )


@pytest.fixture(scope="package")
def points_config(points, tmp_path_factory):
    """Settings to measure all of `points` at 25 fps in rows of 16 frames."""
    folder = tmp_path_factory.mktemp("points") / "records"
    with record_writer.RecordWriter(folder, num_shards=2) as writer:
        for clip in points:
            writer.write(clip)
    config = configs.ExperimentConfig(
        data=configs.DataConfig(records=(str(folder),), validation_subjects=("S1",)),
        evaluation=configs.EvaluationConfig(length=16, batch_size=3),
    )
    config.model.heatmap_size = (16, 16)
    return config


@pytest.fixture(scope="package")
def points_index(points_config):
    return pipeline.open_records(points_config)


@pytest.fixture
def constant_generator():
    """Returns a function that makes a generator which always answers one pose."""

    def make(pose, reach=3):
        def call(inputs, training):
            assert not training
            shape = tf.shape(inputs["heatmaps"])[:2]
            poses = tf.broadcast_to(
                tf.constant(pose, tf.float32), tf.concat([shape, [17, 3]], 0)
            )
            return {"pose": poses, "log_sigma": tf.zeros_like(poses[..., 0])}

        class Constant:
            context = (reach, reach)
            __call__ = staticmethod(call)

            def count_params(self):
                return 0

        return Constant()

    return make


@pytest.fixture
def looking_generator():
    """Returns a function that makes a generator whose answer tells what it saw."""

    def make(pose, reach=3):
        class Looking:
            context = (reach, reach)

            def __call__(self, inputs, training):
                maps = inputs["heatmaps"]
                seen = tf.reduce_sum(maps, axis=[1, 2, 3])[:, tf.newaxis, :, tf.newaxis]
                shape = tf.concat([tf.shape(maps)[:2], [17, 3]], 0)
                poses = tf.broadcast_to(pose * (1 + seen / 100), shape)
                return {"pose": poses, "log_sigma": tf.zeros_like(poses[..., 0])}

            def count_params(self):
                return 0

        return Looking()

    return make
