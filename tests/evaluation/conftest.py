"""Records of smoothly moving points, and generators whose errors are known."""

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.data import clip as clips
from stpose_tf.data import pipeline, record_writer, virtual_cameras

ACTIONS = ("walk", "sit")


def _motion(frames, seed):
    rng = np.random.default_rng(seed)
    rest = rng.normal(size=(17, 3)) * [200, 200, 400] + [0, 0, 1000]
    phase = rng.uniform(0, 6, size=(17, 3))
    time = np.arange(frames)[:, np.newaxis, np.newaxis] / 9
    return (rest + 120 * np.sin(time + phase)).astype(np.float32)


def _clip(number, frames):
    joints, keypoints = _motion(frames, number), _motion(frames, number + 100)
    views = []
    for view in range(2):
        shot = virtual_cameras.shoot(
            joints,
            keypoints,
            seed=tf.constant([number, view], tf.int64),
            views=configs.ViewConfig(),
        )
        views.append(
            clips.View(
                keypoints=shot["keypoints"].numpy(),
                confidence=np.ones((frames, 17), np.float32),
                labelled=np.ones((frames, 17), bool),
                crop=shot["crop"].numpy(),
                image_size=virtual_cameras.IMAGE_SIZE,
                camera=shot["camera"],
            )
        )
    return clips.Clip(
        clip_id=f"clip{number}",
        dataset="points",
        subject=f"S{number % 2}",
        action=ACTIONS[number // 2 % 2],
        fps=50.0,
        input_skeleton="coco17",
        output_skeleton="h36m17",
        pose_world=joints,
        pose_valid=None,
        keypoints_world=keypoints,
        views=tuple(views),
    )


FRAMES = (75, 21, 60, 33)


@pytest.fixture(scope="package")
def points():
    """Four clips: subjects S0, S1; walk, sit; 75, 21, 60 and 33 frames; two views."""
    return tuple(_clip(number, frames) for number, frames in enumerate(FRAMES))


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
