import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data import virtual_cameras
from stpose_tf.data.sources.recorded import recorded_view

SIZE = (640, 480)


def walk(frames=30, keypoints=17):
    rng = np.random.default_rng(0)
    return rng.uniform(100, 400, (frames, keypoints, 2)).astype(np.float32)


def test_the_crop_is_that_of_virtual_cameras_without_jitter(monkeypatch):
    for name in ("_CROP_SHIFT", "_CROP_SCALE", "_CROP_TREMBLE"):
        monkeypatch.setattr(virtual_cameras, name, 0.0)
    expected = virtual_cameras.sample_crop(
        tf.constant(walk()), seed=tf.constant([0, 0], tf.int64)
    )
    view = recorded_view.from_keypoints(walk(), image_size=SIZE)
    assert_allclose(view.crop, expected, rtol=1e-5)


def test_a_still_box_by_hand():
    # Width 100, height 40: a side of 1.25 * 100 around (150, 120).
    corners = np.array([[100.0, 100.0], [200.0, 140.0]])
    view = recorded_view.from_keypoints(np.tile(corners, (12, 1, 1)), image_size=SIZE)
    assert_allclose(view.crop, np.tile([150.0, 120.0, 125.0, 0.0], (12, 1)), rtol=1e-6)
    assert view.labelled.all()
    assert (view.confidence == 1).all()
    assert view.image_size == SIZE


@pytest.mark.parametrize("how", ["nan", "confidence", "nan confidence"])
def test_absent_keypoints_have_no_say_and_lie_in_the_middle(how):
    points, confidence = walk(), np.full((30, 17), 0.5, np.float32)
    without = np.delete(points, 3, axis=1)
    if how == "nan":
        points[:, 3] = np.nan
    else:
        points[:, 3] = -5000.0
        confidence[:, 3] = 0.0 if how == "confidence" else np.nan
    view = recorded_view.from_keypoints(points, image_size=SIZE, confidence=confidence)
    alone = recorded_view.from_keypoints(without, image_size=SIZE)
    assert_allclose(view.crop, alone.crop)
    assert (view.confidence[:, 3] == 0).all()
    assert_allclose(view.keypoints[:, 3], view.crop[:, :2])
    assert not view.labelled[:, 3].any()
    assert (np.delete(view.confidence, 3, axis=1) == 0.5).all()


def test_frames_without_keypoints_take_the_nearest_box():
    points = np.tile([[100.0, 100.0], [200.0, 140.0]], (40, 1, 1))
    points[20:] += 300.0
    points[:3] = points[5:18] = points[38:] = np.nan
    view = recorded_view.from_keypoints(points, image_size=SIZE)
    assert_allclose(view.crop[[0, 4, 6]], [[150, 120, 125, 0]] * 3, rtol=1e-6)
    assert_allclose(view.crop[39], [450, 420, 125, 0], rtol=1e-6)
    assert (view.confidence[5:18] == 0).all()


def test_the_middle_of_a_gap_belongs_to_the_nearer_end():
    points = np.tile([[0.0, 0.0], [100.0, 100.0]], (101, 1, 1))
    points[60:] += 1000.0
    points[1:100] = np.nan
    view = recorded_view.from_keypoints(points, image_size=SIZE)
    assert view.crop[45, 0] == pytest.approx(50.0)
    assert view.crop[55, 0] == pytest.approx(1050.0)


def test_a_given_crop_and_labels_are_kept():
    crop = np.tile([10.0, 20.0, 30.0, 0.1], (30, 1))
    labels = np.zeros((30, 17), bool)
    view = recorded_view.from_keypoints(
        walk(), image_size=SIZE, crop=crop, labelled=labels
    )
    assert_allclose(view.crop, crop, rtol=1e-6)
    assert not view.labelled.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keypoints": np.zeros((30, 17, 3))}, "keypoints: expected the shape"),
        ({"keypoints": np.zeros((0, 17, 2))}, "keypoints: expected the shape"),
        ({"keypoints": np.full((30, 17, 2), np.nan)}, "Received: none"),
        ({"image_size": (640, 0)}, "image_size: expected a positive"),
        ({"confidence": np.ones((30, 16))}, r"confidence: expected the shape \[30, 17"),
        ({"confidence": np.full((30, 17), 5.5)}, "from 0 to 1. Received: 5.5"),
        ({"labelled": np.ones((29, 17))}, "labelled: expected the shape"),
        ({"crop": np.ones((30, 3))}, r"crop: expected the shape \[30, 4\]"),
        ({"crop": np.zeros((30, 4))}, "positive sides"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given = {"keypoints": walk(), "image_size": SIZE, **change}
    with pytest.raises(errors.InputError, match=message):
        recorded_view.from_keypoints(given.pop("keypoints"), **given)
