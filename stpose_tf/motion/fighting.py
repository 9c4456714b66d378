"""Punches and kicks from a guard."""

import numpy as np

from stpose_tf.motion import body_shape, gait, score, stage
from stpose_tf.motion.posture import LEFT, RIGHT

_BLOWS = {  # angles of the arm at the far end; yaw of the trunk with which it comes
    "straight": ((88.0, 2.0, 45.0, 10.0), 38.0),
    "hook": ((62.0, 58.0, 50.0, 78.0), 44.0),
    "uppercut": ((66.0, 4.0, -5.0, 88.0), 32.0),
}


def punch(here: stage.Stage) -> stage.PostureFunction:
    """Returns bursts of different punches with both hands, ducking and stepping."""
    rng = here.rng
    part = score.empty(gait.GUARD)
    _guard(rng, part, -99.0)

    def act(time: float) -> float:
        for _ in range(int(rng.integers(2, 7))):
            if rng.random() < 0.45:
                time += rng.uniform(0.1, 0.8)
            do = _duck if rng.random() < 0.15 else _blow
            time = do(rng, part, time)
        return time + 0.15

    pauses = here.schedule(act, between=(0.5, 1.1))
    velocities = here.reposition(pauses, forward=220.0, side=120.0, turn=0.45)
    staged = here.perform(velocities, part, gait=gait.GUARD, energy=1.3)
    return stage.standing(staged)


def kick(here: stage.Stage) -> stage.PostureFunction:
    """Returns kicks forward with either leg, low to high, the other foot planted."""
    rng = here.rng
    part = score.empty(gait.GUARD)
    _guard(rng, part, -99.0)

    def act(time: float) -> float:
        for _ in range(int(rng.integers(1, 4))):
            time = _one_kick(rng, part, time + 0.2, here.body) + rng.uniform(0.05, 0.6)
        return time + 0.15

    pauses = here.schedule(act, between=(0.5, 1.2))
    velocities = here.reposition(pauses, forward=150.0, side=100.0, turn=0.5)
    return stage.standing(here.perform(velocities, part, gait=gait.GUARD))


def _guard(rng: np.random.Generator, part: score.Score, start: float) -> None:
    for arm in part.arms:
        guard = np.asarray(score.GUARD) + rng.normal(0, [6.0, 4.0, 6.0, 6.0])
        arm.move(start, start + 0.4, guard)


def _blow(rng: np.random.Generator, part: score.Score, start: float) -> float:
    side = int(rng.integers(2))
    kind = rng.choice(list(_BLOWS), p=[0.55, 0.25, 0.2])
    pose, yaw = _BLOWS[kind]
    yaw *= rng.uniform(0.7, 1.2) * (1.0 if side == RIGHT else -1.0)
    hit = start + rng.uniform(0.2, 0.32)
    back = hit + rng.uniform(0.28, 0.45)
    part.arms[side].move(start, hit, np.asarray(pose) + rng.normal(0, 4.0, 4))
    guard = np.asarray(score.GUARD) + rng.normal(0, [6.0, 4.0, 6.0, 6.0])
    part.arms[side].move(hit + 0.02, back, guard)
    early = start - rng.uniform(0.02, 0.08)
    dip = -rng.uniform(0.02, 0.06) if kind == "uppercut" else -rng.uniform(0.0, 0.03)
    part.shift.move(early, hit, (rng.uniform(20.0, 70.0), rng.normal(0, 15), dip))
    part.pelvis.move(early, hit, (0.4 * yaw, 6.0, 0.0))
    part.chest.move(early, hit + 0.02, (0.6 * yaw, 8.0, 0.0))
    part.head.move(early, hit, (-0.8 * yaw, -8.0, 0.0))
    if rng.random() < 0.7:
        part.shift.move(hit + 0.05, back, (0.0, 0.0, 0.0))
        for track in (part.pelvis, part.chest, part.head):
            track.move(hit + 0.05, back + 0.05, 0.0)
    return back - rng.uniform(0.0, 0.12)


def _duck(rng: np.random.Generator, part: score.Score, start: float) -> float:
    down = start + rng.uniform(0.3, 0.45)
    stop = down + rng.uniform(0.35, 0.55)
    roll = rng.uniform(-12.0, 12.0)
    depth = rng.uniform(0.08, 0.18)
    part.shift.move(start, down, (-30.0, -5.0 * roll, -depth))
    part.pelvis.move(start, down, (0.0, 14.0, 0.5 * roll))
    part.chest.move(start, down, (0.0, 16.0, roll))
    part.head.move(start, down, (0.0, -18.0, 0.0))
    for track in (part.shift, part.pelvis, part.chest, part.head):
        track.move(down, stop, 0.0)
    return stop


def _one_kick(
    rng: np.random.Generator,
    part: score.Score,
    start: float,
    body: body_shape.BodyShape,
) -> float:
    side = int(rng.integers(2))
    sign = 1.0 if side == LEFT else -1.0
    size = body.scale
    lift = start + rng.uniform(0.35, 0.55)
    hit = lift + rng.uniform(0.22, 0.34)
    fold = hit + rng.uniform(0.24, 0.34)
    down = fold + rng.uniform(0.35, 0.55)
    support = -sign * 118.0 * size  # the pelvis goes over the foot that stays
    sag = -rng.uniform(0.005, 0.03)
    hip = body.ankle_height + (gait.GUARD.height + sag) * body.leg
    angle = np.deg2rad(rng.uniform(-42.0, 12.0))
    hip_side = support + sign * body.half_pelvis
    far = 0.91 * body.leg * np.array([np.cos(angle), 0.0, np.sin(angle)])
    stand = np.array(
        [
            sign * gait.GUARD.stagger * size,
            sign * gait.GUARD.half_track * size,
            body.ankle_height,
        ]
    )
    far += np.array([0.0, hip_side - rng.uniform(0.0, 80.0) * sign, hip]) - stand
    rise = hip + 0.45 * body.leg * np.sin(angle) - 0.42 * body.leg
    near = np.array([190.0 * size, hip_side, rise]) - stand
    foot = part.feet[side]
    foot.move(start + 0.12, lift, near)
    foot.move(lift - 0.02, hit, far)
    foot.move(hit, fold, near + np.array([0.0, 0.0, rng.uniform(-40.0, 10.0)]))
    foot.move(fold - 0.02, down, 0.0)
    part.shift.move(start - 0.2, lift - 0.12, (0.0, support, sag))
    part.shift.move(fold, down + 0.15, 0.0)
    back = -rng.uniform(6.0, 20.0) * (1.2 + angle)
    yaw = -sign * rng.uniform(5.0, 18.0)
    part.pelvis.move(start + 0.1, hit, (yaw, back, sign * 6.0))
    part.chest.move(start, hit, (-0.5 * yaw, 8.0, 0.0))
    part.head.move(start, hit, (-0.4 * yaw, 6.0 - 0.6 * back, 0.0))
    for track in (part.pelvis, part.chest, part.head):
        track.move(hit + 0.05, down, 0.0)
    for arm in part.arms:
        flexion, elbow = rng.uniform(0.0, 45.0), rng.uniform(60.0, 115.0)
        arm.move(start, hit, (flexion, rng.uniform(15.0, 45.0), 35.0, elbow))
        guard = np.asarray(score.GUARD) + rng.normal(0, [6.0, 4.0, 6.0, 6.0])
        arm.move(hit + 0.05, down, guard)
    return down
