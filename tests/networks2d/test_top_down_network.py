import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d import placement, top_down_network

COCO = skeletons.get("coco17")


def _network(run, **settings):
    chosen = {"input_size": (256, 192), "map_size": (64, 48), **settings}
    return top_down_network.TopDownNetwork(
        run, name="test", skeleton="coco17", **chosen
    )


def test_pixels_lie_where_the_training_drew_them():
    # Height 256 is the unit; a crop 192 wide goes from 0.125 to 0.875. Pixel centers
    # of the crop lie at 0.125 + (u + 0.5) / 256.
    def crop_px(alignment, m):
        matrix = top_down_network.to_crop((256, 192), (64, 48), alignment=alignment)
        unit = placement.apply(matrix, np.array([m]))[0]
        return (unit - [0.125, 0.0]) * 256 - 0.5

    np.testing.assert_allclose(crop_px("corner", [0.0, 0.0]), [0.0, 0.0])
    np.testing.assert_allclose(crop_px("corner", [10.0, 20.0]), [40.0, 80.0])
    np.testing.assert_allclose(crop_px("ends", [0.0, 0.0]), [0.0, 0.0])
    np.testing.assert_allclose(crop_px("ends", [47.0, 63.0]), [191.0, 255.0])
    np.testing.assert_allclose(crop_px("center", [0.0, 0.0]), [1.5, 1.5])
    with pytest.raises(errors.InputError, match="alignment: expected one of corner"):
        top_down_network.to_crop((256, 192), (64, 48), alignment="top")


def test_images_are_normalized_as_the_original_does():
    seen = []

    def run(images):
        seen.append(images)
        return np.zeros((len(images), 64, 48, 17), np.float32)

    crops = np.zeros((1, 256, 192, 3), np.uint8)
    crops[..., 0], crops[..., 1], crops[..., 2] = 255, 0, 51
    _network(run)(crops)
    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]
    np.testing.assert_allclose(seen[0][0, 5, 5], expected, rtol=1e-5)


def test_flipped_maps_come_back_moved_by_a_column():
    # By hand: mirrored, left and right exchanged, then column k becomes column k + 1.
    maps = np.arange(2 * 4 * 3, dtype=np.float32).reshape(1, 2, 4, 3)
    back = top_down_network.flipped_back(maps, np.array([0, 2, 1]))
    # Row 0 of keypoint 1 comes from keypoint 2: 2 5 8 11 -> 11 8 5 2 -> 11 11 8 5.
    np.testing.assert_array_equal(back[0, 0, :, 1], [11, 11, 8, 5])
    np.testing.assert_array_equal(back[0, 0, :, 0], [9, 9, 6, 3])


def test_the_flip_test_of_a_symmetric_network_changes_nothing():
    # A network that sees the brightest pixel of red (left eye) and green (right eye)
    # at its stride's corner.
    def run(images):
        maps = np.zeros((len(images), 64, 48, 17), np.float32)
        maps[..., COCO.index("left_eye")] = images[:, ::4, ::4, 0] > 1
        maps[..., COCO.index("right_eye")] = images[:, ::4, ::4, 1] > 1
        return maps

    crops = np.zeros((1, 256, 192, 3), np.uint8)
    crops[0, 80, 40, 0] = 255  # Pixel (10, 20) of the maps.
    plain = _network(run)(crops)
    assert plain.maps[0, 20, 10, COCO.index("left_eye")] == 1.0
    unit = placement.apply(plain.to_crop, np.array([[10.0, 20.0]]))[0]
    np.testing.assert_allclose(unit, [0.125 + 40.5 / 256, 80.5 / 256])


def test_following_frames_the_keypoints():
    def run(images):
        maps = np.zeros((len(images), 64, 48, 17), np.float32)
        maps[:, 10, 20, :8], maps[:, 50, 30, 8:] = 0.9, 0.9
        return maps

    seen = _network(run)(np.zeros((1, 256, 192, 3), np.uint8))
    assert seen.presence[0] == 1.0
    # Peaks 10 px apart across and 40 px down of 64: the height decides.
    low, high = placement.apply(seen.to_crop, np.array([[20.0, 10.0], [30.0, 50.0]]))
    np.testing.assert_allclose(seen.following[0, :2], (low + high) / 2)
    np.testing.assert_allclose(seen.following[0, 2:], [1.4 * 40 / 64, 0.0])


def test_nobody_is_not_present():
    def run(images):
        return np.full((len(images), 64, 48, 17), 0.05, np.float32)

    seen = _network(run)(np.zeros((2, 256, 192, 3), np.uint8))
    np.testing.assert_array_equal(seen.presence, [0.0, 0.0])
    np.testing.assert_array_equal(seen.following, [[0.5, 0.5, 1.0, 0.0]] * 2)


def test_maps_of_another_shape_are_refused():
    network = _network(lambda images: np.zeros((len(images), 64, 48, 16)))
    with pytest.raises(errors.InputError, match=r"17\] \(coco17\)\. Received: .*16\]"):
        network(np.zeros((1, 256, 192, 3), np.uint8))
