"""A walking figure by formula, and records of it."""

import dataclasses
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as schema
from stpose_tf.data.records import record_writer
from stpose_tf.geometry import heatmaps, skeletons

# Standing, facing +y, arms down; mm. Left is at negative x.
STANDING = {
    "hip": (0, 0, 950),
    "hip_side": (130, 0, 950),
    "knee": (130, 30, 520),
    "ankle": (130, 0, 80),
    "spine": (0, 0, 1180),
    "thorax": (0, 0, 1430),
    "shoulder": (180, 0, 1400),
    "elbow": (220, -20, 1120),
    "wrist": (230, 60, 880),
    "nose": (0, 90, 1560),
    "head": (0, 0, 1700),
    "eye": (30, 80, 1600),
    "ear": (70, 0, 1580),
}


def standing(skeleton_name):
    rows = []
    for name in skeletons.get(skeleton_name).joints:
        side, _, part = name.partition("_")
        if part:
            x, y, z = STANDING["hip_side" if part == "hip" else part]
            rows.append((x if side == "right" else -x, y, z))
        else:
            rows.append(STANDING[name])
    return np.array(rows, np.float64)


def figure(skeleton_name, frames, *, phase):
    """Returns the figure swinging its limbs and walking in a circle, mm."""
    rest = standing(skeleton_name)
    time = np.arange(frames)[:, np.newaxis] / 12.0 + phase
    lift = np.maximum(950.0 - rest[:, 2], 0.0)
    sides = np.sign(rest[:, 0])
    swing = 0.3 * lift * np.sin(time) * sides  # [time, joints]
    body = np.tile(rest, (frames, 1, 1))
    body[..., 1] += swing
    angle = 0.15 * time
    cosine, sine = np.cos(angle), np.sin(angle)
    x = cosine * body[..., 0] - sine * body[..., 1] + 800.0 * cosine
    y = sine * body[..., 0] + cosine * body[..., 1] + 800.0 * sine
    return np.stack([x, y, body[..., 2]], axis=-1).astype(np.float32)


@pytest.fixture
def make_motion():
    """Returns a function that gives joints and keypoints of the figure."""

    def make(frames=64, phase=0.0):
        joints = figure("h36m17", frames, phase=phase)
        return joints, figure("coco17", frames, phase=phase)

    return make


@pytest.fixture
def make_clip(make_motion, shoot_clip):
    """Returns a function that makes a clip, shot by `views` virtual cameras."""

    def make(
        name, *, frames=64, subject="s1", views=2, maps=None, pose=True, camera=True
    ):
        number = sum(name.encode())
        joints, keypoints = make_motion(frames, phase=number / 7.0)
        clip = shoot_clip(
            joints,
            keypoints,
            seed=number,
            views=views,
            clip_id=name,
            dataset="figures",
            subject=subject,
            action="walk",
        )
        seen = [
            dataclasses.replace(
                view,
                camera=view.camera if camera else None,
                heatmaps=None if maps is None else _maps(view, maps),
            )
            for view in clip.views
        ]
        clip = dataclasses.replace(clip, views=tuple(seen))
        if not pose:
            clip = dataclasses.replace(clip, pose_world=None, keypoints_world=None)
        return clip

    return make


def _maps(view, size):
    crop = view.crop[:, np.newaxis]
    unit = (view.keypoints - crop[..., :2]) / crop[..., 2:3] + 0.5
    places = unit * [size[1], size[0]] - 0.5
    sigma = np.full((*view.confidence.shape, 1), 1.8)
    peaks = np.concatenate([places, sigma, sigma / 1.8], -1)[:, :, np.newaxis]
    return heatmaps.render(peaks.astype(np.float32), size).numpy()


@pytest.fixture
def write_records(tmp_path):
    """Returns a function that writes clips and returns the folder."""

    def write(*members, name="records", num_shards=2):
        folder = tmp_path / name
        with record_writer.RecordWriter(folder, num_shards=num_shards) as writer:
            for member in members:
                writer.write(member)
        return folder

    return write


@pytest.fixture
def small_config():
    """Returns a function that gives settings with 32 x 32 heat maps.

    Of the augmentations only some, for the graph's start-up takes most of a test.
    """

    def make(*folders, **data):
        config = schema.ExperimentConfig(
            data=schema.DataConfig(records=tuple(map(str, folders)), **data)
        )
        for name in ("frames", "run", "limb", "joint", "area", "noise", "second_peak"):
            setattr(config.augment, name, 0.0)
        for name in ("shift", "swap", "crop_jitter", "roll"):
            setattr(config.augment, name, 0.0)
        config.model.heatmap_size = (32, 32)
        config.evaluation.temporal_stride = 1
        config.evaluation.batch_size = 4
        return config

    return make


@pytest.fixture(scope="session")
def asf_amc_writer():
    """Returns `write_asf_amc(folder, subject, trial, ...)`: files in CMU's format.

    It returns where every bone ends as well; see `tests/support/asf_amc_writer.py`.
    """
    name = "asf_amc_writer"
    path = Path(__file__).parents[1] / "support" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_asf_amc
