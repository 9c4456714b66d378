import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

FPS = 50.0
JOINT = {name: i for i, name in enumerate(skeletons.get("h36m17").joints)}
KEYPOINT = {name: i for i, name in enumerate(skeletons.get("coco17").joints)}
SIDES = ("right", "left")
GROUNDED = tuple(a for a in generator.ACTIONS if a not in ("run", "jump"))
BONE_OF_BODY = {
    ("hip", "left_hip"): "half_pelvis",
    ("hip", "right_hip"): "half_pelvis",
    ("left_hip", "left_knee"): "thigh",
    ("right_hip", "right_knee"): "thigh",
    ("left_knee", "left_ankle"): "shin",
    ("right_knee", "right_ankle"): "shin",
    ("hip", "spine"): "lower_spine",
    ("spine", "thorax"): "upper_spine",
    ("thorax", "nose"): "neck",
    ("nose", "head"): "head",
    ("thorax", "left_shoulder"): "half_shoulders",
    ("thorax", "right_shoulder"): "half_shoulders",
    ("left_shoulder", "left_elbow"): "upper_arm",
    ("right_shoulder", "right_elbow"): "upper_arm",
    ("left_elbow", "left_wrist"): "forearm",
    ("right_elbow", "right_wrist"): "forearm",
}


@pytest.fixture(scope="module")
def clips():
    """All actions, two people each, 8 s."""
    return {
        action: [
            generator.generate(action, seconds=8.0, fps=FPS, seed=seed)
            for seed in (3, 11)
        ]
        for action in generator.ACTIONS
    }


def of(clip, name):
    return clip.joints_world[:, JOINT[name]].astype(float)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def dot(first, second):
    return np.sum(first * second, axis=-1)


def left_of(clip):
    """The horizontal direction from the right to the left hip."""
    return unit((of(clip, "left_hip") - of(clip, "right_hip")) * [1, 1, 0])


def bend(clip, first, middle, last):
    upper = unit(of(clip, middle) - of(clip, first))
    lower = unit(of(clip, last) - of(clip, middle))
    return np.degrees(np.arccos(np.clip(dot(upper, lower), -1, 1)))


def lifts(clip):
    """Ankles above where they are when the foot is flat, `[time, 2]` in mm."""
    heights = [of(clip, f"{side}_ankle")[:, 2] for side in SIDES]
    return np.stack(heights, axis=1) - clip.body.ankle_height


def stands(down):
    """First and past-last frames of the runs of True that last 0.1 s or more."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(int), [0]])))
    return [(a, b) for a, b in edges.reshape(-1, 2) if b - a >= 0.1 * FPS]


def test_there_are_at_least_eight_actions():
    assert len(set(generator.ACTIONS)) == len(generator.ACTIONS) >= 8


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_clip_holds_both_skeletons_in_the_frames_asked_for(clips, action):
    for clip in clips[action]:
        assert (clip.action, clip.fps) == (action, FPS)
        for positions in (clip.joints_world, clip.keypoints_world):
            assert positions.shape == (400, 17, 3)
            assert positions.dtype == np.float32
            assert np.isfinite(positions).all()
        shared = [name for name in KEYPOINT if name in JOINT and name != "nose"]
        assert len(shared) == 12
        assert_array_equal(
            clip.keypoints_world[:, [KEYPOINT[name] for name in shared]],
            clip.joints_world[:, [JOINT[name] for name in shared]],
        )


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_bones_keep_the_lengths_of_the_body(clips, action):
    for clip in clips[action]:
        for (parent, child), field in BONE_OF_BODY.items():
            lengths = np.linalg.norm(of(clip, child) - of(clip, parent), axis=-1)
            # float32 of a point 4 m away is good to 0.25 µm.
            assert_allclose(lengths, getattr(clip.body, field), rtol=1e-6, atol=1e-3)
        hips = (of(clip, "left_hip") + of(clip, "right_hip")) / 2
        assert_allclose(of(clip, "hip"), hips, atol=1e-3)


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_standing_feet_do_not_slide(clips, action):
    for clip in clips[action]:
        found = 0
        for side, lift in zip(SIDES, lifts(clip).T, strict=True):
            ankle = of(clip, f"{side}_ankle")[:, :2]
            for start, stop in stands(lift < 1.0):
                found += 1
                drift = np.linalg.norm(ankle[start:stop] - ankle[start], axis=-1)
                assert drift.max() <= 5.0
        assert found >= 2


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_feet_stay_above_the_floor(clips, action):
    for clip in clips[action]:
        assert lifts(clip).min() >= -0.01
        assert clip.joints_world[..., 2].min() > 0


@pytest.mark.parametrize("action", GROUNDED)
def test_one_foot_is_on_the_floor_unless_one_jumps_or_runs(clips, action):
    for clip in clips[action]:
        assert lifts(clip).min(axis=1).max() < 40.0  # the ankle; toes still touch


def test_a_runner_flies_between_steps(clips):
    for clip in clips["run"]:
        both = lifts(clip).min(axis=1) > 10.0
        flights = len(stands(both)) + len(stands(~both))
        assert flights >= 8
        assert 0.1 < both.mean() < 0.6


def test_a_jumper_falls_freely():
    clip = generator.generate("jump", seconds=12.0, fps=100.0, seed=2)
    flying = lifts(clip).min(axis=1) > 90.0
    assert flying.sum() > 30
    height = of(clip, "hip")[:, 2]
    acceleration = np.diff(height, 2) * 100.0**2
    inner = flying[:-2] & flying[1:-1] & flying[2:]
    assert_allclose(acceleration[inner], -9810.0, atol=30.0)


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_knees_and_elbows_keep_their_range(clips, action):
    for clip in clips[action]:
        for side in SIDES:
            knee = bend(clip, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
            elbow = bend(clip, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
            assert 0 < knee.min() < knee.max() < 150
            assert 0 < elbow.min() < elbow.max() < 150


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_knees_bend_forward(clips, action):
    for clip in clips[action]:
        for side in SIDES:
            thigh = of(clip, f"{side}_knee") - of(clip, f"{side}_hip")
            shin = of(clip, f"{side}_ankle") - of(clip, f"{side}_knee")
            # A thigh that hangs and a shin behind it span an axis to the left.
            axis = unit(np.cross(thigh, shin))
            assert dot(axis, left_of(clip)).min() > 0.5


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_elbows_of_hanging_arms_bend_forward(clips, action):
    for clip in clips[action]:
        across = unit(of(clip, "left_shoulder") - of(clip, "right_shoulder"))
        up = unit(of(clip, "thorax") - of(clip, "spine"))
        ahead = np.cross(across, up)
        for side in SIDES:
            upper = unit(of(clip, f"{side}_elbow") - of(clip, f"{side}_shoulder"))
            forearm = unit(of(clip, f"{side}_wrist") - of(clip, f"{side}_elbow"))
            out = forearm - dot(forearm, upper)[:, None] * upper
            hanging = (dot(upper, -up) > 0.75) & (np.linalg.norm(out, axis=1) > 0.25)
            assert (dot(unit(out), ahead)[hanging] > 0.1).all()


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_back_and_neck_bend_within_limits(clips, action):
    for clip in clips[action]:
        assert bend(clip, "hip", "spine", "thorax").max() < 50
        assert bend(clip, "spine", "thorax", "nose").max() < 60
        assert bend(clip, "thorax", "nose", "head").max() < 60


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_left_is_left_and_the_face_is_in_front(clips, action):
    for clip in clips[action]:
        face = {n: clip.keypoints_world[:, i] for n, i in KEYPOINT.items() if i < 5}
        ears = (face["left_ear"] + face["right_ear"]) / 2
        eyes = (face["left_eye"] + face["right_eye"]) / 2
        left = unit(face["left_ear"] - face["right_ear"])
        up = unit(of(clip, "head") - ears)
        ahead = np.cross(left, up)
        size = clip.body.head / 115.0
        assert_allclose(dot(face["nose"] - ears, ahead), 110 * size, atol=3.0)
        assert (dot(face["nose"] - eyes, up) < -20 * size).all()
        assert (dot(face["left_eye"] - face["right_eye"], left) > 50 * size).all()
        # Nobody looks backward.
        trunk = unit(of(clip, "left_shoulder") - of(clip, "right_shoulder"))
        assert (dot(left, trunk) > 0.2).all()
        assert (dot(trunk, left_of(clip)) > 0.3).all()


def test_arms_swing_against_the_legs():
    clip = generator.generate("walk", seconds=20.0, fps=FPS, seed=5)
    left = left_of(clip)
    ahead = np.stack([left[:, 1], -left[:, 0], np.zeros(len(left))], axis=-1)
    swings = []
    for side in SIDES:
        leg = dot(of(clip, f"{side}_ankle") - of(clip, "hip"), ahead)
        arm = dot(of(clip, f"{side}_wrist") - of(clip, f"{side}_shoulder"), ahead)
        assert np.corrcoef(leg, arm)[0, 1] < -0.4
        swings.append(np.ptp(arm))
    assert swings[0] != pytest.approx(swings[1], rel=1e-3)


def test_a_walker_turns_and_changes_speed():
    clip = generator.generate("walk", seconds=20.0, fps=FPS, seed=1)
    speed = np.linalg.norm(np.diff(of(clip, "hip")[:, :2], axis=0), axis=1) * FPS
    assert speed.max() < 2200
    assert np.percentile(speed, 95) > 900
    assert np.percentile(speed, 5) < 0.75 * np.percentile(speed, 95)
    left = left_of(clip)
    heading = np.unwrap(np.arctan2(left[:, 1], left[:, 0]))
    assert np.ptp(heading) > np.pi / 2
    assert np.abs(of(clip, "hip")[:, :2]).max() < 4000


def test_step_lengths_and_durations_vary():
    clip = generator.generate("walk", seconds=30.0, fps=FPS, seed=4)
    right = of(clip, "right_ankle")[:, :2]
    inner = stands(lifts(clip)[:, 0] < 1.0)[1:-1]
    times = np.array([start for start, _ in inner]) / FPS
    lengths = np.linalg.norm(
        np.diff([right[start] for start, _ in inner], axis=0), axis=1
    )
    assert len(times) > 15
    assert np.std(np.diff(times)) > 0.03
    assert np.std(lengths) > 40.0


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_no_period_repeats(action):
    clip = generator.generate(action, seconds=20.0, fps=25.0, seed=6)
    left = left_of(clip)
    ahead = np.stack([left[:, 1], -left[:, 0], np.zeros(len(left))], axis=-1)
    up = np.broadcast_to([0.0, 0.0, 1.0], left.shape)
    poses = clip.joints_world - clip.joints_world[:, :1]
    own = np.einsum("tad,tjd->tja", np.stack([ahead, left, up], axis=1), poses)
    for lag in range(10, 350):
        apart = np.linalg.norm(own[lag:] - own[:-lag], axis=-1)
        assert apart.mean() > 15.0
        assert np.percentile(apart.max(axis=1), 75) > 40.0


@pytest.mark.parametrize("action", generator.ACTIONS)
def test_accelerations_are_bounded_at_any_rate(action):
    greatest = []
    for fps in (100.0, 400.0):
        clip = generator.generate(action, seconds=6.0, fps=fps, seed=9)
        second = np.diff(clip.joints_world.astype(float), 2, axis=0) * fps**2
        greatest.append(np.linalg.norm(second, axis=-1).max() / 1e3)
    # A jump in position or velocity would grow with the rate by 16 or by 4.
    assert greatest[1] < max(2.0 * greatest[0], greatest[0] + 40.0)
    assert greatest[0] < (600.0 if action in ("run", "jump") else 300.0)  # m/s²


def test_same_seed_same_motion_other_seed_other_motion():
    first, again, other = (
        generator.generate("reach", seconds=2.0, fps=FPS, seed=seed)
        for seed in (8, 8, 9)
    )
    assert_array_equal(first.joints_world, again.joints_world)
    assert_array_equal(first.keypoints_world, again.keypoints_world)
    assert first.body == again.body
    assert np.abs(first.joints_world - other.joints_world).max() > 100.0


@pytest.mark.parametrize("action", ["walk", "jump"])
def test_the_motion_does_not_depend_on_the_rate(action):
    coarse = generator.generate(action, seconds=3.0, fps=25.0, seed=2)
    fine = generator.generate(action, seconds=3.0, fps=100.0, seed=2)
    assert_allclose(coarse.joints_world, fine.joints_world[::4], atol=0.01)


def test_people_have_different_bodies():
    bodies = [
        generator.generate("turn", seconds=0.1, fps=FPS, seed=seed).body
        for seed in range(20)
    ]
    legs = np.array([body.leg for body in bodies])
    assert np.std(legs) > 25.0
    assert 700 < legs.min() < legs.max() < 1130
    assert np.std([body.arm / body.leg for body in bodies]) > 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "fly"}, "action: must be one of walk.*Received: 'fly'"),
        ({"seconds": 0.0}, "seconds.*Received: 0.0"),
        ({"seconds": -1.0}, "seconds.*Received: -1.0"),
        ({"seconds": float("nan")}, "seconds.*Received: nan"),
        ({"fps": 0.0}, "fps.*Received: 0.0"),
        ({"seed": -1}, "seed.*Received: -1"),
    ],
)
def test_what_cannot_be_generated_is_refused(change, message):
    given = {"action": "walk", "seconds": 1.0, "fps": FPS, "seed": 0, **change}
    with pytest.raises(errors.InputError, match=message):
        generator.generate(given.pop("action"), **given)


@pytest.mark.parametrize("seconds", [0.01, 0.5])
def test_short_clips_have_at_least_one_frame(seconds):
    clip = generator.generate("sit", seconds=seconds, fps=FPS, seed=0)
    assert len(clip.joints_world) == max(1, round(seconds * FPS))


def test_five_thousand_frames_take_less_than_a_second():
    def rate(action):
        start = time.process_time()
        generator.generate(action, seconds=20.0, fps=FPS, seed=0)
        return 20.0 * FPS / (time.process_time() - start)

    for action in generator.ACTIONS:
        assert max(rate(action) for _ in range(3)) > 5000
