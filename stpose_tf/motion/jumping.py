"""Jumps with both feet: crouch, take-off, free fall, landing."""

import dataclasses

import numpy as np

from stpose_tf.motion import (
    axis_rotation,
    gait,
    performance,
    posture,
    score,
    smooth_curve,
    stage,
)

_GRAVITY = 9810.0  # mm/s²
_STRETCHED = 0.98  # share of the leg's length that it spans at take-off
_UPRIGHT = 0.99  # the same for somebody who stands
_PLANTED = 1.3  # any share that no leg can span: the feet stay on the floor
_HEEL_RISE = 60.0  # mm an ankle rises before the toes leave the floor


@dataclasses.dataclass(frozen=True)
class _Jump:
    """One jump: its instants in seconds, its sizes in mm."""

    crouch: float
    bottom: float
    takeoff: float
    landing: float
    absorbed: float
    upright: float
    depths: tuple[float, float]  # pelvis below upright, before and after
    launch: float  # mm/s upward
    way: float
    tuck: float  # share of the leg's length


def jump(here: stage.Stage) -> stage.PostureFunction:
    """Returns jumps of different heights and widths, with turns between them."""
    part = score.empty(gait.STAND)
    jumps: list[_Jump] = []

    def act(time: float) -> float:
        for _ in range(int(here.rng.integers(1, 4))):
            jumps.append(_draw(here, time))
            _direct(here.rng, part, jumps[-1])
            time = jumps[-1].upright + here.rng.uniform(0.05, 0.5)
        return time

    pauses = here.schedule(act, between=(0.6, 1.2))
    velocities = here.reposition(pauses, forward=60.0, side=60.0, turn=0.6)
    staged = here.perform(velocities, part, gait=gait.STAND)
    return _flying(staged, jumps)


def _draw(here: stage.Stage, start: float) -> _Jump:
    rng, leg = here.rng, here.body.leg
    rise = rng.uniform(90.0, 380.0) * here.body.scale
    launch = np.sqrt(2 * _GRAVITY * rise)
    depths = leg * rng.uniform(0.16, 0.3, 2)
    bottom = start + rng.uniform(0.0, 0.25) + rng.uniform(0.4, 0.6)
    takeoff = bottom + 1.75 * (depths[0] + _HEEL_RISE) / launch
    landing = takeoff + 2 * launch / _GRAVITY
    absorbed = landing + 1.75 * (depths[1] + _HEEL_RISE) / launch
    return _Jump(
        crouch=start,
        bottom=bottom,
        takeoff=takeoff,
        landing=landing,
        absorbed=absorbed,
        upright=absorbed + rng.uniform(0.45, 0.7),
        depths=(float(depths[0]), float(depths[1])),
        launch=float(launch),
        way=float(rng.uniform(-120.0, 450.0)) * (landing - takeoff) / 0.5,
        tuck=float(rng.uniform(0.82, 0.94)),
    )


def _direct(rng: np.random.Generator, part: score.Score, one: _Jump) -> None:
    bend = one.depths[0] / 8.0
    part.pelvis.move(one.crouch, one.bottom, (0.0, bend, 0.0))
    part.chest.move(one.crouch, one.bottom, (0.0, 0.6 * bend, 0.0))
    part.head.move(one.crouch, one.bottom, (0.0, -0.8 * bend, 0.0))
    back = (0.0, 0.0, 0.0)
    for track in (part.pelvis, part.chest, part.head):
        track.move(one.bottom, one.takeoff + 0.05, back)
    land = one.depths[1] / 9.0
    part.pelvis.move(one.landing - 0.05, one.absorbed, (0.0, land, 0.0))
    part.chest.move(one.landing - 0.05, one.absorbed, (0.0, 0.5 * land, 0.0))
    part.pelvis.move(one.absorbed, one.upright, back)
    part.chest.move(one.absorbed, one.upright, back)
    up = rng.uniform(60.0, 160.0)
    for arm in part.arms:
        wide = rng.uniform(5.0, 25.0)
        rest = arm.value
        arm.move(one.crouch, one.bottom - 0.1, (-rng.uniform(20, 50), wide, 10.0, 25.0))
        arm.move(one.bottom - 0.1, one.takeoff + 0.15, (up, wide, 20.0, 30.0))
        arm.move(
            one.landing - 0.15,
            one.absorbed + rng.uniform(0.0, 0.1),
            (rng.uniform(20.0, 60.0), wide + 12.0, 20.0, 45.0),
        )
        arm.move(one.absorbed + 0.15, one.upright + rng.uniform(0.1, 0.3), rest)


def _flying(
    staged: performance.Performance, jumps: list[_Jump]
) -> stage.PostureFunction:
    body = staged.body
    flight = _heights(staged, jumps)
    spans = _leg_spans(jumps)
    carries = _carries(staged, jumps)
    floor = body.ankle_height

    def postures(times: np.ndarray) -> posture.Posture:
        wish = staged.posture(times)
        body_way, foot_way = (carry(times) for carry in carries)
        height = flight(times)[:, 0]
        raised = height - spans(times)[:, 0] * body.leg
        ankles = wish.ankles.copy()
        ankles[..., :2] += foot_way[:, None]
        lift = smooth_curve.larger(raised, floor, 160.0) - floor
        ankles[..., 2] += lift[:, None]
        pelvis = np.concatenate([wish.pelvis[:, :2] + body_way, height[:, None]], -1)
        moved = dataclasses.replace(wish, pelvis=pelvis, ankles=ankles)
        limit = performance.reachable(moved, body, yielding=10.0)
        pelvis[:, 2] = smooth_curve.smaller(height, limit, 10.0)
        return dataclasses.replace(moved, pelvis=pelvis)

    return postures


def _heights(
    staged: performance.Performance, jumps: list[_Jump]
) -> smooth_curve.SmoothCurve:
    """Height of the pelvis: value, velocity and acceleration at every instant."""
    body = staged.body
    upright = body.ankle_height + _UPRIGHT * body.leg
    top = body.ankle_height + _STRETCHED * body.leg + _HEEL_RISE
    rows = []
    for one in jumps:
        push = 0.8 * one.launch / (one.takeoff - one.bottom)
        stop = 0.8 * one.launch / (one.absorbed - one.landing)
        rows += [
            (one.crouch, upright, 0.0, 0.0),
            (one.bottom, upright - one.depths[0], 0.0, push),
            (one.takeoff, top, one.launch, -_GRAVITY),
            (one.landing, top, -one.launch, -_GRAVITY),
            (one.absorbed, upright - one.depths[1], 0.0, stop),
            (one.upright, upright, 0.0, 0.0),
        ]
    knots = np.array(rows)
    return smooth_curve.SmoothCurve(
        knots[:, 0], knots[:, 1:2], knots[:, 2:3], knots[:, 3:]
    )


def _leg_spans(jumps: list[_Jump]) -> smooth_curve.SmoothCurve:
    """Distance hip to ankle in flight as a share of the leg's length."""
    spans = smooth_curve.Track([_PLANTED])
    for one in jumps:
        spans.move(one.crouch, one.bottom, _STRETCHED)
        half = (one.takeoff + one.landing) / 2
        spans.move(one.takeoff - 0.02, half, one.tuck)
        spans.move(half, one.landing + 0.02, 0.97)
        spans.move(one.absorbed, one.upright, _PLANTED)
    return spans.curve()


def _carries(
    staged: performance.Performance, jumps: list[_Jump]
) -> tuple[smooth_curve.SmoothCurve, smooth_curve.SmoothCurve]:
    """How far jumps have carried the pelvis and the feet, mm on the floor."""
    pelvis = smooth_curve.Track([0.0, 0.0])
    feet = smooth_curve.Track([0.0, 0.0])
    for one in jumps:
        facing = staged.route.facing(np.array([one.takeoff]))[0]
        way = axis_rotation.turn(np.array([one.way, 0.0]), facing[0])
        total = pelvis.value + way
        pelvis.move(one.takeoff - 0.18, one.landing + 0.18, total)
        feet.move(one.takeoff + 0.01, one.landing - 0.03, total)
    return pelvis.curve(), feet.curve()
