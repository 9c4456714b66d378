import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.sources.human36m import h36m_cameras
from stpose_tf.geometry import cameras

POINT = np.array([[100.0, 200.0, 900.0]])
# Worked out in the data set's own order of steps, in float64, apart from this code.
SEEN = {
    "S1": (
        ((-334.053, -295.811, 5087.755), (437.4587, 449.0327)),
        ((420.696, -489.602, 5540.696), (595.9006, 406.8663)),
        ((267.361, -585.999, 5373.657), (576.8555, 376.4621)),
        ((118.893, -545.915, 4372.770), (546.0105, 359.3543)),
    ),
    "S9": (
        ((-288.971, -376.142, 5129.824), (448.1322, 431.7039)),
        ((178.451, -508.539, 5663.526), (545.0007, 405.1511)),
        ((253.301, -564.994, 5316.757), (574.4426, 379.6325)),
        ((0.066, -502.298, 4434.981), (514.9765, 372.4991)),
    ),
}


@pytest.mark.parametrize("subject", SEEN)
def test_a_point_is_where_the_data_sets_cameras_see_it(subject):
    for camera, (place, pixel) in zip(
        h36m_cameras.rigs()[subject], SEEN[subject], strict=True
    ):
        there = cameras.world_to_camera(tf.constant(POINT), camera)
        assert_allclose(there[0], place, atol=2e-3)
        assert_allclose(cameras.project(there, camera)[0], pixel, atol=2e-3)


def test_the_lens_is_not_opencvs_and_its_order_is_p1_p2():
    camera = h36m_cameras.rigs()["S1"][1]
    assert_allclose(camera.tangential, [-0.0027408945, -0.0016190267], rtol=1e-6)
    place = cameras.world_to_camera(tf.constant(POINT), camera)
    right = cameras.project(place, camera).numpy()
    swapped = camera._replace(tangential=camera.tangential[::-1].copy())
    doubled = camera._replace(tangential_scale=np.float32(2.0))
    assert np.abs(cameras.project(place, swapped) - right).max() > 0.01
    assert 0 < np.abs(cameras.project(place, doubled) - right).max() < 0.1


def test_all_cameras_stand_around_the_subject_and_are_upright():
    assert set(h36m_cameras.rigs()) == {"S1", "S5", "S6", "S7", "S8", "S9", "S11"}
    for rig in h36m_cameras.rigs().values():
        for camera in rig:
            rotation = np.asarray(camera.rotation, np.float64)
            assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
            assert np.linalg.det(rotation) == pytest.approx(1.0, abs=1e-6)
            position = -rotation.T @ camera.translation
            assert 1400 < position[2] < 1700  # mm above the floor
            assert 3500 < np.linalg.norm(position[:2]) < 6000
            assert rotation[1, 2] < -0.9  # the world's up is the image's up
            seen = cameras.project(
                cameras.world_to_camera(tf.constant([[0.0, 0.0, 1000.0]]), camera),
                camera,
            )
            assert (np.abs(seen - 500.0) < 350.0).all()


def w0(rigs):
    """The 300 numbers of the data set's file for cameras, subjects without any as 0."""
    numbers = np.zeros(300)
    for name, rig in rigs.items():
        for number, camera in enumerate(rig):
            rotation = np.asarray(camera.rotation, np.float64)
            # R = Rx(a) Ry(b) Rz(c): its first row and last column give the angles.
            b = np.arcsin(rotation[0, 2])
            a = np.arctan2(-rotation[1, 2], rotation[2, 2])
            c = np.arctan2(-rotation[0, 1], rotation[0, 0])
            place = -rotation.T @ camera.translation
            start = 6 * (number * 11 + int(name[1:]) - 1)
            numbers[start : start + 6] = [a, b, c, *place]
            numbers[264 + 9 * number : 273 + 9 * number] = np.concatenate(
                [camera.focal, camera.center, camera.radial, camera.tangential]
            )
    return numbers


def write_metadata(path, numbers):
    text = " ".join(repr(float(number)) for number in numbers)
    path.write_text(
        "<?xml version='1.0' encoding='utf-8'?><a><mapping><tr><td>Action</td></tr>"
        f"</mapping><w0>[{text}]</w0></a>"
    )
    return path


def test_metadata_gives_the_same_cameras(tmp_path):
    path = write_metadata(tmp_path / "metadata.xml", w0(h36m_cameras.rigs()))
    found = h36m_cameras.rigs(path)
    assert set(found) == {f"S{number}" for number in range(1, 12)}
    for name, rig in h36m_cameras.rigs().items():
        for camera, expected in zip(found[name], rig, strict=True):
            for one, other in zip(camera, expected, strict=True):
                assert_allclose(one, other, rtol=1e-5, atol=2e-3)


def test_angles_of_the_real_file():
    # The first six numbers of the data set's w0: subject 1, camera 54138969.
    place = [-1.38382776045614, -3.16734304390158, 0.413636308164621]
    numbers = np.zeros(300)
    numbers[:6] = [*place, 1841.10702774543, 4955.28462344526, 1563.4453958977]
    numbers[264:273] = np.concatenate([np.ravel(f) for f in _lens_of_s1()])
    expected = h36m_cameras.rigs()["S1"][0]
    found = h36m_cameras._from_numbers(numbers)["S1"][0]
    assert_allclose(found.rotation, expected.rotation, atol=1e-6)
    assert_allclose(found.translation, expected.translation, atol=5e-3)


def _lens_of_s1():
    return h36m_cameras.rigs()["S1"][0][:4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no element found"),
        (b"<a><w0>[1 2 3]</w0></a>", "expected 300 finite numbers.*Received: 3"),
        (b"<a></a>", "Received: 0"),
        (b"<a><w0>[one]</w0></a>", "could not convert"),
        (b"<a><w0>" + b"nan " * 300 + b"</w0></a>", "finite"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a><w0>&b;</w0></a>", "document type"),
    ],
)
def test_another_file_is_refused(tmp_path, content, message):
    path = tmp_path / "metadata.xml"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=message) as caught:
        h36m_cameras.rigs(path)
    assert "metadata.xml" in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="Received: no file"):
        h36m_cameras.rigs(tmp_path / "metadata.xml")
