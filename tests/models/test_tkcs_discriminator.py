import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.models import tkcs_discriminator, tkcs_features


@pytest.fixture
def make_discriminator(randomize):
    def make(**changes):
        network = tkcs_discriminator.TKCSDiscriminator(channels=8, **changes)
        network.build()
        return randomize(network)

    return make


def _inputs(batch, time):
    """One body of typical size per clip that trembles by a centimeter."""
    skeleton = skeletons.get("h36m17")
    bones = np.random.default_rng(0).normal(size=(batch, 1, 16, 3))
    bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
    bones *= tkcs_features.typical_lengths(skeleton)[:, None]
    poses = np.einsum("jb,ntbd->ntjd", skeleton.ancestor_matrix, bones)
    tremble = tf.random.stateless_normal((batch, time, 17, 3), (0, time))
    return {
        "poses": tf.constant(poses, tf.float32) + 0.01 * tremble,
        "rotation": tf.eye(3, batch_shape=[batch]),
    }


def test_there_is_a_logit_for_each_eight_frames_begun(make_discriminator):
    network = make_discriminator()
    graph = tf.function(
        network,
        input_signature=[
            {
                "poses": tf.TensorSpec([None, None, 17, 3]),
                "rotation": tf.TensorSpec([None, 3, 3]),
            }
        ],
    )
    for time in (1, 2, 3, 4, 8, 9, 64):
        inputs = _inputs(2, time)
        logits = network(inputs)
        assert logits.shape == (2, -(-time // 8))
        np.testing.assert_allclose(graph(inputs), logits, atol=1e-4)


def test_a_logit_sees_a_patch_of_29_frames_and_the_interval(make_discriminator):
    network, inputs = make_discriminator(interval=2), _inputs(8, 96)
    with tf.GradientTape() as tape:
        tape.watch(inputs["poses"])
        logit = tf.reduce_sum(network(inputs)[:, 6])
    gradient = np.abs(tape.gradient(logit, inputs["poses"])).sum((0, 2, 3))
    seen = np.flatnonzero(gradient)
    # 4 more frames at strides 1, 2 and 4: 1 + 4 * (1 + 2 + 4) = 29, and 2 for Phi.
    assert seen[-1] - seen[0] + 1 == 29 + 2
    assert seen[0] <= 6 * 8 <= seen[-1]


def test_turning_pose_and_view_back_cancel(make_discriminator, turn):
    network, inputs = make_discriminator(), _inputs(1, 16)
    turned = {
        "poses": tf.einsum("ij,btkj->btki", turn[0], inputs["poses"]),
        "rotation": tf.transpose(turn, (0, 2, 1)),
    }
    np.testing.assert_allclose(network(turned), network(inputs), atol=1e-4)
    tilted = {**inputs, "rotation": turn}
    assert np.abs(network(tilted) - network(inputs)).max() > 1e-3


def test_the_order_of_frames_matters(make_discriminator):
    network = make_discriminator()
    order = np.random.default_rng(0).permutation(64)
    inputs = _inputs(1, 64)
    shuffled = {**inputs, "poses": tf.gather(inputs["poses"], order, axis=1)}
    assert np.abs(network(shuffled) - network(inputs)).max() > 1e-2


@pytest.mark.parametrize("kcs", [(True, False), (False, True), (False, False)])
def test_networks_without_a_kcs_are_narrower(make_discriminator, kcs):
    spatial, temporal = kcs
    network = make_discriminator(spatial_kcs=spatial, temporal_kcs=temporal)
    width = 136 * (spatial + temporal) + 51
    assert network.convolutions[0].kernel.shape == (5, width, 8)
    assert network(_inputs(1, 8)).shape == (1, 1)


def test_network_comes_back_from_its_file_and_its_config(make_discriminator, tmp_path):
    network, inputs = make_discriminator(interval=3), _inputs(2, 16)
    config = network.get_config()
    again = tkcs_discriminator.TKCSDiscriminator.from_config(config)
    assert again.get_config() == config
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(loaded(inputs), network(inputs))


def test_logits_are_float32_under_mixed_precision(make_discriminator):
    full, inputs = make_discriminator(), _inputs(2, 32)
    half = make_discriminator(dtype="mixed_bfloat16")
    assert half(inputs).dtype == tf.float32
    np.testing.assert_allclose(half(inputs), full(inputs), rtol=0.1, atol=0.1)


def test_gradients_are_finite_for_a_collapsed_pose(make_discriminator):
    network = make_discriminator()
    inputs = {"poses": tf.zeros((1, 8, 17, 3)), "rotation": tf.eye(3)[None]}
    with tf.GradientTape() as outer:
        outer.watch(inputs["poses"])
        with tf.GradientTape() as inner:
            inner.watch(inputs["poses"])
            logits = tf.reduce_sum(network(inputs))
        penalty = tf.reduce_sum(inner.gradient(logits, inputs["poses"]) ** 2)
    assert np.isfinite(outer.gradient(penalty, inputs["poses"])).all()


def test_other_inputs_are_refused(make_discriminator):
    network = make_discriminator()
    for shape in ((1, 8, 16, 3), (8, 17, 3), (1, 8, 17, 2)):
        with pytest.raises(errors.InputError, match="joints=17"):
            network({"poses": tf.zeros(shape), "rotation": tf.eye(3)[None]})
    with pytest.raises(errors.InputError, match="tree"):
        tkcs_discriminator.TKCSDiscriminator(skeleton="coco17")
