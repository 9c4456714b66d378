import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.geometry import heatmaps
from stpose_tf.networks2d import heatmap_resampling, placement

CROP = np.array([320.0, 240.0, 256.0, 0.0])


def _gaussians(places, size, sigma=1.8):
    """Blobs of height 1 at (x, y) in heat-map px, by the formula."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    away = (rows[..., None] - places[:, 1]) ** 2
    away = away + (columns[..., None] - places[:, 0]) ** 2
    return np.exp(-away / (2 * sigma**2)).astype(np.float32)


def _resampled(maps, crop, target, size=(64, 64)):
    to_image = placement.of_crop(crop, maps.shape[:2])
    return heatmap_resampling.resample(maps, to_image, target, size)


def test_the_same_crop_changes_nothing():
    maps = np.random.default_rng(0).uniform(0, 1, (64, 64, 5)).astype(np.float32)
    np.testing.assert_array_equal(_resampled(maps, CROP, CROP), maps)


def test_a_rolled_crop_onto_itself_changes_nothing():
    maps = np.random.default_rng(0).uniform(0, 1, (64, 64, 3)).astype(np.float32)
    crop = np.array([320.3, 241.7, 187.1, 1.234])
    np.testing.assert_array_equal(_resampled(maps, crop, crop), maps)


def test_narrow_maps_of_the_same_height_are_padded_with_zeros():
    # 64 x 48 maps lie in the middle 48 of the 64 columns of the square crop.
    maps = np.random.default_rng(0).uniform(0, 1, (64, 48, 17)).astype(np.float32)
    drawn = _resampled(maps, CROP, CROP)
    np.testing.assert_array_equal(drawn[:, 8:56], maps)
    assert not drawn[:, :8].any()
    assert not drawn[:, 56:].any()


def test_whole_pixels_move_whole_pixels():
    maps = np.random.default_rng(0).uniform(0, 1, (64, 64, 2)).astype(np.float32)
    # 256 px of 64: a pixel is 4 px. 12 px right and 8 px up.
    moved = _resampled(maps, CROP, np.add(CROP, [12.0, -8.0, 0.0, 0.0]))
    np.testing.assert_array_equal(moved[2:, :61], maps[:62, 3:])
    assert not moved[:2].any()
    assert not moved[:, 61:].any()


def test_a_quarter_turn_turns_the_maps():
    maps = np.random.default_rng(0).uniform(0, 1, (32, 32, 2)).astype(np.float32)
    # The crop turns from +x to +y, so what it shows turns the other way.
    turned = _resampled(maps, CROP, np.add(CROP, [0, 0, 0, np.pi / 2]), size=(32, 32))
    np.testing.assert_array_equal(turned, np.rot90(maps, 1))


@pytest.mark.parametrize("roll", [0.0, 0.3, -1.4])
@pytest.mark.parametrize("side", [210.0, 256.0, 330.0])
def test_peaks_stay_where_they_are_in_the_image(roll, side):
    places = np.random.default_rng(1).uniform(22, 42, (17, 2))
    source = np.add(CROP, [0, 0, 0, roll])
    maps = _gaussians(places, (64, 64))
    target = np.array([326.0, 233.0, side, 0.1])
    drawn = _resampled(maps, source, target)
    decoded = heatmaps.decode(tf.constant(drawn)).numpy()
    image = placement.apply(placement.of_crop(source, (64, 64)), places)
    there = placement.apply(placement.of_crop(target, (64, 64)), decoded[:, :2])
    np.testing.assert_allclose(there, image, atol=0.25)  # px of 640 x 480
    # The same blobs drawn directly.
    in_target = placement.apply(
        placement.inverse(placement.of_crop(target, (64, 64))), image
    )
    direct = _gaussians(in_target, (64, 64), sigma=1.8 * 256.0 / side)
    np.testing.assert_allclose(drawn, direct, atol=0.02)


def test_curves_of_second_order_are_exact():
    rows, columns = np.mgrid[:64, :64].astype(np.float64)

    def surface(x, y):
        return 3.0 + 0.2 * x - 0.1 * y + 0.01 * x * y + 0.02 * x**2 + 0.015 * y**2

    maps = surface(columns, rows)[..., None].astype(np.float32)
    drawn = _resampled(maps, CROP, np.array([322.2, 238.9, 128.0, 0.0]))
    # Pixel m of the new maps lies at 2.2 px / 4 + 31.5 + (m - 31.5) / 2 of the old.
    x = 0.55 + 31.5 + (columns - 31.5) / 2
    y = -0.275 + 31.5 + (rows - 31.5) / 2
    np.testing.assert_allclose(drawn[..., 0], surface(x, y), rtol=1e-5)


def test_nothing_is_below_zero_and_nothing_comes_from_outside():
    maps = np.zeros((64, 64, 1), np.float32)
    maps[30, 30] = 1.0
    drawn = _resampled(maps, CROP, np.add(CROP, [1.7, 0.9, 3.0, 0.2]))
    assert drawn.min() == 0.0
    assert drawn.max() > 0.7
    far = _resampled(
        np.ones((64, 64, 1), np.float32), CROP, np.add(CROP, [600, 0, 0, 0])
    )
    assert not far.any()


def _by_definition(maps, between, size):
    """Keys' cubic convolution over all pixels of all maps, in float64."""
    kernel = {
        0: lambda d: 1 - 2.5 * d**2 + 1.5 * d**3,
        1: lambda d: 2 - 4 * d + 2.5 * d**2 - 0.5 * d**3,
    }
    drawn = np.zeros((*size, maps.shape[2]))
    for row in range(size[0]):
        for column in range(size[1]):
            x, y = between[:, :2] @ [column, row] + between[:, 2]
            for v in range(int(np.floor(y)) - 1, int(np.floor(y)) + 3):
                for u in range(int(np.floor(x)) - 1, int(np.floor(x)) + 3):
                    if 0 <= v < maps.shape[0] and 0 <= u < maps.shape[1]:
                        dx, dy = abs(u - x), abs(v - y)
                        weight = kernel[min(int(dx), 1)](dx) * kernel[min(int(dy), 1)](
                            dy
                        )
                        drawn[row, column] += weight * maps[v, u]
    return np.maximum(drawn, 0.0)


@pytest.mark.parametrize("size", [(64, 64), (48, 40)])
def test_what_is_left_out_is_as_good_as_nothing(size):
    # Blobs over a floor that a network's sigmoid leaves, some of them at the border.
    rng = np.random.default_rng(4)
    maps = _gaussians(rng.uniform(-1, 30, (9, 2)), (32, 32))
    maps += rng.uniform(0, 2e-3, maps.shape).astype(np.float32)
    source = np.add(CROP, [0, 0, 0, 0.4])
    target = np.array([331.0, 222.0, 290.0, -0.1])
    drawn = _resampled(maps, source, target, size)
    between = placement.compose(
        placement.inverse(placement.of_crop(source, (32, 32))),
        placement.of_crop(target, size),
    )
    whole = _by_definition(maps.astype(np.float64), between, size)
    np.testing.assert_allclose(drawn, whole, atol=0.004)
    something = drawn > 0
    np.testing.assert_allclose(drawn[something], whole[something], atol=1e-5)
    assert something.mean() < 0.5
    assert (whole > 0).mean() > 0.5
