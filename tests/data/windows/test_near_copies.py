import os
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.data.sources.mocap import cmu
from stpose_tf.data.windows import near_copies
from stpose_tf.data.windows.limb_cosines import Track
from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

H36M = skeletons.get("h36m17")
FPS = 60.0


@pytest.fixture(scope="module")
def tracks():
    """Two performances of each of three actions."""
    return [
        Track(
            f"{action}{seed}",
            FPS,
            generator.generate(action, seconds=4, fps=FPS, seed=seed).joints_world,
        )
        for action in ("walk", "punch", "kick")
        for seed in (1, 2)
    ]


def copied(
    track, *, first=0, frames=10_000, step=1, noise=5.0, limbs=0.1, mirror=False
):
    """Returns a part of the motion in another, noisy body that is turned and moved."""
    rng = np.random.default_rng(1)
    bones = np.einsum("bj,tjd->tbd", H36M.bone_matrix, track.poses)
    bones *= np.exp(limbs * rng.normal(size=(16, 1)))
    poses = np.einsum("jb,tbd->tjd", H36M.ancestor_matrix, bones)
    poses += noise * rng.normal(size=poses.shape)
    if mirror:
        poses = poses[:, H36M.mirror_permutation] * [-1, 1, 1]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    poses = 0.8 * poses @ turn.T + [3000, -200, 50]
    return Track("copy", FPS / step, poses[first : first + frames : step])


@pytest.mark.parametrize(
    ("change", "speed", "mirrored"),
    [
        ({}, 1.0, False),
        ({"first": 37, "frames": 150}, 1.0, False),
        ({"first": 60, "frames": 80}, 1.0, False),
        ({"step": 2}, 1.0, False),
        ({"step": 3, "noise": 2.0}, 1.0, False),
        ({"mirror": True}, 1.0, True),
        ({"mirror": True, "first": 40, "frames": 160, "step": 2}, 1.0, True),
    ],
)
def test_copies_are_found_and_nothing_else(tracks, change, speed, mirrored):
    for track in tracks[::2]:
        (found,) = near_copies.find([copied(track, **change)], tracks)
        assert (found.train, found.validation) == ("copy", track.clip_id)
        assert (found.speed, found.mirrored) == (speed, mirrored)
        begin = change.get("first", 0) / FPS
        assert found.seconds[1] - found.seconds[0] == pytest.approx(begin, abs=0.06)


def test_a_wrong_rate_is_found(tracks):
    walk = tracks[0]
    fast = Track("fast", FPS, copied(walk, step=2).poses)
    (found,) = near_copies.find([fast], tracks)
    assert (found.validation, found.speed) == (walk.clip_id, 0.5)


def test_other_performances_of_an_action_are_no_copies(tracks):
    assert near_copies.find(tracks[::2], tracks[1::2]) == []
    far = near_copies.find(tracks[::2], tracks[1::2], threshold=10.0)
    assert all(copy.distance > 2 * near_copies.THRESHOLD for copy in far)


def test_the_closest_comes_first(tracks):
    found = near_copies.find([copied(tracks[2], noise=0.0)], tracks, threshold=9.0)
    assert found[0].validation == tracks[2].clip_id
    assert found[0].distance < 0.01
    assert [copy.distance for copy in found] == sorted(c.distance for c in found)


def test_noise_does_not_make_other_performances_copies(tracks):
    for noise in (10.0, 30.0):
        noisy = [copied(track, noise=noise) for track in tracks[::2]]
        assert near_copies.find(noisy, tracks[1::2]) == []


def test_standing_still_and_short_clips_are_not_compared(tracks):
    still = Track("still", FPS, np.repeat(tracks[0].poses[:1], 200, axis=0))
    short = Track("short", FPS, tracks[0].poses[:40])
    empty = Track("empty", FPS, tracks[0].poses[:1])
    assert near_copies.find([still], [still]) == []
    assert near_copies.find([short, empty], tracks) == []
    assert near_copies.find(tracks, [short, empty]) == []


def test_nothing_to_compare_is_no_copy(tracks):
    assert near_copies.find([], tracks) == []
    assert near_copies.find(tracks, []) == []


@pytest.mark.slow
@pytest.mark.skipif("STPOSE_CMU" not in os.environ, reason="no CMU files")
def test_repeated_walks_of_one_person_are_no_copies():
    folder = Path(os.environ["STPOSE_CMU"])
    walks = [
        Track(motion.clip_id, motion.fps, motion.joints_world)
        for motion in (
            planned.read()
            for planned in cmu.find(folder, fps=FPS, subjects=("16", "35", "39"))
        )
    ]
    pairs = near_copies.find(walks, walks)
    assert {(copy.train, copy.validation) for copy in pairs} == {
        (track.clip_id, track.clip_id) for track in walks
    }
    for walk in walks[::5]:
        part = copied(walk, first=30, frames=110, step=2)
        assert walk.clip_id in {
            copy.validation for copy in near_copies.find([part], walks)
        }
