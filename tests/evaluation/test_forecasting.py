import copy

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import clip as clips
from stpose_tf.data import pipeline, virtual_cameras
from stpose_tf.data.records import record_writer
from stpose_tf.evaluation import angle_error, angle_forecasts, forecasting
from stpose_tf.geometry import skeletons

SEEN, FUTURE = 20, 10
REST = np.random.default_rng(0).normal(scale=250, size=(17, 3)) + np.array([0, 0, 1000])
SPEED = np.random.default_rng(1).normal(scale=4, size=(17, 3))  # mm per frame


def _clip(name, frames, motion, *, subject="S5"):
    joints = motion(np.arange(frames)[:, None, None]).astype(np.float32)
    shot = virtual_cameras.shoot(
        joints, joints, seed=tf.constant([1, 2], tf.int64), views=configs.ViewConfig()
    )
    view = clips.View(
        keypoints=shot["keypoints"].numpy(),
        confidence=np.ones((frames, 17), np.float32),
        labelled=np.ones((frames, 17), bool),
        crop=shot["crop"].numpy(),
        image_size=virtual_cameras.IMAGE_SIZE,
        camera=shot["camera"],
    )
    return clips.Clip(
        clip_id=name,
        dataset="h36m",
        subject=subject,
        action=name.partition("/")[2].partition(" ")[0],
        fps=50.0,
        input_skeleton="coco17",
        output_skeleton="h36m17",
        pose_world=joints,
        pose_valid=None,
        keypoints_world=joints,
        views=(view,),
    )


def _config(folder, made):
    with record_writer.RecordWriter(folder, num_shards=1) as writer:
        for clip in made:
            writer.write(clip)
    config = configs.ExperimentConfig(
        data=configs.DataConfig(records=(str(folder),)),
        evaluation=configs.EvaluationConfig(length=16, batch_size=4),
    )
    config.model.heatmap_size = (16, 16)
    return config


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """Two clips in which every joint moves on a line with constant speed."""

    def motion(time):
        return REST + SPEED * time

    folder = tmp_path_factory.mktemp("straight") / "records"
    made = [_clip("S5/a", 2 * 51, motion), _clip("S5/b", 2 * SEEN, motion)]
    return _config(folder, made)


def test_windows_score_each_frame_once_and_stay_inside(straight):
    indexes = pipeline.open_records(straight)
    rows = forecasting.plan(straight, indexes, split="all", seen=SEEN, future=FUTURE)
    # 51 frames at 25 fps hold three windows of 30; the other clip holds none.
    assert [(row.clip, row.start) for row in rows] == [(0, 0), (0, 10), (0, 20)]
    scored = [f for row in rows for f in range(row.score_from, row.score_to)]
    assert scored == list(range(20, 50))
    with pytest.raises(errors.InputError, match=r"clip of 90 frames .* Received: 51"):
        forecasting.plan(straight, indexes, split="all", seen=80, future=FUTURE)


def test_baselines_of_motion_on_a_line(straight, constant_generator):
    indexes = pipeline.open_records(straight)
    rows = forecasting.plan(straight, indexes, split="all", seen=SEEN, future=FUTURE)
    pose = np.random.default_rng(5).normal(scale=300, size=(17, 3))
    found = forecasting.predict(
        constant_generator(pose),
        straight,
        indexes,
        rows=rows,
        seen=SEEN,
        future=FUTURE,
        detector=True,
    )
    curves = forecasting.errors_by_method(found)
    # Relative to the root, two frames of the records to one of the evaluation.
    speed = np.linalg.norm(2 * (SPEED - SPEED[0]), axis=-1).mean()
    steps = 1 + np.arange(FUTURE)
    np.testing.assert_allclose(curves["last true pose kept"], speed * steps, rtol=1e-3)
    np.testing.assert_allclose(curves["last true pose moving on"], 0, atol=0.05)
    # A constant answer stands still: where the future's crops lie is not known.
    np.testing.assert_allclose(curves["model"], curves["last estimate kept"], rtol=1e-9)
    assert [forecast.start for forecast in found] == [0, 10, 20]


def test_the_model_sees_nothing_of_the_future(straight):
    seen = []

    class Watching:
        context = (0, 0)

        def count_params(self):
            return 0

        def __call__(self, inputs, training):
            brightest = tf.reduce_max(inputs["heatmaps"], axis=[2, 3, 4])
            tf.py_function(lambda b: seen.append(b.numpy()), [brightest], [])
            poses = tf.zeros([*brightest.shape, 17, 3])
            return {"pose": poses, "log_sigma": poses[..., 0]}

    indexes = pipeline.open_records(straight)
    rows = forecasting.plan(straight, indexes, split="all", seen=SEEN, future=FUTURE)
    forecasting.predict(
        Watching(),
        straight,
        indexes,
        rows=rows,
        seen=SEEN,
        future=FUTURE,
        detector=True,
    )
    brightest = np.concatenate(seen)[:3]
    assert (brightest[:, :SEEN] > 0).all()
    assert (brightest[:, SEEN:] == 0).all()


def test_horizons_lie_between_frames():
    curve = [10.0, 20.0, 40.0, 40.0]
    found = forecasting.at_horizons(curve, fps=25.0, horizons_ms=(40, 60, 160, 200))
    assert found == {"40": 10.0, "60": 15.0, "160": 40.0, "200": None}
    assert forecasting.at_horizons(curve, fps=25.0, horizons_ms=(20,)) == {"20": 10.0}
    assert forecasting.future_frames(25.0) == 25
    assert forecasting.future_frames(30.0) == 30
    assert forecasting.future_frames(24.0, 80) == 2


@pytest.fixture(scope="module")
def walking(tmp_path_factory):
    """Both recordings of subject 5 walking, 50 fps."""
    phases = np.random.default_rng(7).uniform(0, 6, size=(17, 3))

    def motion(time):
        return REST + 90 * np.sin(time / 11 + phases)

    folder = tmp_path_factory.mktemp("walking") / "records"
    made = [_clip("S5/Walking 1", 361, motion), _clip("S5/Walking", 402, motion)]
    return _config(folder, made), made


def test_angle_errors_are_those_of_the_seeded_windows(walking, constant_generator):
    config, made = walking
    pose = np.random.default_rng(8).normal(scale=300, size=(17, 3))
    found = angle_forecasts.measure(
        constant_generator(pose),
        config,
        pipeline.open_records(config),
        actions=("Walking", "Eating"),
    )
    assert list(found) == ["Walking"]
    # The same from the motion itself: every second frame, 181 and 201 of them.
    skeleton = skeletons.get("h36m17")
    curves = []
    for recording, start in angle_error.window_starts((181, 201)):
        truth = made[recording].pose_world[::2][start + 50 : start + 75]
        constant = np.broadcast_to(pose, truth.shape)
        curves.append(angle_error.from_positions(constant, truth, skeleton=skeleton))
    mean = np.mean(curves, axis=0)
    places = dict(
        zip(("80", "160", "320", "560", "1000"), (1, 3, 7, 13, 24), strict=True)
    )
    for horizon, place in places.items():
        assert found["Walking"][horizon] == pytest.approx(mean[place], abs=1e-3)


def test_recordings_are_subject_5s_sub_actions_in_their_order():
    # formats.md appendix B, column S5; all others are "1" and the bare name.
    others = {
        "Directions": ("1", "2"),
        "Discussion": ("2", "3"),
        "Greeting": ("1", "2"),
        "Photo": ("", "2"),
        "SittingDown": ("", "1"),
        "Waiting": ("1", "2"),
    }
    assert len(angle_forecasts.RECORDINGS) == 15
    for action, names in angle_forecasts.RECORDINGS.items():
        numbers = others.get(action, ("1", ""))
        assert names == tuple(f"{action} {number}".strip() for number in numbers)


def test_angle_errors_are_of_what_was_detected(walking, looking_generator):
    config, _ = walking
    generator = looking_generator(np.random.default_rng(8).normal(size=(17, 3)))
    indexes = pipeline.open_records(config)
    measured = angle_forecasts.measure(generator, config, indexes, actions=("Walking",))
    rows = angle_forecasts.windows(config, indexes, "Walking")

    def first_error(*, detector):
        forecasts = forecasting.predict(
            generator,
            config,
            indexes,
            rows=rows,
            seen=50,
            future=25,
            detector=detector,
        )
        curves = [
            angle_error.from_positions(
                one.poses["model"], one.truths, skeleton=skeletons.get("h36m17")
            )
            for one in forecasts
        ]
        return np.mean(curves, axis=0)[1]

    without = first_error(detector=False)
    assert without != pytest.approx(first_error(detector=True), rel=1e-3)
    assert measured["Walking"]["80"] == pytest.approx(without)


def test_other_rates_skeletons_and_clips_are_refused(walking, constant_generator):
    config, _ = walking
    indexes = pipeline.open_records(config)
    generator = constant_generator(np.zeros((17, 3)))
    with pytest.raises(errors.InputError, match="S5/Eating 1, S5/Eating"):
        angle_forecasts.measure(generator, config, indexes, actions=("Eating",))
    other = copy.deepcopy(config)
    other.model.output_skeleton = "smpl24"
    with pytest.raises(errors.InputError, match="Received: smpl24"):
        angle_forecasts.measure(generator, other, indexes, actions=("Walking",))
