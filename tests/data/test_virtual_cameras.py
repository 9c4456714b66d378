import math

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as schema
from stpose_tf.data import virtual_cameras
from stpose_tf.geometry import cameras


def seed(number):
    return tf.constant([number, 5], tf.int64)


@pytest.fixture
def shots(make_motion):
    joints, keypoints = make_motion(96)
    views = schema.ViewConfig()
    found = [
        virtual_cameras.shoot(joints, keypoints, seed=seed(number), views=views)
        for number in range(40)
    ]
    return joints, keypoints, found


def test_every_keypoint_is_in_the_image_and_in_front_of_the_camera(shots):
    joints, _, found = shots
    for shot in found:
        pixels = shot["keypoints"].numpy()
        assert pixels.min() > -0.5
        assert pixels.max() < 1000.5
        depth = cameras.world_to_camera(joints, shot["camera"])[..., 2]
        assert depth.numpy().min() > 799.0


def test_keypoints_are_the_projections_of_the_motion(shots):
    _, keypoints, found = shots
    camera = found[0]["camera"]
    rotation, translation = camera.rotation.numpy(), camera.translation.numpy()
    seen = keypoints @ rotation.T + translation
    pixels = seen[..., :2] / seen[..., 2:] * camera.focal.numpy() + 500.0
    np.testing.assert_allclose(found[0]["keypoints"], pixels, atol=0.01)


def test_cameras_keep_to_their_ranges_and_stand_upright(shots):
    joints, _, found = shots
    middle = (joints.min((0, 1)) + joints.max((0, 1))) / 2
    pitches, yaws, focals = [], [], []
    for shot in found:
        rotation = shot["camera"].rotation.numpy().astype(np.float64)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
        assert np.linalg.det(rotation) > 0
        right, _, forward = rotation
        position = -rotation.T @ shot["camera"].translation.numpy()
        towards = (middle - position) / np.linalg.norm(middle - position)
        assert forward @ towards > math.cos(math.radians(12.1))
        pitches.append(-math.degrees(math.asin(forward[2])))
        yaws.append(math.atan2(forward[1], forward[0]))
        focals.append(float(shot["camera"].focal[0]))
        # The roll alone tilts the image's right: 3 degrees, one sigma.
        assert abs(right[2]) < math.sin(math.radians(15))
        assert np.linalg.norm(middle - position) > 2500.0 - 1.0
    assert min(pitches) > -12
    assert max(pitches) < 37
    assert max(pitches) - min(pitches) > 20
    assert np.std(yaws) > 1.0
    assert min(focals) > 500 / math.tan(math.radians(32.5)) - 1
    assert max(focals) < 500 / math.tan(math.radians(17.5)) + 1


def test_a_level_camera_without_roll_sees_up_as_up(make_motion):
    joints, keypoints = make_motion(4)
    views = schema.ViewConfig(pitch=(0.0, 0.0), roll=0.0, off_center=0.0, yaw=0.0)
    shot = virtual_cameras.shoot(joints, keypoints, seed=seed(1), views=views)
    down = shot["camera"].rotation.numpy()[1]
    np.testing.assert_allclose(down, [0, 0, -1], atol=1e-6)
    # With yaw 0 it looks along +y: the world's x is the image's right.
    np.testing.assert_allclose(shot["camera"].rotation[0], [1, 0, 0], atol=1e-6)
    pixels = shot["keypoints"].numpy()
    assert (pixels[:, 0, 1] < pixels[:, 15, 1]).all()  # nose above left ankle


def test_crops_hold_the_person_and_change_smoothly(shots):
    _, _, found = shots
    for shot in found:
        pixels, crop = shot["keypoints"].numpy(), shot["crop"].numpy()
        np.testing.assert_array_equal(crop[:, 3], 0)
        half = crop[:, np.newaxis, 2:3] / 2
        inside = np.abs(pixels - crop[:, np.newaxis, :2]) < half
        assert inside.all(-1).mean() > 0.97
        height = np.ptp(pixels, axis=1).max(-1)
        assert (crop[:, 2] / height).mean() < 1.5
        assert np.abs(np.diff(np.log(crop[:, 2]))).max() < 0.05


def test_one_frame_and_one_point_can_be_shot():
    point = np.zeros((1, 1, 3), np.float32)
    shot = virtual_cameras.shoot(point, point, seed=seed(3), views=schema.ViewConfig())
    assert np.isfinite(shot["crop"]).all()
    assert shot["crop"][0, 2] > 10.0


def test_a_walk_past_the_camera_is_seen_from_farther_away(make_motion):
    joints, keypoints = make_motion(50)
    path = np.linspace(0, 9000, 50, dtype=np.float32)[:, None, None] * [1, 0, 0]
    joints, keypoints = (
        (part + path).astype(np.float32) for part in (joints, keypoints)
    )
    for number in range(10):
        shot = virtual_cameras.shoot(
            joints, keypoints, seed=seed(number), views=schema.ViewConfig()
        )
        depth = cameras.world_to_camera(joints, shot["camera"])[..., 2]
        assert depth.numpy().min() > 799.0
        assert shot["keypoints"].numpy().min() > -1.0
        assert shot["keypoints"].numpy().max() < 1001.0


def test_the_same_seed_gives_the_same_shot_eagerly_and_on_graph(make_motion):
    joints, keypoints = make_motion(12)
    views = schema.ViewConfig()

    def shoot(number):
        return virtual_cameras.shoot(
            joints, keypoints, seed=tf.stack([number, 5]), views=views
        )

    graph = tf.data.Dataset.range(2).map(shoot)
    for number, found in enumerate(graph):
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3),
            found,
            shoot(tf.constant(number, tf.int64)),
        )


def test_rotating_the_skeleton_is_rigid_and_turns_it_all_around(make_motion):
    joints, keypoints = make_motion(8)
    turned_far = []
    for number in range(30):
        turned, turned_keypoints = virtual_cameras.rotate_skeleton(
            joints, keypoints, seed=seed(number)
        )
        before = np.concatenate([joints, keypoints], 1).astype(np.float64)
        after = np.concatenate([turned, turned_keypoints], 1).astype(np.float64)

        def spread(points):
            return np.linalg.norm(points[0, :, None] - points[0, None], axis=-1)

        np.testing.assert_allclose(spread(before), spread(after), atol=0.01)
        # One rotation for all: solved from differences to the first point.
        flat = before.reshape(-1, 3) - before[0, 0]
        other = after.reshape(-1, 3) - after[0, 0]
        rotation = np.linalg.lstsq(flat, other, rcond=None)[0].T
        assert np.linalg.det(rotation) > 0.99
        turned_far.append(rotation[0, 0])
    assert min(turned_far) < -0.5
    assert max(turned_far) > 0.5
