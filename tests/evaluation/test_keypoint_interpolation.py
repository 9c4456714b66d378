import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import occlusion, peak_components
from stpose_tf.evaluation import conditions, keypoint_interpolation

TIME, KEYPOINTS = 30, 17


def _example(moving=True):
    """Keypoints that move with constant speed."""
    rng = np.random.default_rng(0)
    time = np.arange(TIME, dtype=np.float32)[:, None, None]
    speed = rng.uniform(-0.3, 0.3, size=(KEYPOINTS, 2)) * moving
    places = rng.uniform(8, 24, size=(KEYPOINTS, 2)) + speed * time
    places = np.broadcast_to(places, (TIME, KEYPOINTS, 2)).astype(np.float32)
    return {
        "peaks": peak_components.from_keypoints(tf.constant(places), sigma=1.5),
        "keypoints": tf.constant(places),
        "occluded": tf.zeros((TIME, KEYPOINTS), tf.bool),
        "score": tf.ones(TIME),
    }


def _main(example):
    return example["peaks"].numpy()[:, :, peak_components.MAIN]


def test_constant_speed_is_restored_between_two_sights():
    example = _example()
    op = keypoint_interpolation.Interpolated(conditions.HideFrames(10), 1.5)
    changed = op(example, tf.constant([3, 4]))
    hidden = changed["occluded"].numpy()
    frames = np.flatnonzero(hidden[:, 0])
    assert frames[0] > 0
    assert frames[-1] < TIME - 1
    assert hidden.sum() == 10 * KEYPOINTS
    np.testing.assert_allclose(_main(changed), _main(example), atol=1e-4)


def test_the_same_is_hidden_with_and_without_filling_in():
    hide = occlusion.PointOcclusion(0.3)
    seed = tf.constant([9, 1])
    alone = hide(_example(), seed)["occluded"].numpy()
    filled = keypoint_interpolation.Interpolated(hide, 1.5)(_example(), seed)
    np.testing.assert_array_equal(filled["occluded"], alone)
    assert (_main(filled)[..., 3] > 0).all()


def test_hidden_places_are_not_used():
    # What lies under the occlusion may be anything.
    example = _example()
    hide = occlusion.PointOcclusion(0.4)
    seed = tf.constant([2, 2])
    hidden = hide(example, seed)["occluded"].numpy()
    places = example["keypoints"].numpy() + 100.0 * hidden[..., None]
    peaks = peak_components.from_keypoints(tf.constant(places, tf.float32), sigma=1.5)
    other = {**example, "keypoints": tf.constant(places, tf.float32), "peaks": peaks}
    op = keypoint_interpolation.Interpolated(hide, 1.5)
    np.testing.assert_allclose(
        _main(op(other, seed)), _main(op(example, seed)), atol=1e-4
    )


def test_ends_stay_where_they_were_seen_and_the_unseen_stays_missing():
    values = tf.constant(np.arange(5.0)[:, None, None] * [[1.0], [1]], tf.float32)
    known = np.zeros((5, 2), bool)
    known[1:3, 0] = True
    found = keypoint_interpolation.interpolate(values, tf.constant(known)).numpy()
    np.testing.assert_allclose(found[:, 0, 0], [1, 1, 2, 2, 2])
    np.testing.assert_array_equal(found[:, 1], 0)


def test_interpolation_is_numpys():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(TIME, 6, 3)).astype(np.float32)
    known = rng.uniform(size=(TIME, 6)) < 0.4
    found = keypoint_interpolation.interpolate(tf.constant(values), known).numpy()
    time = np.arange(TIME)
    for keypoint in range(6):
        seen = known[:, keypoint]
        for channel in range(3):
            reference = np.interp(time, time[seen], values[seen, keypoint, channel])
            np.testing.assert_allclose(
                found[:, keypoint, channel], reference, atol=1e-5
            )


@pytest.mark.parametrize("stored", [False, True])
def test_it_keeps_the_contract_of_an_augmentation(check_augmentation, stored):
    example = _example()
    if stored:
        maps = np.random.default_rng(0).uniform(size=(TIME, 32, 32, KEYPOINTS))
        example["heatmaps"] = tf.constant(maps, tf.float32)
        del example["peaks"]
    op = keypoint_interpolation.Interpolated(conditions.HideFrames(5), 1.5)
    check_augmentation(op, example)


def test_recorded_maps_get_a_gaussian_at_the_place_between():
    example = _example()
    maps = np.zeros((TIME, 32, 32, KEYPOINTS), np.float32)
    places = example["keypoints"].numpy().round().astype(int)
    frames, points = np.indices((TIME, KEYPOINTS))
    maps[frames, places[..., 1], places[..., 0], points] = 0.8
    example["heatmaps"] = tf.constant(maps)
    del example["peaks"]
    op = keypoint_interpolation.Interpolated(conditions.HideFrames(5), 1.5)
    changed = op(example, tf.constant([3, 4]))
    hidden = changed["occluded"].numpy()
    filled = changed["heatmaps"].numpy().transpose(0, 3, 1, 2)[hidden]
    assert np.isfinite(filled).all()
    highest = filled.reshape(len(filled), -1).argmax(axis=1)
    rows, columns = np.divmod(highest, 32)
    expected = example["keypoints"].numpy()[hidden]
    assert np.abs(columns - expected[:, 0]).max() <= 1
    assert np.abs(rows - expected[:, 1]).max() <= 1


def test_a_keypoint_hidden_throughout_stays_missing_and_finite():
    example = _example()
    op = keypoint_interpolation.Interpolated(occlusion.JointOcclusion(1.0), 1.5)
    changed = op(example, tf.constant([0, 0]))
    assert np.isfinite(changed["peaks"]).all()
    assert not _main(changed)[..., 3].any()
    assert (changed["peaks"].numpy()[..., 2] > 0).all()
