import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from stpose_tf import errors
from stpose_tf.data.sources.recorded import recovered_cameras

RNG = np.random.default_rng(4)
POINTS = RNG.uniform([-900, -900, 3000], [900, 900, 5000], (200, 3))


def seen(points, focal=(1500.0, 1490.0), center=(1020.0, 1050.0)):
    return points[:, :2] / points[:, 2:] * focal + np.array(center)


def test_a_lens_is_found_from_its_pixels():
    lens = recovered_cameras.fit_lens(seen(POINTS), POINTS)
    assert_allclose(lens.focal, [1500, 1490], rtol=1e-9)
    assert_allclose(lens.center, [1020, 1050], rtol=1e-9)
    assert lens.error < 1e-6


def test_a_few_wrong_pixels_do_not_move_the_lens():
    pixels = seen(POINTS)
    pixels[::20] += 400
    lens = recovered_cameras.fit_lens(pixels, POINTS)
    assert_allclose(lens.focal, [1500, 1490], rtol=1e-3)
    assert_allclose(lens.center, [1020, 1050], rtol=1e-3)


@pytest.mark.parametrize(
    ("pixels", "points", "message"),
    [
        (seen(POINTS), POINTS * [1, 1, -1], "Received: 0 of 200"),
        (seen(POINTS)[:5], POINTS[:5], "Received: 5 of 5"),
        (-seen(POINTS), POINTS, "focal lengths of -1500"),
    ],
)
def test_what_no_pinhole_explains_is_refused(pixels, points, message):
    with pytest.raises(errors.InputError, match=message):
        recovered_cameras.fit_lens(pixels, points)


def test_a_rigid_move_is_found_and_a_mirror_is_none():
    turn = Rotation.from_rotvec([0.3, -2.0, 0.5]).as_matrix()
    place = np.array([100.0, -40, 900])
    move = recovered_cameras.fit_move(POINTS, POINTS @ turn.T + place)
    assert_allclose(move.rotation, turn, atol=1e-9)
    assert_allclose(move.translation, place, atol=1e-6)
    assert move.error < 1e-6
    mirror = recovered_cameras.fit_move(POINTS, POINTS * [-1, 1, 1])
    assert_allclose(np.linalg.det(mirror.rotation), 1)
    assert mirror.error > 100


def ring(tilts):
    """Returns rotations world to camera of level cameras that look down by tilts."""
    found = []
    for number, tilt in enumerate(tilts):
        about = Rotation.from_rotvec([0, 0, number * 1.1]).as_matrix()
        down = Rotation.from_rotvec([tilt, 0, 0]).as_matrix()
        found.append(down @ recovered_cameras.LEVEL @ about.T)
    return found


@pytest.mark.parametrize("tilts", [(0.1, 0.3), (0.6, 0.0, 0.2, 0.9)])
def test_level_cameras_tell_their_up(tilts):
    world_to_camera = ring(tilts)
    first = world_to_camera[0]
    rotations = [turn @ first.T for turn in world_to_camera]
    found = recovered_cameras.upright(rotations)
    assert_allclose(found[:, 2], first[:, 2], atol=1e-9)
    assert_allclose(found @ found.T, np.eye(3), atol=1e-9)
    assert_allclose(np.linalg.det(found), 1)


def test_one_camera_is_taken_as_level():
    found = recovered_cameras.upright([np.eye(3)])
    assert_allclose(found, recovered_cameras.LEVEL)
    assert_allclose(found @ [0, 0, 1], [0, -1, 0])  # up is against y
    assert_allclose(found @ [0, 1, 0], [0, 0, 1])


def test_a_world_with_a_given_up_has_the_camera_look_along_its_y():
    up = np.array([0.1, -0.9, 0.2])
    up /= np.linalg.norm(up)
    rotation = recovered_cameras.with_up(up)
    assert_allclose(rotation @ [0, 0, 1], up)
    assert_allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)
    assert_allclose(np.linalg.det(rotation), 1)
    ahead = rotation.T @ [0, 0, 1]
    assert abs(ahead[0]) < 1e-12
    assert ahead[1] > 0
