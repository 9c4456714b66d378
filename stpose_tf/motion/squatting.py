"""Actions in which both feet stay and the hips go down: squats, sitting down."""

import numpy as np

from stpose_tf.motion import gait, score, stage

_SQUAT_ARMS = (
    (82.0, 6.0, 12.0, 12.0),  # stretched forward
    (55.0, 18.0, 62.0, 120.0),  # folded in front of the chest
    (10.0, 38.0, 60.0, 85.0),  # hands on the hips
    (15.0, 10.0, 15.0, 20.0),  # hanging
)
_LAP = (22.0, 10.0, 30.0, 62.0)


def squat(here: stage.Stage) -> stage.PostureFunction:
    """Returns squats of changing depth and speed, with pauses and turns between."""
    rng = here.rng
    part = score.empty(gait.STAND)

    def act(time: float) -> float:
        for _ in range(int(rng.integers(1, 4))):
            time = _one_squat(rng, part, time) + rng.uniform(0.05, 0.6)
        for arm in part.arms:
            arm.move(time - 0.3, time + 0.4, score.relaxed(gait.STAND))
        return time

    pauses = here.schedule(act, between=(0.6, 1.4))
    velocities = here.reposition(pauses, forward=120.0, side=100.0, turn=0.7)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def sit(here: stage.Stage) -> stage.PostureFunction:
    """Returns sitting down on a seat, talking with the hands, and getting up."""
    rng = here.rng
    part = score.empty(gait.STAND)

    def act(time: float) -> float:
        time = _sit_down(rng, part, time) + rng.uniform(0.1, 0.5)
        for _ in range(int(rng.integers(1, 5))):
            time = _talk(rng, part, time) + rng.uniform(0.1, 0.9)
        return _get_up(rng, part, time)

    pauses = here.schedule(act, between=(0.7, 1.4))
    velocities = here.reposition(pauses, forward=150.0, side=80.0, turn=0.6)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def _one_squat(rng: np.random.Generator, part: score.Score, start: float) -> float:
    depth = rng.uniform(0.18, 0.55)
    down = start + rng.uniform(0.7, 1.5) * np.sqrt(depth / 0.4)
    up = down + (rng.uniform(0.05, 0.9) if rng.random() < 0.5 else 0.02)
    stop = up + rng.uniform(0.6, 1.2) * np.sqrt(depth / 0.4)
    bend = depth / 0.5 * rng.uniform(24.0, 38.0)
    arms = _SQUAT_ARMS[rng.integers(len(_SQUAT_ARMS))]
    part.shift.move(start, down, (-260.0 * depth, rng.normal(0, 10.0), -depth))
    part.pelvis.move(start + 0.05, down, (rng.normal(0, 3.0), bend, 0.0))
    part.chest.move(start, down - 0.05, (rng.normal(0, 4.0), rng.uniform(5, 18), 0.0))
    part.head.move(start + 0.1, down, (0.0, -0.7 * bend, 0.0))
    for arm in part.arms:
        pose = np.asarray(arms) + rng.normal(0, 3.0, 4)
        arm.move(start - rng.uniform(0.0, 0.3), down - rng.uniform(0.0, 0.3), pose)
    part.shift.move(up, stop, 0.0)
    for track in (part.pelvis, part.chest, part.head):
        track.move(up, stop + rng.uniform(-0.1, 0.1), 0.0)
    if rng.random() < 0.6:
        for arm in part.arms:
            late = rng.uniform(-0.1, 0.3)
            arm.move(up + 0.1, stop + late, score.relaxed(gait.STAND))
    return stop


def _sit_down(rng: np.random.Generator, part: score.Score, start: float) -> float:
    stop = start + rng.uniform(1.2, 1.9)
    half = (start + stop) / 2
    lean = rng.uniform(26.0, 38.0)
    height, back = rng.uniform(0.44, 0.54), rng.uniform(330.0, 400.0)
    part.shift.move(start, stop, (-back, rng.normal(0, 10.0), -height))
    part.pelvis.move(start, half + 0.1, (0.0, lean, 0.0))
    part.pelvis.move(half + 0.2, stop + 0.35, (0.0, rng.uniform(-14.0, 2.0), 0.0))
    part.chest.move(start, half + 0.2, (0.0, 14.0, 0.0))
    part.chest.move(half + 0.3, stop + 0.4, (0.0, rng.uniform(4.0, 14.0), 0.0))
    part.head.move(start, half, (0.0, -0.4 * lean, 0.0))
    part.head.move(half + 0.1, stop + 0.3, 0.0)
    for arm in part.arms:
        arm.move(start, half, (30.0, 14.0, 15.0, 30.0))
        arm.move(half, stop + rng.uniform(0.1, 0.4), _LAP + rng.normal(0, 4.0, 4))
    return stop + 0.4


def _talk(rng: np.random.Generator, part: score.Score, start: float) -> float:
    stop = start + rng.uniform(0.5, 1.1)
    yaw = rng.uniform(-28.0, 28.0)
    part.head.move(start, start + 0.45, (yaw, rng.uniform(-8.0, 14.0), 0.0))
    part.chest.move(start, stop, (0.5 * yaw, rng.uniform(3.0, 20.0), rng.normal(0, 3)))
    for arm in part.arms:
        if rng.random() < 0.45:
            bend, twist = rng.uniform(70.0, 120.0), rng.uniform(-15.0, 40.0)
            pose = rng.uniform(15.0, 55.0), rng.uniform(8.0, 30.0), twist, bend
            arm.move(start, start + rng.uniform(0.3, 0.6), pose)
        elif rng.random() < 0.7:
            arm.move(start, stop, _LAP + rng.normal(0, 5.0, 4))
    return stop


def _get_up(rng: np.random.Generator, part: score.Score, start: float) -> float:
    lean = rng.uniform(34.0, 44.0)
    rise = start + rng.uniform(0.35, 0.5)
    stop = rise + rng.uniform(0.9, 1.2)
    part.pelvis.move(start, rise + 0.15, (0.0, lean, 0.0))
    part.chest.move(start, rise + 0.1, (0.0, 16.0, 0.0))
    part.head.move(start, rise, (0.0, -0.5 * lean, 0.0))
    part.shift.move(rise, stop, 0.0)
    for track in (part.pelvis, part.chest, part.head):
        track.move(rise + 0.25, stop + rng.uniform(0.0, 0.2), 0.0)
    for arm in part.arms:
        arm.move(start, rise + 0.1, (30.0, 14.0, 20.0, 35.0))
        arm.move(rise + 0.2, stop + 0.2, score.relaxed(gait.STAND))
    return stop + 0.1
