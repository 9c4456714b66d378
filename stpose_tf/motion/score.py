"""What a performer is told to do on top of stepping and balance."""

import dataclasses
import math

from stpose_tf.motion import smooth_curve
from stpose_tf.motion.gait import Gait
from stpose_tf.motion.smooth_curve import Track

GUARD = (38.0, 12.0, 42.0, 118.0)


@dataclasses.dataclass
class Score:
    """Tracks of movements; degrees and mm.

    All positions are in the frame that stands on the route's point and faces as the
    body does: x forward, y left, z up from the floor. Arms are flexion, abduction,
    twist and elbow as in `posture.Posture`.

    Attributes:
        shift: Pelvis forward and left in mm, upward as a share of the leg's length.
        pelvis: Yaw, pitch and roll added to the pelvis.
        chest: The same for the chest relative to the pelvis.
        head: The same for the head relative to the chest.
        arms: Right and left arm's angles.
        feet: Right and left ankle's way from where it would stand.
        hands: Right and left wrist's goal and the weight of that goal, 0 to 1.
    """

    shift: Track
    pelvis: Track
    chest: Track
    head: Track
    arms: tuple[Track, Track]
    feet: tuple[Track, Track]
    hands: tuple[Track, Track]

    def curves(self) -> "ScoreCurves":
        """Returns the curves of all tracks as they are now."""
        return ScoreCurves(
            self.shift.curve(),
            self.pelvis.curve(),
            self.chest.curve(),
            self.head.curve(),
            (self.arms[0].curve(), self.arms[1].curve()),
            (self.feet[0].curve(), self.feet[1].curve()),
            (self.hands[0].curve(), self.hands[1].curve()),
        )


@dataclasses.dataclass(frozen=True)
class ScoreCurves:
    """The curves of a `Score`."""

    shift: smooth_curve.SmoothCurve
    pelvis: smooth_curve.SmoothCurve
    chest: smooth_curve.SmoothCurve
    head: smooth_curve.SmoothCurve
    arms: tuple[smooth_curve.SmoothCurve, smooth_curve.SmoothCurve]
    feet: tuple[smooth_curve.SmoothCurve, smooth_curve.SmoothCurve]
    hands: tuple[smooth_curve.SmoothCurve, smooth_curve.SmoothCurve]


def relaxed(gait: Gait) -> tuple[float, float, float, float]:
    """Returns the angles of an arm that just hangs, in degrees."""
    return (4.0, 8.0, 18.0, math.degrees(gait.elbow))


def empty(gait: Gait) -> Score:
    """Returns the score of a body that only stands or steps."""
    rest = relaxed(gait)
    hand = (300.0, 0.0, 1000.0, 0.0)
    zero = (0.0, 0.0, 0.0)
    return Score(
        shift=Track(zero),
        pelvis=Track(zero),
        chest=Track(zero),
        head=Track(zero),
        arms=(Track(rest), Track(rest)),
        feet=(Track(zero), Track(zero)),
        hands=(Track(hand), Track(hand)),
    )
