import types

import numpy as np
import pytest

from stpose_tf.people import sightings, tiling
from stpose_tf.people.sightings import Sightings


def _people(boxes, scores=None):
    count = len(boxes)
    return Sightings(
        boxes=np.array(boxes, float),
        scores=np.ones(count) if scores is None else np.array(scores),
        rolls=np.full(count, 0.3),
    )


def _network(size, *, upright, margin=1.25):
    return types.SimpleNamespace(input_size=size, margin=margin, upright=upright)


def test_overlap_is_shared_area_over_the_whole():
    # Two squares of 10 x 10 that share 5 x 10: 50 of 150.
    first, second = np.array([[0, 0, 10, 10], [5, 0, 15, 10]], float)
    assert sightings.iou(first, second) == pytest.approx(1 / 3)
    assert sightings.iou(first, first) == pytest.approx(1.0)
    assert sightings.iou(first, first + 20) == 0.0


def test_the_surest_of_those_that_overlap_stays():
    people = _people(
        [[0, 0, 10, 10], [1, 0, 11, 10], [50, 0, 60, 10]], scores=[0.6, 0.9, 0.7]
    )
    kept = sightings.suppressed(people, overlap=0.5)
    np.testing.assert_array_equal(kept.scores, [0.9, 0.7])
    np.testing.assert_array_equal(kept.boxes[0], [1, 0, 11, 10])
    assert len(sightings.suppressed(_people(np.zeros((0, 4))), overlap=0.5)) == 0


def test_crops_hold_the_box_in_the_networks_shape():
    people = _people([[100, 50, 180, 250], [0, 0, 300, 100]])
    square = sightings.crops(people, _network((256, 256), upright=True))
    np.testing.assert_allclose(square, [[140, 150, 250, 0.3], [150, 50, 375, 0.3]])
    # 192 wide and 256 high: a box 300 wide needs a height of 400.
    tall = sightings.crops(people, _network((256, 192), upright=False))
    np.testing.assert_allclose(tall, [[140, 150, 250, 0], [150, 50, 500, 0]])


@pytest.mark.parametrize("size", [(1768, 994), (1080, 1920), (500, 500), (4000, 900)])
def test_everyone_small_is_whole_in_a_tile(size):
    tiles = tiling.tiles(size)
    np.testing.assert_allclose(tiles[0], [size[0] / 2, size[1] / 2, max(size), 0])
    rng = np.random.default_rng(0)
    for side in sorted(set(tiles[1:, 2])):
        level = tiles[tiles[:, 2] == side]
        # A person of a third of the tile, anywhere in the frame.
        for _ in range(200):
            reach = side / 6
            place = rng.uniform([reach, reach], np.array(size) - reach)
            away = np.abs(level[:, :2] - place).max(axis=1) + reach
            assert away.min() <= side / 2 + 1e-9
