"""A body that steps along a route, keeps its balance and follows a score."""

import dataclasses

import numpy as np

from stpose_tf.motion import (
    articulation,
    axis_rotation,
    body_shape,
    footfalls,
    posture,
    score,
    smooth_curve,
)
from stpose_tf.motion import route as routes
from stpose_tf.motion.gait import Gait

_GRAVITY = 9810.0  # mm/s²
_FULL_STRIDE = 1300.0  # mm/s at which swings have the gait's size
_REACH = 0.994  # share of the leg's length that a standing leg may span
_SETTLE_SECONDS = 0.1
_CHEST_LIMITS = np.deg2rad([50.0, 60.0, 30.0])
_HEAD_LIMITS = np.deg2rad([70.0, 50.0, 30.0])
_ELBOW_LIMITS = np.deg2rad([3.0, 145.0])


@dataclasses.dataclass(frozen=True)
class Variation:
    """Random curves that keep a body from ever doing a thing twice alike.

    Attributes:
        sway: Shift of the pelvis, mm forward, left and up.
        trunk: Yaw, pitch, roll of pelvis and of chest, degrees, six channels.
        head: Yaw, pitch, roll of the head, degrees.
        arms: The right arm's four angles, then the left one's, degrees.
        swings: Relative size of the swings of right arm, left arm, pelvis and of its
            sway, around 0.
    """

    sway: smooth_curve.SmoothCurve
    trunk: smooth_curve.SmoothCurve
    head: smooth_curve.SmoothCurve
    arms: smooth_curve.SmoothCurve
    swings: smooth_curve.SmoothCurve


@dataclasses.dataclass(frozen=True)
class Performance:
    """All that determines a posture at any instant."""

    body: body_shape.BodyShape
    gait: Gait
    route: routes.Route
    feet: tuple[footfalls.Footfalls, footfalls.Footfalls]
    score: score.ScoreCurves
    variation: Variation

    def posture(self, times: np.ndarray) -> posture.Posture:
        """Returns the postures at `times [time]`, before the pelvis settles."""
        facing = self.route.facing(times)[:, 0]
        ankles, yaws = self._feet(times, facing)
        swing, coupling = self._swing(times)
        trunk = np.deg2rad(self.variation.trunk(times))
        forward, _, turning = self.route.velocity(times).T
        pace = np.tanh(forward / _FULL_STRIDE)
        lean = -0.7 * np.clip(forward * turning / _GRAVITY, -0.35, 0.35)
        twist = self.gait.twist * coupling[:, 2]
        drop = self.gait.drop * coupling[:, 3]
        zero = np.zeros_like(facing)
        pelvis_angles = np.deg2rad(self.score.pelvis(times)) + trunk[:, :3]
        pelvis_angles += np.stack(
            [facing + twist, self.gait.lean * forward / 1e3, 0.6 * lean - drop], -1
        )
        chest = np.deg2rad(self.score.chest(times)) + trunk[:, 3:]
        chest += np.stack([-1.7 * twist, 0.03 * pace, 0.4 * lean + 0.8 * drop], -1)
        head = np.deg2rad(self.score.head(times) + self.variation.head(times))
        head += np.stack([0.7 * twist + 0.25 * np.tanh(turning), zero, -0.5 * lean], -1)
        goals, weights = self._hands(times, facing)
        return posture.Posture(
            pelvis=self._pelvis(times, facing, lean, coupling),
            pelvis_angles=pelvis_angles,
            chest_angles=_within(chest, _CHEST_LIMITS),
            head_angles=_within(head, _HEAD_LIMITS),
            ankles=ankles,
            foot_yaws=yaws,
            arm_angles=self._arms(times, swing),
            hand_goals=goals,
            hand_weights=weights,
        )

    def settled(self) -> smooth_curve.SmoothCurve:
        """Returns the height of the pelvis from which both feet can be reached.

        It is the intended height, cut by the lower envelope of what both legs allow,
        smoothed in such a way that it stays below.
        """
        grid = self.route.grid
        wish = self.posture(grid)
        radius = int(_SETTLE_SECONDS * routes.RATE)
        limit = np.pad(reachable(wish, self.body, yielding=2.0), radius, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(limit, 2 * radius + 1)
        envelope = routes.smooth(windows.min(axis=1), seconds=_SETTLE_SECONDS)
        height = smooth_curve.smaller(wish.pelvis[:, 2], envelope, 12.0)
        return smooth_curve.sampled(grid, height[:, None])

    def _feet(
        self, times: np.ndarray, facing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        ankles, yaws = [], []
        for foot, way in zip(self.feet, self.score.feet, strict=True):
            ankle, yaw = foot.positions(times, ankle_height=self.body.ankle_height)
            ankles.append(ankle + axis_rotation.turn(way(times), facing))
            yaws.append(yaw)
        return np.stack(ankles, axis=1), np.stack(yaws, axis=1)

    def _swing(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Arms' swing `[time, side]` and sizes of four coupled movements."""
        phase = np.pi * self.route.phase(times)[:, 0]
        forward = self.route.velocity(times)[:, 0]
        pace = np.tanh(forward / _FULL_STRIDE) / np.tanh(1.0)
        stepping = np.tanh(self.route.step_rate(times)[:, 0])
        sizes = 1 + self.variation.swings(times)
        lag = 0.25
        # An arm lingers in front and hurries back: a second harmonic.
        right = -np.cos(phase - lag) - 0.14 * np.cos(2 * (phase - lag))
        left = np.cos(phase - lag) - 0.14 * np.cos(2 * (phase - lag))
        swing = np.stack([right, left], axis=-1) * sizes[:, :2] * pace[:, None]
        coupled = [pace, pace, pace * np.cos(phase), stepping * np.sin(phase)]
        return swing, np.stack(coupled, axis=-1) * sizes

    def _pelvis(
        self,
        times: np.ndarray,
        facing: np.ndarray,
        lean: np.ndarray,
        coupling: np.ndarray,
    ) -> np.ndarray:
        body, size = self.body, self.body.scale
        shift = self.score.shift(times)
        noise = size * self.variation.sway(times)
        side = shift[:, 1] + noise[:, 1] - self.gait.sway * size * coupling[:, 3]
        side -= 0.4 * body.leg * lean
        ahead = shift[:, 0] + noise[:, 0]
        floor = self.route.position(times)
        floor = floor + axis_rotation.turn(np.stack([ahead, side], axis=-1), facing)
        height = body.ankle_height + body.leg * (self.gait.height + shift[:, 2])
        height = height + noise[:, 2]
        return np.concatenate([floor, height[:, None]], axis=-1)

    def _arms(self, times: np.ndarray, swing: np.ndarray) -> np.ndarray:
        tracks = [arm(times) for arm in self.score.arms]
        angles = np.stack(tracks, axis=1)
        angles = angles + self.variation.arms(times).reshape(angles.shape)
        angles = np.deg2rad(angles)
        flexion = angles[..., 0] + self.gait.arm_swing * swing
        elbow = angles[..., 3] + 0.45 * self.gait.arm_swing * swing
        low, high = _ELBOW_LIMITS
        elbow = smooth_curve.larger(smooth_curve.smaller(elbow, high, 0.2), low, 0.15)
        return np.stack([flexion, angles[..., 1], angles[..., 2], elbow], axis=-1)

    def _hands(
        self, times: np.ndarray, facing: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        floor = self.route.position(times)
        floor = np.concatenate([floor, np.zeros_like(floor[:, :1])], axis=-1)
        hands = np.stack([hand(times) for hand in self.score.hands], axis=1)
        goals = axis_rotation.turn(hands[..., :3], facing[:, None])
        return floor[:, None] + goals, hands[..., 3]


def draw_variation(
    rng: np.random.Generator, span: tuple[float, float], *, energy: float
) -> Variation:
    """Returns random curves over a span of time; `energy` 1 is a calm adult's."""

    def wander(seconds: float, stddev: list[float]) -> smooth_curve.SmoothCurve:
        stddev = [energy * value for value in stddev]
        return smooth_curve.wander(rng, span, seconds=seconds, stddev=stddev)

    return Variation(
        sway=wander(1.4, [9.0, 10.0, 3.0]),
        trunk=wander(1.1, [1.5, 1.5, 1.0, 2.5, 2.0, 1.5]),
        head=wander(1.2, [13.0, 6.0, 3.0]),
        arms=wander(0.9, [4.0, 2.5, 6.0, 6.0] * 2),
        swings=wander(0.9, [0.15, 0.15, 0.2, 0.2]),
    )


def reachable(
    wish: posture.Posture, body: body_shape.BodyShape, *, yielding: float
) -> np.ndarray:
    """Returns the greatest height in mm that standing legs allow the pelvis, `[time]`.

    Args:
        wish: Postures whose pelvis may be too high.
        body: Lengths of the bones.
        yielding: What an ankle above the floor allows in addition, mm per mm.
    """
    hips = articulation.hips(wish, body)
    away = np.linalg.norm(hips[..., :2] - wish.ankles[..., :2], axis=-1)
    length = _REACH * body.leg
    upright = np.sqrt(np.maximum(length**2 - away**2, (0.7 * length) ** 2))
    lift = wish.ankles[..., 2] - body.ankle_height
    allowed = wish.ankles[..., 2] + upright + yielding * np.maximum(lift, 0.0)
    return np.min(allowed - (hips[..., 2] - wish.pelvis[:, None, 2]), axis=1)


def _within(angles: np.ndarray, limits: np.ndarray) -> np.ndarray:
    return limits * np.tanh(angles / limits)
