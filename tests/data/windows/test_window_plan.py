import collections

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import window_plan


@pytest.fixture
def index(make_clip, write_records):
    return record_index.load(
        write_records(
            make_clip("a", frames=300, views=3),
            make_clip("b", frames=40, subject="s2", views=1),
            make_clip("c", frames=100, subject="s3"),
        )
    )


def draws(plan, count):
    dataset = tf.data.Dataset.range(count).map(
        lambda n: plan.draw(tf.stack([n, tf.constant(9, tf.int64)]))
    )
    return list(dataset.as_numpy_iterator())


def test_windows_lie_inside_clips_that_are_long_enough(index):
    plan = window_plan.window_plan(
        index, np.array([0, 1, 2]), length=20, temporal_strides=(1, 4, 3)
    )
    found = draws(plan, 400)
    strides = collections.Counter()
    for window in found:
        frames = window["frames"]
        assert frames.shape == (20,)
        steps = set(np.diff(frames))
        assert len(steps) == 1
        stride = steps.pop()
        strides[stride, window["clip"]] += 1
        assert frames[0] >= 0
        assert frames[-1] < index.clips[window["clip"]].frames
    # 40 frames do not hold 58 or 77; every other combination is drawn.
    assert set(strides) == {(1, 0), (1, 1), (1, 2), (3, 0), (3, 2), (4, 0), (4, 2)}


def test_clips_are_drawn_by_their_frames_and_starts_reach_both_ends(index):
    plan = window_plan.window_plan(
        index, np.array([1, 2]), length=39, temporal_strides=(1,)
    )
    found = draws(plan, 700)
    share = np.mean([window["clip"] == 2 for window in found])
    # Binomial: 100 / 140, standard error 0.017.
    assert share == pytest.approx(100 / 140, abs=0.06)
    starts = {int(w["frames"][0]) for w in found if w["clip"] == 1}
    assert starts == {0, 1}
    starts = [int(w["frames"][0]) for w in found if w["clip"] == 2]
    assert min(starts) == 0
    assert max(starts) == 61
    assert plan.weight == 140


def test_a_clip_that_is_too_short_lies_in_the_window_as_a_whole(index):
    arguments = {"length": 30, "temporal_strides": (2,), "overhang": 0.4}
    found = draws(window_plan.window_plan(index, np.array([1, 2]), **arguments), 300)
    starts = set()
    for window in found:
        last = index.clips[window["clip"]].frames - 1
        inside = window["frames"][window["inside"]]
        assert set(np.diff(inside)) == {2}
        if last + 1 >= 59:
            assert window["inside"].all()
            continue
        # 40 frames at stride 2 are 19 or 20 of the 30, in one piece.
        assert len(inside) in (19, 20)
        assert inside[0] in (0, 1)
        assert inside[-1] in (last - 1, last)
        first = int(np.argmax(window["inside"]))
        starts.add(first)
        np.testing.assert_array_equal(window["frames"][:first], 0)
        np.testing.assert_array_equal(window["frames"][first + len(inside) :], last)
    assert starts == set(range(11))


def test_a_clip_must_fill_its_share_of_a_window(index):
    def clips(overhang):
        plan = window_plan.window_plan(
            index,
            np.array([1, 2]),
            length=30,
            temporal_strides=(2,),
            overhang=overhang,
        )
        return {int(window["clip"]) for window in draws(plan, 60)}

    # 40 frames at stride 2 fill 20 of 30.
    assert clips(0.33) == {2}
    assert clips(0.34) == {1, 2}


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.75), (0.5, 0.634), (1.0, 0.5)])
def test_balance_gives_short_clips_more(index, balance, share):
    plan = window_plan.window_plan(
        index, np.array([0, 2]), length=10, temporal_strides=(1,), balance=balance
    )
    found = np.mean([window["clip"] == 0 for window in draws(plan, 800)])
    # 300 frames against 100; their roots are as 1.732 to 1; standard error 0.017.
    assert found == pytest.approx(share, abs=0.06)


def test_the_two_views_differ_where_there_are_two(index):
    plan = window_plan.window_plan(
        index, np.array([0, 1, 2]), length=10, temporal_strides=(1,)
    )
    seen = collections.defaultdict(set)
    for window in draws(plan, 500):
        seen[int(window["clip"])].add(tuple(window["views"]))
    assert seen[0] == {(a, b) for a in range(3) for b in range(3) if a != b}
    assert seen[1] == {(0, 0)}
    assert seen[2] == {(0, 1), (1, 0)}


def test_only_chosen_clips_are_drawn(index):
    plan = window_plan.window_plan(
        index, np.array([2]), length=10, temporal_strides=(1, 2)
    )
    assert {int(window["clip"]) for window in draws(plan, 50)} == {2}


def test_splits_are_by_subject(index):
    held_out = ("s2",)
    train, validation, everything = (
        list(window_plan.select(index, held_out, split=split))
        for split in window_plan.SPLITS
    )
    assert (train, validation, everything) == ([0, 2], [1], [0, 1, 2])
    with pytest.raises(errors.InputError, match=r"Split.*Received: test"):
        window_plan.select(index, held_out, split="test")


def test_a_window_longer_than_every_clip_is_refused_with_the_longest_possible(index):
    clips = np.array([1, 2])
    arguments = {"temporal_strides": (3, 2)}
    fits = window_plan.long_enough(index, clips, length=50, **arguments)
    assert list(fits) == [2]
    half = window_plan.long_enough(index, clips, length=40, overhang=0.5, **arguments)
    assert list(half) == [1, 2]
    with pytest.raises(errors.InputError, match=r"at most 50;.*Received: 51"):
        window_plan.long_enough(index, clips, length=51, **arguments)
