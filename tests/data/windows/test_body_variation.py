import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.windows import body_variation
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")
COCO = skeletons.get("coco17")


def vary(joints, keypoints, number=0, **scales):
    scales = {"limb_scale": 0.1, "body_scale": 0.1, **scales}
    found = body_variation.vary_body(
        joints, keypoints, seed=tf.constant([number, 1], tf.int64), **scales
    )
    return [part.numpy() for part in found]


def lengths(joints):
    parents, children = np.array(H36M.bones).T
    return np.linalg.norm(joints[:, children] - joints[:, parents], axis=-1)


def test_no_variation_changes_nothing(make_motion):
    joints, keypoints = make_motion(6)
    new_joints, new_keypoints = vary(joints, keypoints, limb_scale=0.0, body_scale=0.0)
    np.testing.assert_allclose(new_joints, joints, atol=1e-3)
    np.testing.assert_allclose(new_keypoints, keypoints, atol=1e-3)


def test_bones_scale_alike_on_both_sides_and_keep_their_directions(make_motion):
    joints, keypoints = make_motion(6)
    new_joints, _ = vary(joints, keypoints)
    ratio = lengths(new_joints) / lengths(joints)  # [time, bones]
    np.testing.assert_allclose(ratio, ratio[:1] + 0 * ratio, rtol=1e-3)
    by_child = dict(zip((H36M.joints[c] for _, c in H36M.bones), ratio[0], strict=True))
    for left, right in H36M.mirror_pairs:
        assert by_child[left] == pytest.approx(by_child[right], rel=1e-3)
    assert np.std(ratio[0]) > 0.02
    parents, children = np.array(H36M.bones).T
    before = joints[:, children] - joints[:, parents]
    after = new_joints[:, children] - new_joints[:, parents]
    cosine = (before * after).sum(-1) / lengths(joints) / lengths(new_joints)
    np.testing.assert_allclose(cosine, 1.0, atol=1e-5)


def test_keypoints_that_are_joints_stay_on_them_and_the_face_is_one_piece(make_motion):
    joints, keypoints = make_motion(6)
    new_joints, new_keypoints = vary(joints, keypoints, number=4)
    for name in set(H36M.joints) & set(COCO.joints):
        np.testing.assert_allclose(
            new_keypoints[:, COCO.index(name)],
            new_joints[:, H36M.index(name)],
            atol=1e-2,
        )

    # Only the body's size changes the face.
    def face(points):
        return points[:, 1:5] - points[:, :1]

    ratio = np.linalg.norm(face(new_keypoints), axis=-1) / np.linalg.norm(
        face(keypoints), axis=-1
    )
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-3)


def test_feet_stay_on_the_floor_and_do_not_slide(make_motion):
    joints, keypoints = make_motion(30)
    ankle = H36M.index("left_ankle")
    joints[:, ankle] = [-130.0, 0.0, 80.0]  # Stands.
    for number in range(5):
        new_joints, _ = vary(joints, keypoints, number=number, body_scale=0.0)
        foot = new_joints[:, ankle]
        assert np.abs(foot[:, 2] - 80.0).max() < 40.0
        assert np.ptp(foot, axis=0).max() < 90.0


def test_bodies_differ_with_the_seed_by_the_given_scale(make_motion):
    joints, keypoints = make_motion(2)
    logs = [
        np.log(lengths(vary(joints, keypoints, number=n)[0])[0] / lengths(joints)[0])
        for n in range(60)
    ]
    # Two independent log-normal factors of 0.1 each.
    assert np.std(logs) == pytest.approx(np.sqrt(0.02), rel=0.15)


@pytest.mark.parametrize("name", sorted(skeletons.KNOWN))
def test_every_known_order_moves_with_the_body(name):
    carriers = body_variation.carrier_indices("h36m17", name)
    assert len(carriers) == skeletons.get(name).num_joints
    for keypoint, carrier in zip(skeletons.get(name).joints, carriers, strict=True):
        sides = {"left", "right"}
        side = sides & {keypoint.split("_")[0]}
        assert not (sides & {H36M.joints[carrier].split("_")[0]}) - side


def test_a_keypoint_without_a_known_joint_is_refused():
    with pytest.raises(errors.InputError, match="tail"):
        body_variation._carrier("tail", H36M.joints)
    assert body_variation._carrier("left_big_toe", H36M.joints) == "left_ankle"
    assert body_variation._carrier("right_ear", H36M.joints) == "nose"
    assert body_variation._carrier("neck", H36M.joints) == "thorax"
    assert body_variation._carrier("pelvis", H36M.joints) == "hip"
