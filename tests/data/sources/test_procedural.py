import numpy as np
import pytest
from numpy.testing import assert_array_equal

from stpose_tf import errors
from stpose_tf.data.sources.mocap import procedural
from stpose_tf.motion import generator

ACTIONS = len(generator.ACTIONS)


def motions(**changes):
    given = {"fps": 20.0, "clips": ACTIONS + 2, "seconds": 0.5, "seed": 3, **changes}
    return [planned.read() for planned in procedural.find(**given)]


def test_each_subject_does_every_action_before_the_next_one_begins():
    found = motions()
    assert len({motion.clip_id for motion in found}) == len(found)
    assert [motion.subject for motion in found] == ["P01"] * ACTIONS + ["P02"] * 2
    assert tuple(motion.action for motion in found[:ACTIONS]) == generator.ACTIONS
    assert {motion.joints_world.shape for motion in found} == {(10, 17, 3)}
    assert {motion.fps for motion in found} == {20.0}


def test_a_chosen_subject_moves_as_it_does_among_all():
    everyone, chosen = motions(), motions(subjects=("P02",))
    assert [motion.clip_id for motion in chosen] == [
        motion.clip_id for motion in everyone[ACTIONS:]
    ]
    assert_array_equal(chosen[0].joints_world, everyone[ACTIONS].joints_world)


def test_seeds_and_subjects_give_other_motion():
    first, again, other = motions(), motions(), motions(seed=4)
    assert_array_equal(first[0].joints_world, again[0].joints_world)
    assert np.abs(first[0].joints_world - other[0].joints_world).max() > 10
    assert np.abs(first[0].joints_world - first[ACTIONS].joints_world).max() > 10


def test_found_clips_name_what_they_give():
    for planned in procedural.find(clips=2, seconds=0.2):
        motion = planned.read()
        assert motion.clip_id == planned.clip_id
        assert (motion.subject, motion.fps) == (planned.subject, 60.0)


@pytest.mark.parametrize("change", [{"seconds": -1.0}, {"fps": float("nan")}])
def test_impossible_lengths_are_refused(change):
    with pytest.raises(errors.InputError, match="expected a positive number"):
        motions(**change)


def test_an_input_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="--input: expected none"):
        motions(path=tmp_path)
