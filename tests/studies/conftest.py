"""Made-up motion as records, and runs that were never trained."""

import json
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf.data.records import record_index, record_writer
from stpose_tf.models import model_builders
from stpose_tf.motion import generator
from stpose_tf.training import checkpoints, workdir


@pytest.fixture(scope="session")
def make_records(shoot_clip):
    """Returns a function that writes made-up motion as records of any dataset."""

    def make(folder, members, *, dataset, fps=60.0, seconds=100 / 60, views=2):
        """`members` are (clip id, subject, action)."""
        with record_writer.RecordWriter(folder, num_shards=1) as writer:
            for number, (clip_id, subject, action) in enumerate(members):
                kind = generator.ACTIONS[number % len(generator.ACTIONS)]
                made = generator.generate(kind, seconds=seconds, fps=fps, seed=number)
                clip = shoot_clip(
                    made.joints_world,
                    made.keypoints_world,
                    seed=number,
                    views=views,
                    fps=made.fps,
                    clip_id=clip_id,
                    dataset=dataset,
                    subject=subject,
                    action=action,
                )
                writer.write(clip)
        return record_index.load(folder)

    return make


@pytest.fixture(scope="package")
def motion_records(make_records, tmp_path_factory):
    """Five people, P01 to P05, one clip each of 100 frames at 60 fps, two views."""
    folder = tmp_path_factory.mktemp("motion") / "records"
    people = [(f"P0{n}_clip", f"P0{n}", f"action{n}") for n in range(1, 6)]
    make_records(folder, people, dataset="procedural")
    return folder


@pytest.fixture(scope="package")
def motion_indexes(motion_records):
    return (record_index.load(motion_records),)


@pytest.fixture
def tiny_settings():
    """Settings of networks of a few thousand weights, two steps."""
    config = configs.ExperimentConfig(name="tiny")
    config.model.heatmap_size = (16, 16)
    config.model.embedding_size = 8
    config.model.channels = 8
    config.model.blocks = 1
    config.model.head_channels = 8
    config.discriminator.channels = 8
    config.data.length = 16
    config.data.batch_size = 1
    config.data.temporal_strides = (1,)
    config.data.validation_subjects = ("P01",)
    config.training.steps = 2
    config.training.steps_per_epoch = 1
    config.training.evaluate_every = 10
    config.optimizer.warmup_steps = 1
    config.evaluation.length = 48
    config.evaluation.views = 1
    return config


@pytest.fixture(scope="session")
def pretend_to_train():
    """Returns a function that leaves first weights where a run would be trained."""

    def pretend(folder, config, *, fps=60.0):
        workdir.prepare(folder, config)
        checkpoints.save_preset(
            folder / workdir.BEST,
            model_builders.build_generator(config.model),
            config,
            description=checkpoints.preprocessor(
                config, fps=fps, mean_pose=np.zeros((17, 3))
            ),
            card="# A card\n",
        )
        workdir.append_log(folder, {"step": config.training.steps})

    return pretend


@pytest.fixture(scope="session")
def expect_whole_page():
    """Returns a function that checks a written report."""

    def check(folder, name, *, pictures):
        web = (folder / f"{name}.html").read_text()
        text = (folder / f"{name}.md").read_text()
        assert web.count("<svg") == pictures
        # Nothing is loaded: the only addresses are XML's own names.
        for scheme in ("http://", "https://"):
            for part in web.split(scheme)[1:]:
                assert part.startswith(("www.w3.org/2000/svg", "www.w3.org/1999/xlink"))
        for word in ("<metadata", "<!DOCTYPE svg", "<script", "<link", "<img"):
            assert word not in web, word
        for number in range(1, pictures + 1):
            file = Path(folder / f"{name}-{number}.svg")
            assert f"({file.name})" in text
            assert file.read_text().startswith("<svg")
        json.loads((folder / f"{name}.json").read_text())
        return text

    return check
