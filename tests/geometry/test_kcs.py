import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import kcs, skeletons

CHAIN = skeletons.Skeleton("chain", ("root", "knee", "foot"), (-1, 0, 1), (), "root")
TREES = [s for s in skeletons.KNOWN.values() if s.parents is not None]


def _rotation(rng):
    matrix = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return matrix * np.sign(np.linalg.det(matrix))


def test_psi_of_a_right_angle_is_diagonal():
    # Bones (0, 3, 0) and (4, 0, 0): squared lengths 9 and 16, inner product 0.
    pose = np.array([[0, 0, 0], [0, 3, 0], [4, 3, 0]], "float32")
    np.testing.assert_allclose(kcs.kcs(pose, CHAIN), [[9.0, 0.0], [0.0, 16.0]])
    np.testing.assert_allclose(kcs.bone_vectors(pose, CHAIN), [[0, 3, 0], [4, 0, 0]])


def test_phi_of_a_bending_knee_by_hand():
    # The second bone turns from (4, 0, 0) to (0, 2, 0): its square falls by 12, its
    # inner product with (0, 3, 0) rises by 6.
    before = [[0, 0, 0], [0, 3, 0], [4, 3, 0]]
    after = [[0, 0, 0], [0, 3, 0], [0, 5, 0]]
    phi = kcs.temporal_kcs(np.array([before, after], "float32"), CHAIN)
    np.testing.assert_allclose(phi, [[[0.0, 6.0], [6.0, -12.0]]])


@pytest.mark.parametrize("skeleton", TREES, ids=lambda s: s.name)
@pytest.mark.parametrize("interval", [1, 3, 6])
def test_phi_equals_the_products_written_out(skeleton, interval):
    poses = np.random.default_rng(0).normal(size=(2, 7, skeleton.num_joints, 3))
    phi = kcs.temporal_kcs(poses, skeleton, interval)
    count = len(skeleton.bones)
    assert phi.shape == (2, 7 - interval, count, count)
    for batch, time in ((0, 0), (1, 6 - interval)):
        for m, (m_parent, m_child) in enumerate(skeleton.bones):
            for n, (n_parent, n_child) in enumerate(skeleton.bones[:5]):
                first, then = poses[batch, time], poses[batch, time + interval]
                expected = (then[m_child] - then[m_parent]) @ (
                    then[n_child] - then[n_parent]
                ) - (first[m_child] - first[m_parent]) @ (
                    first[n_child] - first[n_parent]
                )
                assert float(phi[batch, time, m, n]) == pytest.approx(expected)


@pytest.mark.parametrize("skeleton", TREES, ids=lambda s: s.name)
def test_psi_does_not_see_a_rotation_shift_or_mirror(skeleton):
    rng = np.random.default_rng(1)
    poses = rng.normal(size=(5, skeleton.num_joints, 3))
    psi = kcs.kcs(poses, skeleton)
    moved = poses @ _rotation(rng).T + rng.normal(size=3)
    np.testing.assert_allclose(kcs.kcs(moved, skeleton), psi, atol=1e-12)
    np.testing.assert_allclose(kcs.kcs(poses * [-1, 1, 1], skeleton), psi, atol=1e-12)


@pytest.mark.parametrize("interval", [1, 2, 5])
def test_phi_of_a_rigid_motion_is_zero(interval):
    rng = np.random.default_rng(2)
    skeleton = skeletons.get("h36m17")
    pose = rng.normal(size=(17, 3)) * 0.4
    motion = np.stack([pose @ _rotation(rng).T + rng.normal(size=3) for _ in range(9)])
    phi = kcs.temporal_kcs(motion.astype("float32"), skeleton, interval)
    np.testing.assert_allclose(phi, 0.0, atol=3e-6)


def test_intervals_outside_the_window_are_refused():
    poses = tf.zeros([2, 4, 3, 3])
    for interval in (-1, 0, 4, 5):
        with pytest.raises(errors.InputError, match=f"interval={interval}"):
            kcs.temporal_kcs(poses, CHAIN, interval)
    assert kcs.temporal_kcs(poses, CHAIN, 3).shape == (2, 1, 2, 2)


def test_half_precision_is_raised_and_double_is_kept():
    pose = np.array([[0, 0, 0], [0, 300, 0], [400, 300, 0]])
    expected = [[90000.0, 0.0], [0.0, 160000.0]]
    for dtype, kept in (
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("float64", "float64"),
    ):
        psi = kcs.kcs(keras.ops.cast(pose, dtype), CHAIN)
        assert keras.backend.standardize_dtype(psi.dtype) == kept
        np.testing.assert_allclose(psi, expected, rtol=5e-3)


def test_the_graph_takes_any_number_of_frames():
    skeleton = skeletons.get("h36m17")
    graph = tf.function(
        lambda poses: kcs.temporal_kcs(poses, skeleton, 2),
        input_signature=[tf.TensorSpec([None, None, 17, 3])],
    )
    poses = np.random.default_rng(3).normal(size=(2, 6, 17, 3)).astype("float32")
    np.testing.assert_allclose(
        graph(poses), kcs.temporal_kcs(poses, skeleton, 2), atol=1e-5
    )


def test_the_gradient_of_a_pose_of_zeros_is_finite():
    poses = tf.Variable(tf.zeros([1, 4, 17, 3]))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(kcs.temporal_kcs(poses, skeletons.get("h36m17")) ** 2)
    np.testing.assert_array_equal(tape.gradient(loss, poses), np.zeros(poses.shape))
