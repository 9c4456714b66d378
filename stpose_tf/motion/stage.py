"""From a body and its way to a performance; pauses in which actions take place."""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np

from stpose_tf.motion import (
    body_shape,
    footfalls,
    performance,
    posture,
    score,
    smooth_curve,
)
from stpose_tf.motion import route as routes
from stpose_tf.motion.gait import Gait

PostureFunction = Callable[[np.ndarray], posture.Posture]

_STEPS_PER_SECOND = 1.5  # on average over a move; 1.9 times as many in its middle


@dataclasses.dataclass(frozen=True)
class Stage:
    """What every action starts from.

    Attributes:
        rng: Where all randomness of the clip comes from.
        body: Lengths of the bones.
        seconds: Length of the clip.
    """

    rng: np.random.Generator
    body: body_shape.BodyShape
    seconds: float

    def perform(
        self,
        velocities: np.ndarray,
        directions: score.Score,
        *,
        gait: Gait,
        energy: float = 1.0,
        hurry: float = 0.07,
    ) -> performance.Performance:
        """Returns the performance of a score along a way.

        Args:
            velocities: mm/s forward, mm/s left, rad/s on `routes.times`, `[knots, 3]`.
            directions: What to do beside stepping.
            gait: How to step.
            energy: Size of the random movements, 1 for a calm adult.
            hurry: Relative standard deviation of the step rate.
        """
        span, size = routes.span(self.seconds), self.body.scale
        pace = smooth_curve.wander(self.rng, span, seconds=0.8, stddev=[hurry])
        start = np.append(
            self.rng.normal(0.0, 150.0, 2), self.rng.uniform(-4.0, 4.0, 2)
        )
        way = routes.follow(
            velocities,
            routes.times(self.seconds),
            start=start,
            gait=gait,
            hurry=pace,
            scale=size,
        )
        return performance.Performance(
            body=self.body,
            gait=gait,
            route=way,
            feet=footfalls.plan(self.rng, way, gait=gait, scale=size),
            score=directions.curves(),
            variation=performance.draw_variation(self.rng, span, energy=energy),
        )

    def schedule(
        self, act: Callable[[float], float], *, between: tuple[float, float]
    ) -> list[tuple[float, float]]:
        """Returns starts and stops of pauses in stepping, each just long enough.

        Args:
            act: Directs what is done from a given time on; returns when that ends.
            between: Shortest and longest time of stepping between two pauses.
        """
        start, pauses = -routes.LEAD + self.rng.uniform(-1.0, 1.0), []
        while start < self.seconds + routes.LEAD:
            stop = act(start + self.rng.uniform(0.05, 0.4)) + self.rng.uniform(0.0, 0.3)
            pauses.append((start, stop))
            start = stop + self.rng.uniform(*between)
        return pauses

    def pauses(
        self, hold: tuple[float, float], between: tuple[float, float]
    ) -> list[tuple[float, float]]:
        """Returns starts and stops of pauses in stepping, in seconds.

        Args:
            hold: Shortest and longest pause.
            between: Shortest and longest time of stepping between two.
        """
        first, last = -routes.LEAD, self.seconds + routes.LEAD
        start, pauses = first + self.rng.uniform(0.0, 1.0), []
        while start < last:
            stop = start + self.rng.uniform(*hold)
            pauses.append((start, stop))
            start = stop + self.rng.uniform(*between)
        return pauses

    def reposition(
        self,
        pauses: list[tuple[float, float]],
        *,
        forward: float,
        side: float,
        turn: float,
    ) -> np.ndarray:
        """Returns velocities of random moves between pauses, `[knots, 3]`.

        Args:
            pauses: Starts and stops in seconds.
            forward: Standard deviation of a move forward, mm.
            side: Standard deviation of a move to the left, mm.
            turn: Standard deviation of a turn, radians.
        """
        grid = routes.times(self.seconds)
        velocities = np.zeros((len(grid), 3))
        deviations = np.array([forward, side, turn])
        for (_, start), (stop, _) in itertools.pairwise(pauses):
            way = deviations * np.clip(self.rng.normal(size=3), -2.0, 2.0)
            steps = np.linalg.norm(way / (250.0, 170.0, 0.75))
            way *= min(1.0, _STEPS_PER_SECOND * (stop - start) / steps)
            velocities += pulse(grid, start, stop)[:, None] * way
        return velocities


def pulse(times: np.ndarray, start: float, stop: float) -> np.ndarray:
    """Returns the rate at which a minimum-jerk movement gets done, 1/s, `[time]`."""
    s = np.clip((times - start) / (stop - start), 0.0, 1.0)
    return 30 * (s * (1 - s)) ** 2 / (stop - start)


def standing(staged: performance.Performance) -> PostureFunction:
    """Returns the postures of a performance whose pelvis the legs hold up."""
    height = staged.settled()

    def postures(times: np.ndarray) -> posture.Posture:
        wish = staged.posture(times)
        pelvis = np.concatenate([wish.pelvis[:, :2], height(times)], axis=-1)
        return dataclasses.replace(wish, pelvis=pelvis)

    return postures


def airborne(
    staged: performance.Performance, height: smooth_curve.SmoothCurve
) -> PostureFunction:
    """Returns the postures of a performance whose pelvis flies as told.

    Args:
        staged: Everything but the pelvis's height.
        height: The pelvis's height in mm, one channel.
    """

    def postures(times: np.ndarray) -> posture.Posture:
        wish = staged.posture(times)
        limit = performance.reachable(wish, staged.body, yielding=10.0)
        cut = smooth_curve.smaller(height(times)[:, 0], limit, 10.0)
        pelvis = np.concatenate([wish.pelvis[:, :2], cut[:, None]], axis=-1)
        return dataclasses.replace(wish, pelvis=pelvis)

    return postures
