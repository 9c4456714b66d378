"""Actions that go somewhere: walking, running, turning and side steps."""

import dataclasses
import itertools

import numpy as np

from stpose_tf.motion import gait, performance, score, smooth_curve, stage
from stpose_tf.motion import route as routes

_GRAVITY = 9810.0  # mm/s²
_SPARE = 8.0  # mm by which a runner's legs are not quite straight


def walk(here: stage.Stage) -> stage.PostureFunction:
    """Returns a walk on curved paths, faster and slower, with stops and glances."""
    rng, size = here.rng, np.sqrt(here.body.scale)
    time, stop = routes.span(here.seconds)
    speed = smooth_curve.Track([size * rng.uniform(700.0, 1500.0)])
    part = score.empty(gait.WALK)
    if rng.random() < 0.3:  # something is carried
        arm = part.arms[rng.integers(2)]
        arm.move(-99.0, -98.0, (12.0, 10.0, 45.0, rng.uniform(60.0, 95.0)))
    while time < stop:
        time += rng.uniform(0.6, 2.0)
        change = rng.uniform(0.7, 1.3)
        if rng.random() < 0.22:
            speed.move(time, time + change, 0.0)
            time += change + rng.uniform(0.4, 1.3)
        speed.move(time, time + change, size * rng.uniform(650.0, 1600.0))
        if rng.random() < 0.5:
            look = rng.uniform(-45.0, 45.0), rng.uniform(-12.0, 20.0), 0.0
            part.head.move(time, time + rng.uniform(0.35, 0.6), look)
            part.head.move(time + 1.0, time + rng.uniform(1.4, 1.8), 0.0)
        time += change
    turning = smooth_curve.wander(
        rng, routes.span(here.seconds), seconds=1.3, stddev=[0.55]
    )
    grid = routes.times(here.seconds)
    velocities = routes.roam(rng, grid, speed.curve(), turning=turning, room=1800.0)
    return stage.standing(here.perform(velocities, part, gait=gait.WALK))


def run(here: stage.Stage) -> stage.PostureFunction:
    """Returns a run on curved paths; between two steps nobody touches the floor."""
    rng, span = here.rng, routes.span(here.seconds)
    mean = np.sqrt(here.body.scale) * rng.uniform(2300.0, 3000.0)
    change = smooth_curve.wander(rng, span, seconds=1.5, stddev=[0.12 * mean])
    speed = dataclasses.replace(change, values=change.values + mean)
    turning = smooth_curve.wander(rng, span, seconds=1.6, stddev=[0.4])
    grid = routes.times(here.seconds)
    velocities = routes.roam(rng, grid, speed, turning=turning, room=2800.0)
    staged = here.perform(velocities, score.empty(gait.RUN), gait=gait.RUN, hurry=0.04)
    return stage.airborne(staged, _bounces(staged))


def turn(here: stage.Stage) -> stage.PostureFunction:
    """Returns turns on the spot, the head first."""
    pauses = here.pauses((0.3, 1.2), (0.9, 1.9))
    grid = routes.times(here.seconds)
    velocities = np.zeros((len(grid), 3))
    part = score.empty(gait.STAND)
    for (_, start), (stop, _) in itertools.pairwise(pauses):
        rate = here.rng.choice([-1.0, 1.0]) * here.rng.uniform(0.45, 1.15)
        velocities[:, 2] += stage.pulse(grid, start, stop) * rate * (stop - start)
        look = np.sign(rate) * here.rng.uniform(20.0, 50.0)
        part.head.move(start - 0.25, start + 0.25, (look, here.rng.uniform(0, 12), 0.0))
        part.chest.move(start - 0.1, start + 0.4, (0.35 * look, 2.0, 0.0))
        part.head.move(stop - 0.4, stop + 0.2, 0.0)
        part.chest.move(stop - 0.4, stop + 0.2, 0.0)
        velocities[:, 0] += stage.pulse(grid, start, stop) * here.rng.normal(0, 80.0)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def sidestep(here: stage.Stage) -> stage.PostureFunction:
    """Returns steps to the sides and backward, the body facing one way."""
    rng, size = here.rng, here.body.scale
    pauses = here.pauses((0.15, 0.9), (1.0, 2.4))
    grid = routes.times(here.seconds)
    velocities = np.zeros((len(grid), 3))
    part = score.empty(gait.STAND)
    side = rng.choice([-1.0, 1.0])
    for (_, start), (stop, _) in itertools.pairwise(pauses):
        rate = stage.pulse(grid, start, stop) * (stop - start) * size
        if rng.random() < 0.25:
            velocities[:, 0] -= rate * rng.uniform(120.0, 330.0)
        else:
            velocities[:, 1] += rate * side * rng.uniform(110.0, 240.0)
            side = -side if rng.random() < 0.8 else side
        if rng.random() < 0.4:
            velocities[:, 2] += rate / size * rng.normal(0.0, 0.3)
        for arm in part.arms:
            flexion, aside = rng.uniform(5.0, 45.0), rng.uniform(10.0, 45.0)
            pose = (flexion, aside, rng.uniform(0.0, 30.0), rng.uniform(20.0, 90.0))
            arm.move(start - 0.2, start + rng.uniform(0.3, 0.6), pose)
        crouch = (0.0, 0.0, -rng.uniform(0.0, 0.12))
        part.shift.move(start - 0.2, start + 0.4, crouch)
    return stage.standing(here.perform(velocities, part, gait=gait.STAND))


def _bounces(staged: performance.Performance) -> smooth_curve.SmoothCurve:
    """Height of a runner's pelvis: free fall, and on the floor what joins it."""
    touchdowns = np.sort(np.concatenate([foot.touchdowns for foot in staged.feet]))
    liftoffs = np.sort(np.concatenate([foot.liftoffs for foot in staged.feet]))
    touchdowns, liftoffs = touchdowns[3:-3], liftoffs[3:-3]
    flights = np.clip(0.3 * np.diff(touchdowns), 0.05, 0.16)
    fall = _GRAVITY * flights / 2
    heights = staged.posture(touchdowns).pelvis[:, 2]
    # The legs must reach the floor before and at touchdown and up to liftoff.
    for times, above in ((0.03, 0.03 * fall), (0.015, 0.015 * fall), (0.0, 0.0)):
        wish = staged.posture(touchdowns[1:] - times)
        limit = performance.reachable(wish, staged.body, yielding=5.0)
        heights[1:] = np.minimum(heights[1:], limit - above - _SPARE)
    leaving = staged.posture(liftoffs[:-1])
    limit = performance.reachable(leaving, staged.body, yielding=5.0)
    heights[1:] = np.minimum(heights[1:], limit - _SPARE)
    knots = np.empty((2 * len(fall), 3))
    knots[::2] = np.stack([touchdowns[1:] - flights, heights[1:], fall], axis=-1)
    knots[1::2] = np.stack([touchdowns[1:], heights[1:], -fall], axis=-1)
    gravity = np.full((len(knots), 1), -_GRAVITY)
    return smooth_curve.SmoothCurve(knots[:, 0], knots[:, 1:2], knots[:, 2:], gravity)
