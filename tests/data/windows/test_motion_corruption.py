import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.data.windows import motion_corruption
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")


@pytest.fixture
def poses(make_motion):
    joints, _ = make_motion(40)
    return joints - joints[:, :1]


def seed(number):
    return tf.constant([number, 2], tf.int64)


def lengths(poses):
    parents, children = np.array(H36M.bones).T
    return np.linalg.norm(poses[:, children] - poses[:, parents], axis=-1)


def test_shuffling_gives_the_same_frames_in_another_order(poses):
    shuffled = motion_corruption.shuffle(tf.constant(poses), seed(0)).numpy()
    assert (shuffled != poses).any()
    rows = shuffled.reshape(40, -1), poses.reshape(40, -1)
    first, second = (part[np.lexsort(part.T)] for part in rows)
    np.testing.assert_array_equal(first, second)


def test_stretching_changes_whole_limbs_by_the_given_factors(poses):
    changed = set()
    for number in range(30):
        stretched = motion_corruption.stretch(
            tf.constant(poses), seed(number), skeleton_name="h36m17"
        ).numpy()
        np.testing.assert_array_equal(stretched[:, H36M.root_index], 0)
        ratio = (lengths(stretched) / lengths(poses)).mean(0)
        by_child = {
            H36M.joints[c]: r for (_, c), r in zip(H36M.bones, ratio, strict=True)
        }
        moved = {name for name, r in by_child.items() if abs(r - 1) > 1e-3}
        assert moved
        assert {name.split("_")[-1] for name in moved} <= {
            "elbow",
            "wrist",
            "knee",
            "ankle",
        }
        for name in moved:
            r = by_child[name]
            assert 0.499 < r < 0.801 or 1.249 < r < 1.601
        for side in ("left", "right"):
            for a, b in (("elbow", "wrist"), ("knee", "ankle")):
                assert by_child[f"{side}_{a}"] == pytest.approx(
                    by_child[f"{side}_{b}"], rel=1e-3
                )
        changed.add(frozenset(moved))
    assert len(changed) > 5


def test_jitter_is_white_and_leaves_the_root(poses):
    sizes = []
    for number in range(20):
        noise = (
            motion_corruption.jitter(
                tf.constant(poses), seed(number), skeleton_name="h36m17"
            ).numpy()
            - poses
        )
        np.testing.assert_array_equal(noise[:, H36M.root_index], 0)
        sizes.append(noise[:, 1:].std())
        neighbors = (noise[1:, 1:] * noise[:-1, 1:]).mean() / noise[:, 1:].var()
        assert abs(neighbors) < 0.1
    assert min(sizes) > 18.0
    assert max(sizes) < 63.0
    assert max(sizes) - min(sizes) > 15.0


def test_each_kind_is_a_third(poses):
    kinds = []
    for number in range(150):
        found = motion_corruption.corrupt(
            tf.constant(poses), seed=seed(number), skeleton_name="h36m17"
        ).numpy()
        shuffled = np.isin(found.sum((1, 2)), poses.sum((1, 2))).all()
        head = np.abs(found[:, 10] - poses[:, 10]).max()
        kinds.append("shuffle" if shuffled else "jitter" if head > 5 else "stretch")
        assert np.abs(found - poses).max() > 5
    shares = [kinds.count(kind) / 150 for kind in ("shuffle", "jitter", "stretch")]
    # Binomial with p = 1/3: standard error 0.038.
    np.testing.assert_allclose(shares, 1 / 3, atol=0.12)
