import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import kcs, skeletons
from stpose_tf.models import tkcs_features

_SKELETON = skeletons.get("h36m17")
_PAIRS = 136  # 16 bones: 16 * 17 / 2


def _walkers(batch=2, time=6):
    """Poses whose bones have typical lengths and random directions."""
    generator = np.random.default_rng(time)
    bones = generator.normal(size=(batch, time, 16, 3))
    bones *= (
        tkcs_features.typical_lengths(_SKELETON)[:, None]
        / np.linalg.norm(bones, axis=-1)[..., None]
    )
    poses = np.einsum("jb,ntbd->ntjd", _SKELETON.ancestor_matrix, bones)
    return tf.constant(poses, tf.float32)


def _features(poses, rotation, interval=1, spatial=True, temporal=True):
    return tkcs_features.motion_features(
        poses,
        rotation,
        _SKELETON,
        interval=interval,
        spatial=spatial,
        temporal=temporal,
    )


def test_bones_of_typical_length_have_a_psi_of_one():
    psi = tkcs_features.pairs_of_bones(_walkers(), _SKELETON)
    rows, columns = np.triu_indices(16)
    np.testing.assert_allclose(psi.numpy()[..., rows == columns], 1.0, atol=1e-5)
    assert np.abs(psi).max() < 1.0 + 1e-5  # cosines off the diagonal


def test_pairs_are_the_upper_triangle_of_psi_without_loss():
    poses = _walkers()
    lengths = tkcs_features.typical_lengths(_SKELETON)
    whole = np.array(kcs.kcs(poses, _SKELETON)) / np.outer(lengths, lengths)
    rows, columns = np.triu_indices(16)
    psi = tkcs_features.pairs_of_bones(poses, _SKELETON)
    np.testing.assert_allclose(psi, whole[..., rows, columns], atol=1e-5)
    np.testing.assert_allclose(psi, whole[..., columns, rows], atol=1e-5)


@pytest.mark.parametrize("interval", [1, 2, 4])
def test_phi_is_eq_4_and_zero_where_no_later_frame_exists(interval):
    poses = _walkers()
    lengths = tkcs_features.typical_lengths(_SKELETON)
    rows, columns = np.triu_indices(16)
    phi = np.array(kcs.temporal_kcs(poses, _SKELETON, interval))
    expected = (phi / np.outer(lengths, lengths))[..., rows, columns]
    psi = tkcs_features.pairs_of_bones(poses, _SKELETON)
    change = tkcs_features.change(psi, interval)
    np.testing.assert_allclose(change[:, :-interval], expected, atol=1e-5)
    np.testing.assert_array_equal(change[:, -interval:], np.zeros((2, interval, 136)))


def test_windows_shorter_than_the_interval_have_a_phi_of_zero():
    psi = tkcs_features.pairs_of_bones(_walkers(time=3), _SKELETON)
    for interval in (3, 5):
        change = tkcs_features.change(psi, interval)
        np.testing.assert_array_equal(change, np.zeros((2, 3, 136)))


def test_phi_of_a_rigid_motion_is_zero(turn):
    still = np.array(_walkers(1, 1)[0, 0])
    spin = np.array(turn[0])
    frames = [still]
    for _ in range(5):
        frames.append(frames[-1] @ spin.T)
    features = _features(tf.constant([frames], tf.float32), turn)
    np.testing.assert_allclose(features[..., _PAIRS : 2 * _PAIRS], 0.0, atol=1e-4)


def test_a_stretched_bone_shows_in_its_psi_and_phi():
    poses = np.zeros((1, 2, 17, 3), np.float32)
    knee = _SKELETON.index("left_knee")
    bone = [child for _, child in _SKELETON.bones].index(knee)
    # A thigh of 0.45 m that is 0.495 m in the next frame: Psi / 0.45^2 is 1, then
    # 1.21; the change of 0.21 counts tenfold.
    poses[0, :, knee, 1] = 0.45, 0.495
    rows, columns = np.triu_indices(16)
    place = np.flatnonzero((rows == bone) & (columns == bone))[0]
    features = _features(tf.constant(poses), tf.eye(3)[None]).numpy()[0]
    np.testing.assert_allclose(features[:, place], [1.0, 1.21], atol=1e-5)
    np.testing.assert_allclose(features[:, _PAIRS + place], [2.1, 0.0], atol=1e-5)


def test_the_rotation_acts_on_the_coordinates_alone(turn):
    poses = _walkers(1)
    turned, as_is = _features(poses, turn), _features(poses, tf.eye(3)[None])
    np.testing.assert_array_equal(turned[..., : 2 * _PAIRS], as_is[..., : 2 * _PAIRS])
    expected = np.einsum("ij,btkj->btki", np.array(turn[0]), poses)
    np.testing.assert_allclose(
        turned[..., 2 * _PAIRS :], 2.0 * expected.reshape(1, 6, 51), atol=1e-5
    )


def test_psi_and_phi_do_not_notice_a_turned_pose(turn):
    poses = _walkers(1)
    turned = tf.einsum("ij,btkj->btki", turn[0], poses)
    eye = tf.eye(3)[None]
    np.testing.assert_allclose(
        _features(turned, eye)[..., : 2 * _PAIRS],
        _features(poses, eye)[..., : 2 * _PAIRS],
        atol=1e-4,
    )


@pytest.mark.parametrize(
    ("spatial", "temporal", "width"),
    [(True, True, 323), (True, False, 187), (False, True, 187), (False, False, 51)],
)
def test_either_kcs_can_be_left_out(turn, spatial, temporal, width):
    poses = _walkers(1)
    features = _features(poses, turn, spatial=spatial, temporal=temporal)
    assert features.shape[-1] == width
    assert width == tkcs_features.num_features(
        _SKELETON, spatial=spatial, temporal=temporal
    )
    whole = np.array(_features(poses, turn))
    psi, phi, coordinates = np.split(whole, [136, 272], axis=-1)
    kept = [psi] * spatial + [phi] * temporal + [coordinates]
    np.testing.assert_array_equal(features, np.concatenate(kept, axis=-1))


def test_half_precision_poses_are_raised_first(turn):
    poses = tf.cast(_walkers(1), tf.bfloat16)
    features = _features(poses, tf.cast(turn, tf.bfloat16))
    assert features.dtype == tf.float32
    expected = _features(tf.cast(poses, tf.float32), turn)
    np.testing.assert_array_equal(features[..., :272], expected[..., :272])
