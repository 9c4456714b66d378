import math

import keras
import numpy as np
import tensorflow as tf

from stpose_tf.models import pose_head


def _features():
    return tf.random.stateless_normal((2, 5, 7), (0, 1))


def test_the_root_is_exactly_zero_wherever_it_stands(randomize):
    for root in (0, 2, 3):
        head = pose_head.PoseHead(4, root_index=root, channels=6)
        head.build((None, None, 7))
        randomize(head)
        pose = np.array(head(_features())["pose"])
        assert (pose[:, :, root] == 0.0).all()
        assert np.abs(np.delete(pose, root, axis=2)).min() > 0.0


def test_poses_are_millimeters_of_what_the_last_layer_says_in_meters(randomize):
    head = pose_head.PoseHead(3, root_index=1, channels=6)
    head.build((None, None, 7))
    randomize(head)
    head.position.set_weights(
        [np.zeros((6, 6), np.float32), np.arange(6, dtype=np.float32)]
    )
    pose = head(_features())["pose"]
    expected = [[0, 1000, 2000], [0, 0, 0], [3000, 4000, 5000]]
    np.testing.assert_array_equal(pose[1, 2], expected)


def test_an_untrained_head_stands_still_and_expects_100_mm():
    head = pose_head.PoseHead(17, root_index=0, channels=512)
    features = tf.random.stateless_normal((4, 20, 640), (0, 1))
    outputs = head(features)
    assert np.abs(outputs["pose"]).max() < 200.0
    np.testing.assert_allclose(outputs["log_sigma"], math.log(100.0), atol=0.1)


def test_the_error_estimate_has_no_gradient_to_anything_but_its_own_layers():
    head = pose_head.PoseHead(3, root_index=0, channels=6)
    features = _features()
    head(features)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(features)
        outputs = head(features)
        error = tf.reduce_sum(outputs["log_sigma"])
        pose = tf.reduce_sum(outputs["pose"] ** 2)
    assert tape.gradient(error, features) is None
    own = {v.path for v in (*head.error.variables, *head.error_hidden.variables)}
    for variable in head.trainable_variables:
        moves = tape.gradient(error, variable.value) is not None
        assert moves == (variable.path in own)
        assert (tape.gradient(pose, variable.value) is None) == moves


def test_outputs_are_float32_under_mixed_precision():
    head = pose_head.PoseHead(3, root_index=0, channels=6, dtype="mixed_bfloat16")
    outputs = head(_features())
    assert {o.dtype for o in outputs.values()} == {tf.float32}


def test_head_is_rebuilt_from_its_config(tmp_path):
    head = pose_head.PoseHead(3, root_index=1, channels=6)
    config = head.get_config()
    assert pose_head.PoseHead.from_config(config).get_config() == config
    given = keras.Input((None, 7))
    keras.Model(given, head(given)).save(tmp_path / "head.keras")
    again = keras.saving.load_model(tmp_path / "head.keras")
    np.testing.assert_array_equal(again(_features())["pose"], head(_features())["pose"])
