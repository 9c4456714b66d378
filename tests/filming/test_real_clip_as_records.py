"""A real clip: record -> input pipeline -> the pose that predict gives."""

import os
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import stage_clock
from stpose_tf.data.conversion import (
    conversion_plan,
    conversion_run,
    shard_conversion,
    worker_pool,
)
from stpose_tf.data.records import record_checks, record_index
from stpose_tf.data.sources.own import people_in_videos
from stpose_tf.filming.detected_heatmaps import DetectedHeatmaps
from stpose_tf.lifting import intrinsics, pose_lifter, video_people
from stpose_tf.models import model_builders
from stpose_tf.networks2d import blazepose, model_files
from stpose_tf.networks2d.network_choice import NetworkChoice
from stpose_tf.people import blazepose_detector, person_tracker
from stpose_tf.training import checkpoints
from stpose_tf.video import frame_source

pytest.importorskip("av", reason="the extra 'video' is not installed")
CLIP = Path(__file__).parents[3] / "shared" / "video" / "demo.mp4"
CLIP = Path(os.environ.get("STPOSE_CLIP", CLIP))
NETWORK = NetworkChoice(name="blazepose_lite")
# Records have heat maps in 256 steps; nothing else is different.
TOLERANCE = 3.0  # mm, the mean over the joints of every frame
LARGEST = 15.0  # mm, one joint in one frame


@pytest.fixture(scope="module")
def clip():
    if not CLIP.exists():
        pytest.skip("no real clip here: STPOSE_CLIP names it")
    for name in ("blazepose_detector", "blazepose_lite"):
        if model_files.find(name) is None:
            pytest.skip(f"no {name} here: tools/fetch_models.py fetches it")
    return CLIP


@pytest.fixture(scope="module")
def model():
    """A trained model where STPOSE_PRESET names one; else one with random weights."""
    if named := os.environ.get("STPOSE_PRESET"):
        return checkpoints.load_generator(named)
    config = configs.ExperimentConfig()
    config.model.strides = (1, 2)
    config.model.embedding_size, config.model.channels = 32, 16
    generator = model_builders.build_generator(config.model)
    rng = np.random.default_rng(0)
    weights = [rng.normal(scale=0.15, size=w.shape) for w in generator.get_weights()]
    generator.set_weights(weights)
    return generator, config


@pytest.mark.slow
def test_records_of_a_clip_give_the_poses_that_predict_gives(
    clip, model, pipeline_poses, tmp_path
):
    generator, config = model
    lifter = pose_lifter.PoseLifter(generator)
    source = frame_source.open_source(str(clip))
    camera = intrinsics.assumed(source.image_size)
    expected = dict(
        video_people.lift(
            source,
            person_tracker.PersonTracker(
                blazepose.load("lite"), blazepose_detector.load(), fps=source.fps
            ),
            lifter,
            picks=list(range(17)),
            model_fps=source.fps,
            camera=camera,
            clock=stage_clock.StageClock(),
        )
    )
    source.close()

    planned = people_in_videos.find(clip, longest_gap=lifter.context)
    plan = conversion_plan.make(planned, subjects=())
    folder = tmp_path / "records"
    settings = shard_conversion.ClipSettings(
        dataset="videos",
        num_views=1,
        seed=0,
        heatmap_size=None,
        heatmap_source=DetectedHeatmaps(network=NETWORK, videos=None, size=(64, 64)),
    )
    with conversion_run.kept_shards(folder) as partial:
        conversion_run.write(
            plan,
            plan.tasks(partial, settings=settings),
            folder=folder,
            engine=lambda tasks: worker_pool.run(
                tasks, jobs=1, tell=lambda name, frames: None
            ),
            begin=lambda clips: None,
        )
    index, damage = record_checks.verify(record_index.load(folder), strict=True)
    assert damage == ()
    assert (index.input_skeleton, index.heatmap_size) == ("coco17", (64, 64))

    found = pipeline_poses(folder, generator, config, camera)
    wanted = {
        f"{clip.stem}_{number}" + (f".{place}" if place else ""): lifted.poses
        for number, stretches in expected.items()
        for place, lifted in enumerate(stretches)
    }
    assert sorted(wanted) == [entry.id for entry in index.clips]
    for name, poses in wanted.items():
        assert found[name].shape == poses.shape
        apart = np.linalg.norm(found[name] - poses, axis=-1)
        assert poses.std(axis=0).mean() > 10.0  # mm; the network sees the motion
        assert apart.mean(axis=1).max() < TOLERANCE
        assert apart.max() < LARGEST
