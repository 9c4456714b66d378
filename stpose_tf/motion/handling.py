"""Actions of the hands: waving, reaching for things, picking things up."""

import numpy as np

from stpose_tf.motion import body_shape, gait, score, smooth_curve, stage


def wave(here: stage.Stage) -> stage.PostureFunction:
    """Returns waves with either arm or both, each with swings of its own."""
    rng = here.rng
    part = score.empty(gait.STAND)

    def act(time: float) -> float:
        for _ in range(int(rng.integers(1, 3))):
            chosen = [part.arms[rng.integers(2)]]
            if rng.random() < 0.25:
                chosen = list(part.arms)
            ends = [_one_wave(rng, arm, time) for arm in chosen]
            yaw = rng.uniform(-15.0, 15.0)
            part.chest.move(time, time + 0.6, (yaw, rng.normal(0, 3.0), 0.3 * yaw))
            part.head.move(time, time + 0.5, (-0.6 * yaw, rng.uniform(-8, 6), 0.0))
            weight = (rng.normal(0, 15.0), rng.uniform(-55.0, 55.0), -0.01)
            part.shift.move(time, time + rng.uniform(0.7, 1.1), weight)
            time = max(ends) + rng.uniform(0.0, 0.6)
        part.shift.move(time - 0.4, time + 0.3, 0.0)
        return time

    pauses = here.schedule(act, between=(0.6, 1.3))
    velocities = here.reposition(pauses, forward=200.0, side=120.0, turn=0.7)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def reach(here: stage.Stage) -> stage.PostureFunction:
    """Returns reaching for things high and low, moving them and letting go."""
    rng = here.rng
    part = score.empty(gait.STAND)

    def act(time: float) -> float:
        for _ in range(int(rng.integers(1, 4))):
            time = _one_reach(rng, part, time, here.body) + rng.uniform(0.0, 0.5)
        return time

    pauses = here.schedule(act, between=(0.6, 1.3))
    velocities = here.reposition(pauses, forward=200.0, side=150.0, turn=0.8)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def pick_up(here: stage.Stage) -> stage.PostureFunction:
    """Returns crouching, taking something from the floor, lifting it and back."""
    rng = here.rng
    part = score.empty(gait.STAND)

    def act(time: float) -> float:
        return _one_pick(rng, part, time, here.body)

    pauses = here.schedule(act, between=(0.6, 1.4))
    velocities = here.reposition(pauses, forward=200.0, side=100.0, turn=0.8)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def _one_wave(rng: np.random.Generator, arm: smooth_curve.Track, start: float) -> float:
    flexion, aside = rng.uniform(10.0, 60.0), rng.uniform(35.0, 85.0)
    outward, bend = rng.uniform(-95.0, -65.0), rng.uniform(55.0, 105.0)
    time = start + rng.uniform(0.6, 0.9)
    arm.move(start, time, (flexion, aside, outward, bend))
    sign = rng.choice([-1.0, 1.0])
    for _ in range(int(rng.integers(3, 9))):
        swing = sign * rng.uniform(10.0, 32.0)
        pose = (
            flexion + rng.normal(0, 3.0),
            aside + rng.normal(0, 3.0) + 0.2 * swing,
            outward + swing,
            bend - 0.7 * swing,
        )
        stop = time + rng.uniform(0.2, 0.42)
        arm.move(time, stop, pose)
        time, sign = stop, -sign
    stop = time + rng.uniform(0.6, 1.0)
    arm.move(time, stop, score.relaxed(gait.STAND))
    return stop


def _one_reach(
    rng: np.random.Generator,
    part: score.Score,
    start: float,
    body: body_shape.BodyShape,
) -> float:
    both = rng.random() < 0.3
    sides = [0, 1] if both else [int(rng.integers(2))]
    first, second = (_spot(rng, body, sides, both) for _ in range(2))
    there = start + rng.uniform(0.7, 1.0)
    leave = there + rng.uniform(0.2, 0.7)
    put = leave + (rng.uniform(0.7, 1.1) if rng.random() < 0.6 else 0.0)
    end = put + rng.uniform(0.7, 1.0)
    spots = [(start, there, first)] + ([(leave, put, second)] if put > leave else [])
    for side in sides:
        sign = 1.0 if side == 1 else -1.0
        hand, grip = part.hands[side], np.array([0.0, sign * 110.0 * both, 0.0])
        hand.move(start - 0.2, start - 0.1, (*(first + grip), 0.0))
        for begin, stop, spot in spots:
            hand.move(begin, stop, (*(spot + grip), 1.0))
        hand.move(put + 0.1, end, (*hand.value[:3], 0.0))
    for begin, stop, spot in spots:
        _lean_to(part, begin, stop, spot, body)
    for track in (part.shift, part.pelvis, part.chest, part.head):
        track.move(put + 0.1, end, 0.0)
    return end + 0.1


def _spot(
    rng: np.random.Generator,
    body: body_shape.BodyShape,
    sides: list[int],
    both: bool,
) -> np.ndarray:
    """A point that a hand can reach, in front or to its own side, mm."""
    outward = 0.0 if both else (1.0 if sides[0] == 1 else -1.0)
    angle = outward * np.deg2rad(rng.uniform(-15.0, 60.0))
    away = rng.uniform(0.65, 0.95) * body.arm
    shoulder = body.ankle_height + body.leg + body.lower_spine + body.upper_spine
    height = shoulder * rng.uniform(0.5, 1.22)
    return np.array([away * np.cos(angle), away * np.sin(angle), height])


def _lean_to(
    part: score.Score,
    start: float,
    stop: float,
    spot: np.ndarray,
    body: body_shape.BodyShape,
) -> None:
    """Lets pelvis, trunk and head go with a hand that reaches for `spot`."""
    shoulder = body.ankle_height + body.leg + body.lower_spine + body.upper_spine
    low = np.clip((shoulder - spot[2]) / shoulder, -0.3, 0.6)
    yaw = np.rad2deg(np.arctan2(spot[1], spot[0]))
    bend = max(0.0, 70.0 * (low - 0.08))
    sink = -0.35 * max(0.0, low - 0.15)
    early = start - 0.1
    part.shift.move(early, stop, (30.0 - 1.2 * bend, 0.12 * spot[1], sink))
    part.pelvis.move(early, stop, (0.25 * yaw, bend, 0.0))
    part.chest.move(early, stop, (0.35 * yaw, 0.5 * bend, 0.0))
    part.head.move(early, stop - 0.2, (0.3 * yaw, 45.0 * (low - 0.1) - 0.5 * bend, 0.0))


def _one_pick(
    rng: np.random.Generator,
    part: score.Score,
    start: float,
    body: body_shape.BodyShape,
) -> float:
    size = body.scale
    sides = [[0, 1], [0, 1], [0], [1]][rng.integers(4)]
    both = len(sides) == 2
    floor = np.array([rng.uniform(300.0, 400.0), 0.0, rng.uniform(90.0, 220.0)]) * size
    carry = (
        np.array([rng.uniform(260.0, 340.0), 0.0, rng.uniform(900.0, 1250.0)]) * size
    )
    down = start + rng.uniform(1.0, 1.5)
    lift = down + rng.uniform(0.2, 0.6)
    up = lift + rng.uniform(1.0, 1.5)
    release = up + rng.uniform(0.2, 0.9)
    end = release + rng.uniform(0.6, 0.9)
    depth, bend = rng.uniform(0.38, 0.52), rng.uniform(38.0, 50.0)
    part.shift.move(start, down, (-130.0 * size, 0.0, -depth))
    part.pelvis.move(start, down, (0.0, bend, 0.0))
    part.chest.move(start, down, (rng.normal(0, 6.0), rng.uniform(18.0, 32.0), 0.0))
    part.head.move(start, down - 0.3, (0.0, rng.uniform(-14.0, 8.0), 0.0))
    for track in (part.shift, part.pelvis, part.chest, part.head):
        track.move(lift, up - rng.uniform(0.0, 0.15), 0.0)
    for side in sides:
        sign = 1.0 if side == 1 else -1.0
        grip = np.array([0.0, sign * rng.uniform(90.0, 150.0), 0.0]) * size
        hand = part.hands[side]
        hand.move(start - 0.1, start, (*(floor + grip), 0.0))
        hand.move(start + 0.15, down + 0.1, (*(floor + grip), 1.0))
        hand.move(lift, up, (*(carry + grip), 1.0))
        hand.move(release, end, (*(carry + grip), 0.0))
    if not both:
        other = part.arms[1 - sides[0]]
        other.move(start, down, (10.0, 30.0, 30.0, rng.uniform(25.0, 70.0)))
        other.move(lift, up, score.relaxed(gait.STAND))
    return end
