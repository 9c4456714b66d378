"""Where and when a foot stands, and its way from one stand to the next."""

import dataclasses

import numpy as np

from stpose_tf.motion import axis_rotation, smooth_curve
from stpose_tf.motion.gait import Gait
from stpose_tf.motion.route import Route

_FARTHEST = 350.0  # mm from the body's place to a foot's, for a body of 1.72 m
_BRISK = 0.85  # below 1, a swing leaves faster than it arrives


@dataclasses.dataclass(frozen=True)
class Footfalls:
    """The stands of one foot in order of time.

    Attributes:
        touchdowns: When the ankle comes to rest, seconds, `[stands]`.
        liftoffs: When it begins to move again, `[stands]`.
        ankles: Where it stands on the floor, mm, `[stands, 2]`.
        yaws: Direction of the foot, radians, `[stands]`.
        lifts: Rise of the ankle in the swing that follows, mm, `[stands]`.
        arrival: Share of a swing after which the ankle only comes down.
    """

    touchdowns: np.ndarray
    liftoffs: np.ndarray
    ankles: np.ndarray
    yaws: np.ndarray
    lifts: np.ndarray
    arrival: float

    def positions(
        self, times: np.ndarray, *, ankle_height: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the ankle in mm, `[time, 3]`, and the foot's yaw, `[time]`.

        The ankle rises early in a swing, while its toes would still touch the floor,
        and sinks onto its place after it has stopped over it.
        """
        index = np.searchsorted(self.touchdowns, times, side="right") - 1
        index = np.clip(index, 0, len(self.touchdowns) - 2)
        start, stop = self.liftoffs[index], self.touchdowns[index + 1]
        progress = np.clip((times - start) / (stop - start), 0.0, 1.0)
        forward = smooth_curve.minimum_jerk((progress / self.arrival) ** _BRISK)[
            :, None
        ]
        floor = self.ankles[index]
        floor = floor + forward * (self.ankles[index + 1] - floor)
        yaw = self.yaws[index]
        yaw = yaw + forward[:, 0] * (self.yaws[index + 1] - yaw)
        peak = 2.4 / 5.4
        bump = (progress / peak) ** 2.4 * ((1 - progress) / (1 - peak)) ** 3
        height = ankle_height + bump * self.lifts[index]
        return np.concatenate([floor, height[:, None]], axis=-1), yaw


def plan(
    rng: np.random.Generator, route: Route, *, gait: Gait, scale: float
) -> tuple[Footfalls, Footfalls]:
    """Returns the stands of the right and of the left foot along a route.

    A foot comes down whenever the route's phase passes a whole number. It stands where
    the body will be for most of the time that it stands there.
    """
    grid, phase = route.grid, route.phase.values[:, 0]
    first, last = int(np.ceil(phase[0])), int(np.floor(phase[-1]))
    numbers = np.arange(first, last + 1)
    touchdowns = np.interp(numbers, phase, grid)
    # Two stands before the first and two after the last number, so that both feet
    # have one at any time.
    numbers = np.concatenate([[first - 2, first - 1], numbers, [last + 1, last + 2]])
    outer = np.array([2.0, 1.0])
    touchdowns = np.concatenate([grid[0] - outer, touchdowns, grid[-1] + 3.0 - outer])
    speed = np.abs(np.interp(touchdowns, grid, route.velocity.values[:, 0])) / 1e3
    still = np.clip(gait.still_share - gait.still_loss * speed, 0.2, 0.6)
    steps = np.diff(touchdowns, prepend=touchdowns[0] - 0.5)
    swings = np.clip(2 * (1 - still) * steps, 0.28, gait.longest_swing)
    liftoffs = np.maximum(touchdowns - swings, np.roll(touchdowns, 2) + 0.05)
    liftoffs = np.concatenate([liftoffs[2:], grid[-1] + np.array([5.0, 6.0])])
    places, yaws = _places(
        route, touchdowns, liftoffs, gait, farthest=_FARTHEST * scale
    )
    liftoffs = _soon_enough(route, touchdowns, liftoffs, places, scale)
    right = (numbers % 2 == 0)[:, None]
    side = np.where(right, -1.0, 1.0)
    outward = gait.half_track * scale * rng.normal(1.0, 0.1, side.shape)
    ahead = scale * (side * gait.stagger + rng.normal(0.0, 12.0, side.shape))
    offsets = np.concatenate([ahead, side * outward], axis=1)
    toe_out = side[:, 0] * gait.toe_out * rng.uniform(0.4, 1.6, len(side))
    ankles = places + axis_rotation.turn(offsets, yaws)
    yaws = yaws + toe_out
    swing = np.append(touchdowns[2:] - liftoffs[:-2], [0.5, 0.5])
    quick = np.minimum(1.0, 0.55 + 0.45 * speed) * np.clip(swing / 0.42, 0.4, 1.0)
    lifts = gait.lift * scale * quick * rng.uniform(0.85, 1.15, len(quick))

    def foot(chosen: np.ndarray) -> Footfalls:
        return Footfalls(
            touchdowns=touchdowns[chosen],
            liftoffs=liftoffs[chosen],
            ankles=ankles[chosen],
            yaws=yaws[chosen],
            lifts=lifts[chosen],
            arrival=gait.arrival,
        )

    return foot(right[:, 0]), foot(~right[:, 0])


def _places(
    route: Route,
    touchdowns: np.ndarray,
    liftoffs: np.ndarray,
    gait: Gait,
    *,
    farthest: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Body's position `[stands, 2]` and direction `[stands]` over each stand."""
    around = gait.planted_ahead + np.linspace(-0.25, 0.25, 11)
    instants = touchdowns[:, None] + (liftoffs - touchdowns)[:, None] * around
    instants = np.clip(instants, route.grid[0], route.grid[-1])
    # The slower the body steps, the more an instant counts: a foot that stands through
    # a pause stands where the pause is spent.
    rate = np.interp(instants, route.grid, route.step_rate.values[:, 0])
    weights = 1.0 / (0.15 + np.abs(rate))
    weights /= weights.sum(axis=1, keepdims=True)
    values = np.concatenate([route.position.values, route.facing.values], axis=1)
    flat = [np.interp(instants, route.grid, channel) for channel in values.T]
    means = np.stack([np.sum(weights * channel, axis=1) for channel in flat], axis=-1)
    landing = _along(route, touchdowns)
    ahead = means[:, :2] - landing
    away = np.linalg.norm(ahead, axis=-1, keepdims=True)
    places = landing + ahead * np.minimum(1.0, farthest / np.maximum(away, 1e-9))
    return places, means[:, 2]


def _soon_enough(
    route: Route,
    touchdowns: np.ndarray,
    liftoffs: np.ndarray,
    places: np.ndarray,
    scale: float,
) -> np.ndarray:
    """Liftoffs, earlier where the body would get too far from a foot that stays."""
    share = np.linspace(0.0, 1.0, 41)
    instants = touchdowns[:, None] + (liftoffs - touchdowns)[:, None] * share
    away = np.linalg.norm(_along(route, instants) - places[:, None], axis=-1)
    # Not the approach: only from when the body has been nearest.
    passed = np.arange(len(share)) >= np.argmin(away, axis=1)[:, None]
    late = passed & (away > _FARTHEST * scale)
    first = np.where(late.any(axis=1), np.argmax(late, axis=1), len(share) - 1)
    early = np.take_along_axis(instants, first[:, None], axis=1)[:, 0]
    other = np.append(touchdowns[1:], np.inf)
    return np.minimum(liftoffs, np.maximum(early, other + 0.02))


def _along(route: Route, times: np.ndarray) -> np.ndarray:
    x, y = route.position.values.T
    grid = route.grid
    return np.stack([np.interp(times, grid, x), np.interp(times, grid, y)], axis=-1)
