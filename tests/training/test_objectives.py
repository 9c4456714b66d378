import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.geometry import skeleton_maps
from stpose_tf.training import objectives


@pytest.fixture
def terms_of():
    def terms(poses, batch):
        return objectives.supervised_terms(
            poses,
            tf.fill(poses.shape[:-1], np.float32(4.0)),
            {**batch, **objectives.windows(batch)},
            keypoint_map=skeleton_maps.linear_map("h36m17", "coco17"),
            root_index=0,
        )

    return terms


def _truth(batch):
    """Returns the true poses as the generator would give them, then in camera frame."""
    crop_rotation = tf.reshape(batch["crop_rotation"], (-1, 8, 3, 3))
    pose = tf.reshape(batch["pose"], (-1, 8, 17, 3))
    predicted = tf.einsum("ntde,ntje->ntjd", crop_rotation, pose)
    return objectives.camera_poses(predicted, crop_rotation)


def test_the_truth_costs_nothing_in_3d_and_between_views(make_batch, terms_of):
    batch = make_batch()
    terms = terms_of(_truth(batch), batch)
    assert float(terms["supervised_3d"][0]) == pytest.approx(0.0, abs=1e-8)
    assert float(terms["multi_view"][0]) == pytest.approx(0.0, abs=1e-8)
    assert float(terms["supervised_3d"][1]) == 8 * 8
    assert float(terms["multi_view"][1]) == 4 * 8


def test_frames_outside_a_clip_are_not_compared_between_views(make_batch, terms_of):
    batch = make_batch()
    inside = np.ones((4, 2, 8), np.float32)
    inside[0, 0, 6:] = inside[0, 1, 5:] = 0.0  # three frames are not in both
    batch["frame_mask"] = tf.constant(inside)
    wrong = _truth(batch).numpy()
    wrong[0, 6:] += 1.0
    wrong[1, 5:] -= 1.0
    total, count = terms_of(tf.constant(wrong), batch)["multi_view"]
    assert float(total) == pytest.approx(0.0, abs=1e-8)
    assert float(count) == 4 * 8 - 3


def test_the_3d_loss_is_a_sum_over_joints_and_a_mean_over_poses(make_batch, terms_of):
    batch = make_batch()
    # Every joint 0.1 m off in x: 17 * 0.01 m^2 a pose.
    off = _truth(batch) + tf.constant([0.1, 0.0, 0.0])
    total, count = terms_of(off, batch)["supervised_3d"]
    assert float(total / count) == pytest.approx(0.17, rel=1e-4)
    # A pose of which half a joint list is labelled counts by that share.
    valid = np.ones(batch["pose_valid"].shape, np.float32)
    valid[..., :9] = 0.0
    total, count = terms_of(off, {**batch, "pose_valid": tf.constant(valid)})[
        "supervised_3d"
    ]
    assert float(count) == pytest.approx(8 * 8 * 8 / 17, rel=1e-5)
    assert float(total / count) == pytest.approx(0.17, rel=1e-4)


def test_hidden_joints_are_supervised_in_3d_and_2d(make_batch, terms_of):
    """Occlusion is in the input alone: a hidden, labelled joint has a gradient."""
    batch = make_batch()
    batch["occluded"] = tf.ones_like(batch["occluded"])
    batch["labelled"] = tf.ones_like(batch["labelled"])
    poses = tf.Variable(1.2 * _truth(batch) + 0.05)
    with tf.GradientTape() as tape:
        total, _ = terms_of(poses, batch)["supervised_3d"]
    assert np.abs(tape.gradient(total, poses)).min() > 0.0
    batch["only_2d"] = tf.ones_like(batch["only_2d"])
    with tf.GradientTape() as tape:
        total, _ = terms_of(poses, batch)["reprojection"]
    wrist = 13
    assert np.abs(tape.gradient(total, poses)[:, :, wrist, :2]).max(-1).min() > 0.0


def test_only_windows_without_3d_have_a_2d_loss(make_batch, terms_of):
    batch = make_batch()
    assert float(terms_of(_truth(batch), batch)["reprojection"][1]) == 0.0


def test_the_root_says_nothing_about_the_error(make_batch, terms_of):
    _, count = terms_of(_truth(make_batch()), make_batch())["likelihood"]
    assert float(count) == 8 * 8 * 16


def test_mpjpe_by_hand(make_batch):
    batch = make_batch(uneven=True)
    flat = {**batch, **objectives.windows(batch)}
    # 3 and 4 cm aside are 5 cm, 50 mm, whatever is left out.
    shifted = flat["pose"] + tf.constant([0.03, 0.0, 0.04])
    total, count = objectives.mpjpe(shifted, flat)
    assert float(total / count) == pytest.approx(50.0, rel=1e-4)


def test_only_whole_windows_are_real_motion(make_batch):
    batch = make_batch(uneven=True)
    real = objectives.fully_valid({**batch, **objectives.windows(batch)})
    np.testing.assert_array_equal(real, [0, 0, 1, 0, 1, 1, 0, 0])


def test_accuracy_counts_logits_on_the_right_side():
    logits = {
        "real": tf.constant([[0.9, 0.4], [0.6, 0.7]]),
        "generated": tf.constant([[0.1, 0.2], [0.6, 0.3]]),
    }
    form = configs.AdversarialForm.LEAST_SQUARES

    def accuracy(*weights):
        weights = [tf.constant(values) for values in weights]
        terms = objectives.discriminator_terms(logits, *weights, form=form)
        return {n: float(s / c) for n, (s, c) in terms.items() if "accuracy" in n}

    real = [1.0, 0.0]
    assert accuracy(real, [1.0, 1.0]) == {
        "accuracy_real": 0.5,
        "accuracy_generated": 0.75,
    }
    # A generated window that hangs over its clip's ends is none to judge.
    assert accuracy(real, [0.0, 1.0])["accuracy_generated"] == 0.5


def test_the_generator_pays_for_whole_windows_only():
    logits = tf.constant([[3.0, 1.0], [9.0, 9.0]])
    form = configs.AdversarialForm.LEAST_SQUARES
    total, count = objectives.generator_adversarial(
        logits, tf.constant([1.0, 0.0]), form=form
    )
    assert float(total) == (3 - 1) ** 2
    assert float(count) == 2
