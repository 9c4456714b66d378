import copy

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.evaluation import conditions, evaluator
from stpose_tf.geometry import alignment


def _evaluate(generator, config, index, split="all", names=("clean",), **options):
    return evaluator.evaluate(
        generator,
        config,
        index,
        split=split,
        conditions=conditions.get(names),
        **options,
    )


def _all_frames(found):
    return [result.all_frames() for result in found.results]


def _truths(points, subject=None):
    """Root-relative poses of all views at 25 fps in the camera frame, by clip."""
    poses = []
    for clip in points:
        if subject not in (None, clip.subject):
            continue
        world = clip.pose_world[::2].astype(np.float64)
        for view in clip.views:
            camera = world @ np.asarray(view.camera.rotation, np.float64).T
            poses.append((clip.action, camera - camera[:, :1]))
    return poses


def test_answering_nothing_is_wrong_by_the_truth(
    points, points_config, points_index, constant_generator
):
    # |0 - X| does not depend on any rotation: every frame, joint and clip must count.
    found = _evaluate(
        constant_generator(np.zeros((17, 3))), points_config, points_index
    )
    truths = _truths(points)
    lengths = np.concatenate([np.linalg.norm(p, axis=-1) for _, p in truths])
    frames = found.value("clean", "frames")
    assert found.value("clean", "occluded_joints") == 0
    assert found.value("clean", "missing_frame_mpjpe_mm") is None
    assert frames == len(lengths) == 2 * (38 + 11 + 30 + 17)
    assert found.value("clean", "mpjpe_mm") == pytest.approx(lengths.mean(), rel=1e-5)
    # A pose without extent is moved to the middle of the truth.
    spread = [np.linalg.norm(p - p.mean(1, keepdims=True), axis=-1) for _, p in truths]
    assert found.value("clean", "p_mpjpe_mm") == pytest.approx(
        np.concatenate(spread).mean(), rel=1e-5
    )
    speeds = [np.linalg.norm(np.diff(p, axis=0), axis=-1).mean() for _, p in truths]
    expected = np.average(speeds, weights=[len(p) for _, p in truths])
    assert found.value("clean", "mpjve_mm_per_frame") == pytest.approx(
        expected, rel=1e-4
    )
    assert found.value("clean", "mpjve_mm_per_second") == pytest.approx(
        25 * expected, rel=1e-4
    )


def test_actions_and_the_held_out_subject_are_kept_apart(
    points, points_config, points_index, constant_generator
):
    found = _evaluate(
        constant_generator(np.zeros((17, 3))),
        points_config,
        points_index,
        split="validation",
    )
    (result,) = found.results
    assert list(result.subjects()) == ["S1"]
    for action, summary in result.actions().items():
        mine = [p for name, p in _truths(points, "S1") if name == action]
        expected = np.concatenate([np.linalg.norm(p, axis=-1) for p in mine]).mean()
        assert summary["mpjpe_mm"] == pytest.approx(expected, rel=1e-5)
    assert found.about["subjects"] == ["S1"]
    assert found.about["frames"] == 2 * (11 + 17)
    assert found.about["fps"] == [25.0]


def test_the_prediction_is_turned_into_the_camera_frame(
    points_config, points_index, constant_generator
):
    # Y = R X must come back as X; here X is one pose and Y the answer to one view.
    rng = np.random.default_rng(0)
    poses = rng.normal(size=(4, 5, 17, 3)) * 300
    rotations = np.linalg.qr(rng.normal(size=(4, 5, 3, 3)))[0]
    turned = np.einsum("btij,btkj->btki", rotations, poses)
    np.testing.assert_allclose(evaluator.to_camera_frame(turned, rotations), poses)


def test_a_generator_that_knows_the_truth_has_no_error(
    points_config, points_index, constant_generator, monkeypatch
):
    """The truth is hidden in the heat maps, in the crop frame as a model answers."""
    real = pipeline.build_eval

    def with_truth(*args, **options):
        def hide(batch):
            turned = tf.einsum("btij,btkj->btki", batch["crop_rotation"], batch["pose"])
            return {**batch, "heatmaps": turned}

        return real(*args, **options).map(hide)

    monkeypatch.setattr(pipeline, "build_eval", with_truth)
    oracle = constant_generator(np.zeros((17, 3)))
    type(oracle).__call__ = staticmethod(
        lambda inputs, training: {
            "pose": inputs["heatmaps"],
            "log_sigma": tf.zeros_like(inputs["heatmaps"][..., 0]),
        }
    )
    found = _evaluate(oracle, points_config, points_index)
    assert found.value("clean", "mpjpe_mm") < 1e-3
    assert found.value("clean", "mpjve_mm_per_frame") < 1e-3
    assert found.value("clean", "pck_150") == 100


def test_hidden_frames_are_counted_and_measured_apart(
    points_config, points_index, constant_generator
):
    found = _evaluate(
        constant_generator(np.zeros((17, 3))),
        points_config,
        points_index,
        names=("frames10", "points30"),
    )
    hidden = found.value("frames10", "missing_frame_joints")
    occluded = found.value("frames10", "occluded_joints")
    assert hidden % 17 == 0
    assert occluded == hidden / 17 * 16  # all but the root
    # Rows of 16 frames with 3 of context score 13, 10, ...: ten are hidden in most.
    assert 0.5 < hidden / 17 / found.value("frames10", "frames") <= 1
    assert found.value("frames10", "missing_frame_mpjpe_mm") > 0
    # 12 limb joints and the nose hide with 0.3, the two middles of two with 0.09.
    joints = found.value("points30", "occluded_joints")
    share = joints / found.value("points30", "frames") / 16
    assert 0.2 < share < 0.3


def test_the_mean_pose_is_scored_as_if_a_model_had_said_it(
    points_config, points_index, constant_generator
):
    pose = np.random.default_rng(1).normal(size=(17, 3)) * 200
    pose[0] = 0
    found = _evaluate(
        constant_generator(pose), points_config, points_index, mean_pose=pose
    )
    (result,) = found.results
    theirs, mine = found.mean_pose.all_frames(), result.all_frames()
    for name in ("mpjpe_mm", "p_mpjpe_mm", "mpjve_mm_per_second", "pck_150"):
        assert theirs[name] == pytest.approx(mine[name], rel=1e-5), name
    assert "mean pose" in found.summary_table()


@pytest.mark.slow
def test_the_same_seed_measures_the_same(
    points_config, points_index, constant_generator
):
    generator = constant_generator(np.zeros((17, 3)))
    once, again = (
        _evaluate(generator, points_config, points_index, names=("points30",)).to_dict()
        for _ in range(2)
    )
    assert once == again


@pytest.mark.slow
def test_models_that_look_less_far_are_measured_on_the_same_hidden_joints(
    points_config, points_index, constant_generator
):
    def hidden(reach, context):
        config = copy.deepcopy(points_config)
        config.evaluation.context = context
        generator = constant_generator(np.ones((17, 3)), reach)
        found = _evaluate(
            generator, config, points_index, names=("frames10", "points30")
        )
        return [(r["occluded_joints"], r["mpjpe_mm"]) for r in _all_frames(found)]

    assert hidden(1, 3) == hidden(3, 3) == hidden(3, 0)
    assert hidden(1, 0) != hidden(3, 0)


def test_some_windows_are_measured_without_jumps_over_gaps(
    points, points_config, points_index, constant_generator
):
    steps = []
    found = _evaluate(
        constant_generator(np.zeros((17, 3))),
        points_config,
        points_index,
        max_windows=4,
        progress=lambda *step: steps.append(step),
    )
    assert 0 < found.value("clean", "frames") < 2 * (38 + 11 + 30 + 17)
    fastest = max(
        np.linalg.norm(np.diff(pose, axis=0), axis=-1).max()
        for _, pose in _truths(points)
    )
    assert found.value("clean", "mpjve_mm_per_frame") < fastest
    assert steps == [("clean", 1, 2), ("clean", 2, 2)]


def test_missing_batches_are_noticed(
    points_config, points_index, constant_generator, monkeypatch
):
    real = pipeline.build_eval
    monkeypatch.setattr(
        pipeline, "build_eval", lambda *args, **options: real(*args, **options).take(3)
    )
    with pytest.raises(ValueError, match=r"Expected .* frames of clip"):
        _evaluate(constant_generator(np.zeros((17, 3))), points_config, points_index)


def test_predictions_that_are_no_numbers_are_refused(
    points_config, points_index, constant_generator
):
    with pytest.raises(errors.InputError, match="no numbers"):
        _evaluate(
            constant_generator(np.full((17, 3), np.nan)), points_config, points_index
        )


def test_no_condition_is_refused(points_config, points_index, constant_generator):
    with pytest.raises(errors.InputError, match="at least one"):
        evaluator.evaluate(
            constant_generator(np.zeros((17, 3))),
            points_config,
            points_index,
            split="all",
            conditions=(),
        )


def test_rendered_maps_allow_every_condition(points_index):
    assert evaluator.available(points_index) == tuple(conditions.KNOWN.values())


def test_turning_a_whole_answer_does_not_change_its_aligned_error():
    # Independent of the evaluator: P-MPJPE cannot tell the crop frame from another.
    rng = np.random.default_rng(2)
    truth, answer = rng.normal(size=(2, 9, 17, 3)) * 200
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.linalg.det(rotation)
    one = alignment.procrustes(answer, truth)
    other = alignment.procrustes(evaluator.to_camera_frame(answer, rotation), truth)
    np.testing.assert_allclose(one, other, atol=1e-6)
