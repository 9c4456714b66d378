import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.data.windows import body_exchange
from stpose_tf.geometry import rotations, skeletons

H36M = skeletons.get("h36m17")
COCO = skeletons.get("coco17")
UPPER = [H36M.index(n) for n in H36M.joints if not n.endswith(("hip", "knee", "ankle"))]
LOWER = [index for index in range(17) if index not in UPPER]
COCO_LOWER = [
    COCO.index(n) for n in COCO.joints if n.endswith(("hip", "knee", "ankle"))
]


def exchange(here, there):
    joints, keypoints = body_exchange.exchange_upper_body(
        *here, other_joints=there[0], other_keypoints=there[1]
    )
    return joints.numpy(), keypoints.numpy()


def distances(points):
    return np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)


@pytest.fixture
def motions(make_motion):
    return make_motion(6), make_motion(6, phase=1.7)


def moved(motion, angle, shift):
    turn = np.asarray(rotations.euler_xyz(tf.constant(angle, tf.float32)))
    return [points @ turn.T + np.float32(shift) for points in motion]


def test_a_body_exchanged_with_itself_stays(make_motion):
    motion = make_motion(6)
    for new, old in zip(exchange(motion, motion), motion, strict=True):
        np.testing.assert_allclose(new, old, atol=1e-2)


def test_where_the_other_body_stands_and_faces_does_not_matter(motions):
    here, there = motions
    expected = exchange(here, there)
    again = exchange(here, moved(there, [0.3, -0.2, 2.0], [900.0, -400.0, 50.0]))
    for new, old in zip(again, expected, strict=True):
        np.testing.assert_allclose(new, old, atol=0.1)


def test_legs_stay_and_the_upper_body_keeps_its_shape(motions):
    here, there = motions
    joints, keypoints = exchange(here, there)
    np.testing.assert_array_equal(joints[:, LOWER], here[0][:, LOWER])
    np.testing.assert_array_equal(keypoints[:, COCO_LOWER], here[1][:, COCO_LOWER])
    # Distances inside the upper body, from the root on, are the other body's.
    chain = [H36M.root_index, *UPPER]
    np.testing.assert_allclose(
        distances(joints[:, chain]), distances(there[0][:, chain]), atol=0.1
    )
    assert np.abs(joints[:, UPPER] - here[0][:, UPPER]).max() > 20


def test_keypoints_go_with_their_joints(motions):
    here, there = motions
    joints, keypoints = exchange(here, there)
    for name in sorted(set(H36M.joints) & set(COCO.joints) - {"nose"}):
        np.testing.assert_allclose(
            keypoints[:, COCO.index(name)], joints[:, H36M.index(name)], atol=0.1
        )
