import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import limbs
from stpose_tf.evaluation import hiding
from stpose_tf.geometry import skeletons

TIME = 40
COCO = skeletons.get("coco17")
LIMBS = limbs.of(COCO)


def _example(scored=slice(0, TIME)):
    score = np.zeros(TIME, np.float32)
    score[scored] = 1
    places = np.random.default_rng(0).uniform(0, 31, size=(TIME, 17, 2))
    return {
        "peaks": tf.ones((TIME, 17, 4, 4)),
        "keypoints": tf.constant(places, tf.float32),
        "occluded": tf.zeros((TIME, 17), tf.bool),
        "score": tf.constant(score),
    }


@pytest.mark.parametrize(
    "op",
    [hiding.HideLimb(LIMBS, 10), hiding.HideLowerHalf((32, 32)), hiding.HideEnd(25)],
    ids=lambda op: type(op).__name__,
)
def test_the_contract_of_every_op(check_augmentation, op):
    changed = check_augmentation(op, _example())
    hidden = changed["occluded"].numpy()
    assert 0 < hidden.sum() < hidden.size
    heights = changed["peaks"].numpy()[..., 3]
    assert (heights[hidden] == 0).all()
    assert (heights[~hidden] == 1).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_limb_is_hidden_for_consecutive_scored_frames(seed):
    op = hiding.HideLimb(LIMBS, 10)
    hidden = op(_example(slice(7, 31)), tf.constant([seed, 1]))["occluded"].numpy()
    members = tuple(np.flatnonzero(hidden.any(axis=0)))
    assert members in [tuple(sorted(limb)) for limb in LIMBS]
    frames = np.flatnonzero(hidden.any(axis=1))
    np.testing.assert_array_equal(frames, np.arange(frames[0], frames[0] + 10))
    assert frames[0] >= 7
    assert frames[-1] <= 30
    assert hidden[frames][:, members].all()


def test_no_more_is_hidden_than_is_scored():
    op = hiding.HideLimb(LIMBS, 10)
    hidden = op(_example(slice(7, 12)), tf.constant([3, 1]))["occluded"].numpy()
    np.testing.assert_array_equal(np.flatnonzero(hidden.any(axis=1)), range(7, 12))


def test_the_lower_half_is_what_lies_below_the_middle():
    example = _example()
    hidden = hiding.HideLowerHalf((32, 32))(example, tf.constant([0, 0]))["occluded"]
    np.testing.assert_array_equal(hidden, example["keypoints"][..., 1] > 15.5)


def test_the_future_is_everything_from_a_frame_on():
    hidden = hiding.HideEnd(25)(_example(), tf.constant([0, 0]))["occluded"].numpy()
    assert not hidden[:25].any()
    assert hidden[25:].all()
