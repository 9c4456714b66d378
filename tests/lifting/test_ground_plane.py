import numpy as np
import pytest

from stpose_tf.lifting import ground_plane


def _camera(pitch, roll, height):
    """World y up to the camera frame of one that looks down by `pitch`."""
    c, s = np.cos(pitch), np.sin(pitch)
    level = np.diag([1.0, -1.0, -1.0])  # x right, y down, z away
    tilt = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    c, s = np.cos(roll), np.sin(roll)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    rotation = turn @ tilt @ level
    return rotation, np.array([0.0, height, 0.0])


@pytest.fixture
def seen(marcher):
    """Makes a marcher in a camera's frame, 5 m before it."""

    def make(pitch, roll=0.0, height=1600.0, frames=180, speed=1.0, turn=0.9):
        rotation, position = _camera(pitch, roll, height)
        bodies = marcher(frames, speed=speed, turn=turn)
        bodies += [-1500.0, 0.0, -6000.0]
        return (bodies - position) @ rotation.T, rotation, bodies

    return make


@pytest.mark.parametrize("pitch", [0.0, 0.25, -0.15])
@pytest.mark.parametrize("speed", [1.0, 0.0])
def test_the_floor_comes_under_the_feet(seen, h36m, pitch, speed):
    points, rotation, _ = seen(pitch, speed=speed)
    ground = ground_plane.fit([ground_plane.steps(points, h36m, fps=30.0)])
    up = ground.rotation[1]
    # Where up is in the camera: the world's y.
    allowed = 6.0 if speed else 7.0  # a straight path tells nothing across it
    assert np.degrees(np.arccos(up @ rotation[:, 1])) < allowed
    stood = ground.apply(points)
    ankles = stood[:, [h36m.index("left_ankle"), h36m.index("right_ankle")], 1]
    lowest = ankles.min(axis=1)
    # Feet that stand have their ankles 80 mm above the floor.
    assert np.median(lowest) == pytest.approx(80, abs=25)
    assert lowest.min() > 0


def test_it_turns_and_moves_only(seen, h36m):
    points, _, _ = seen(0.2, roll=0.05)
    ground = ground_plane.fit([ground_plane.steps(points, h36m, fps=30.0)])
    turn = ground.rotation
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    # The camera looks along -z, and its own place is above the origin.
    assert abs(turn[0, 2]) < 1e-9
    assert turn[2, 2] < 0
    np.testing.assert_allclose(ground.apply([0, 0, 0])[[0, 2]], 0.0, atol=1e-9)


def test_the_camera_is_as_high_as_it_is(seen, h36m):
    points, _, bodies = seen(0.1, height=1800.0)
    ground = ground_plane.fit([ground_plane.steps(points, h36m, fps=30.0)])
    # A degree of tilt is 100 mm over the 6 m to the feet.
    assert ground.apply([0, 0, 0])[1] == pytest.approx(1800, abs=120)
    np.testing.assert_allclose(ground.apply(points)[..., 1], bodies[..., 1], atol=90)


def test_the_floor_is_the_one_that_more_stand_on(seen, h36m):
    below, _, _ = seen(0.1)
    above, rotation, _ = seen(0.1, frames=60)
    above = above + 900.0 * rotation[:, 1]
    people = [ground_plane.steps(p, h36m, fps=30.0) for p in (below, above)]
    ground = ground_plane.fit(people)
    ankles = [h36m.index("left_ankle"), h36m.index("right_ankle")]
    for points, height in ((below, 80), (above, 980)):
        lowest = ground.apply(points)[:, ankles, 1].min(axis=1)
        assert np.median(lowest) == pytest.approx(height, abs=60)


@pytest.mark.parametrize("pitch", [0.0, 0.2])
def test_depths_that_are_wrong_do_not_tilt_the_floor(seen, h36m, pitch):
    # Somebody on the spot whose depth wanders by half a meter: the points fill a plane
    # through the camera.
    points, rotation, _ = seen(pitch, speed=0.0)
    factor = 1.0 + 0.08 * np.sin(np.arange(180) / 25)
    wandering = points * factor[:, None, None]
    ground = ground_plane.fit([ground_plane.steps(wandering, h36m, fps=30.0)])
    assert np.degrees(np.arccos(ground.rotation[1] @ rotation[:, 1])) < 7.0
    assert ground.apply([0, 0, 0])[1] == pytest.approx(1600, abs=400)


def test_lifted_feet_do_not_stand(seen, h36m):
    points, _, bodies = seen(0.0, frames=30)
    found = ground_plane.steps(points, h36m, fps=30.0)
    heights = bodies[:, [h36m.index("left_ankle"), h36m.index("right_ankle")], 1]
    assert (heights > 150).any()
    # Camera frame, level, at 1600 mm: an ankle 80 mm high is 1520 mm below it.
    assert np.median(found.ankles[:, 1]) == pytest.approx(1520, abs=1)


def test_nobody_stands_nowhere():
    assert ground_plane.fit([]) is None
    flying = ground_plane.Steps(
        ankles=np.zeros((0, 3)), uprights=np.zeros((0, 3)), fps=30.0
    )
    assert ground_plane.fit([flying]) is None
