import numpy as np
import pytest

from stpose_tf.networks2d import image_cutting, placement

pytest.importorskip("cv2", reason="the extra 'video' is not installed")


def _ramp(height=120, width=160):
    """An image whose red is x and green is y, at the pixels' centers."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.full_like(x, 7)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("roll", [0.0, 0.5, -2.0])
@pytest.mark.parametrize("side", [16.0, 40.0])
def test_crops_show_what_lies_under_them(roll, side):
    crop = np.array([80.0, 60.0, side, roll])
    image = image_cutting.cut(_ramp(), crop[None], (32, 32))[0]
    rows, columns = np.mgrid[:32, :32]
    places = placement.apply(
        placement.of_crop(crop, (32, 32)), np.stack([columns, rows], -1).reshape(-1, 2)
    ).reshape(32, 32, 2)
    np.testing.assert_allclose(image[..., :2], places - 0.5, atol=0.75)


def test_crops_that_shrink_much_average_what_they_show():
    # Columns that take turns in black and white: gray when averaged, one of the two
    # when only some pixels are looked at.
    frame = np.zeros((256, 256, 3), np.uint8)
    frame[:, ::2] = 200
    image = image_cutting.cut(frame, np.array([[128.0, 128.0, 256.0, 0.0]]), (64, 64))
    assert np.abs(image.astype(int) - 100).max() <= 1


def test_outside_of_the_frame_is_black():
    crop = np.array([[0.0, 60.0, 40.0, 0.0]])
    image = image_cutting.cut(_ramp() // 2 + 100, crop, (40, 40))[0]
    assert not image[:, :20].any()
    assert image[:, 20:].min() >= 100


def test_crops_that_are_no_squares_are_as_high_as_their_side():
    crop = np.array([[80.0, 60.0, 64.0, 0.0]])
    image = image_cutting.cut(_ramp(), crop, (64, 48))[0]
    assert image.shape == (64, 48, 3)
    np.testing.assert_array_equal(image[0, :, 0], np.arange(56, 104))
    np.testing.assert_array_equal(image[:, 0, 1], np.arange(28, 92))


@pytest.mark.parametrize("place", [(0.0, 0.0), (300.0, 10.0), (128.0, 250.0)])
def test_shrinking_does_not_move_what_is_seen(place):
    # A ramp of one gray a pixel, and a crop that shrinks to a third, over an edge.
    y, x = np.mgrid[:256, :256]
    frame = np.stack([x, y, x], axis=-1).astype(np.uint8)
    crop = np.array([*place, 96.0, 0.4])
    image = image_cutting.cut(frame, crop[None], (32, 32))[0].astype(float)
    rows, columns = np.mgrid[:32, :32]
    grid = np.stack([columns, rows], -1).reshape(-1, 2)
    places = placement.apply(placement.of_crop(crop, (32, 32)), grid)
    inside = ((places > 8) & (places < 248)).all(axis=1)
    seen = image.reshape(-1, 3)[inside][:, :2]
    np.testing.assert_allclose(seen, places[inside] - 0.5, atol=1.0)
