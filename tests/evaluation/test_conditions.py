import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.evaluation import conditions

TIME, KEYPOINTS = 40, 17


def _example(scored=slice(0, TIME), **maps):
    score = np.zeros(TIME, np.float32)
    score[scored] = 1
    peaks = np.ones((TIME, KEYPOINTS, 2, 4), np.float32)
    example = {
        "peaks": tf.constant(peaks),
        "keypoints": tf.ones((TIME, KEYPOINTS, 2)),
        "occluded": tf.zeros((TIME, KEYPOINTS), tf.bool),
        "pose": tf.ones((TIME, 17, 3)),
        "score": tf.constant(score),
    }
    if maps:
        del example["peaks"]
    return {**example, **maps}


def _apply(name, example, seed=0):
    (condition,) = conditions.get((name,))
    return condition.op(example, tf.constant([seed, 5]))


@pytest.mark.parametrize("name", ["points30", "frames10"])
def test_the_contract_of_every_op(check_augmentation, name):
    check_augmentation(conditions.get((name,))[0].op, _example())


@pytest.mark.parametrize("name", ["points30", "frames10"])
def test_what_is_hidden_is_gone_and_the_rest_is_untouched(name):
    example = _example()
    changed = _apply(name, example)
    hidden = changed["occluded"].numpy()
    heights = changed["peaks"].numpy()[..., 3]
    assert 0 < hidden.sum() < hidden.size
    assert (heights[hidden] == 0).all()
    assert (heights[~hidden] == 1).all()
    np.testing.assert_array_equal(changed["pose"], example["pose"])
    np.testing.assert_array_equal(changed["peaks"][..., :3], example["peaks"][..., :3])


def test_stored_heat_maps_are_hidden_too():
    example = _example(heatmaps=tf.ones((TIME, 4, 4, KEYPOINTS)))
    changed = _apply("frames10", example)
    hidden = changed["occluded"].numpy()
    maps = changed["heatmaps"].numpy().transpose(0, 3, 1, 2)
    assert (maps[hidden] == 0).all()
    assert (maps[~hidden] == 1).all()


def test_points30_hides_three_in_ten():
    hidden = [
        _apply("points30", _example(), seed)["occluded"].numpy().mean()
        for seed in range(20)
    ]
    # 13,600 draws: a standard error of 0.4 %.
    assert np.mean(hidden) == pytest.approx(0.3, abs=0.015)


@pytest.mark.parametrize("seed", range(20))
def test_frames10_hides_ten_consecutive_scored_frames(seed):
    hidden = _apply("frames10", _example(slice(7, 31)), seed)["occluded"].numpy()
    assert (hidden == hidden[:, :1]).all()
    places = np.flatnonzero(hidden[:, 0])
    np.testing.assert_array_equal(places, np.arange(places[0], places[0] + 10))
    assert places[0] >= 7
    assert places[-1] <= 30


def test_frames10_reaches_both_ends_of_what_is_scored():
    places = [
        np.flatnonzero(_apply("frames10", _example(slice(7, 19)), s)["occluded"][:, 0])
        for s in range(40)
    ]
    assert {int(p[0]) for p in places} == {7, 8, 9}


def test_frames10_hides_no_more_than_is_scored():
    hidden = _apply("frames10", _example(slice(30, 34)))["occluded"].numpy()
    np.testing.assert_array_equal(np.flatnonzero(hidden[:, 0]), [30, 31, 32, 33])
    nothing = _apply("frames10", _example(slice(0, 0)))["occluded"].numpy()
    assert not nothing.any()


def test_the_same_seed_hides_the_same():
    first, again, other = (
        _apply("points30", _example(), seed)["occluded"].numpy() for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_unknown_conditions_are_refused_by_name():
    with pytest.raises(errors.InputError, match="Received: fog"):
        conditions.get(("clean", "fog"))
    assert [c.name for c in conditions.get(("noise_free", "clean"))] == [
        "noise_free",
        "clean",
    ]
