"""How a body steps: step lengths, durations, lifts and the swing of its parts."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Gait:
    """A manner of stepping, for a body of 1.72 m; lengths in mm.

    Attributes:
        shortest_step: Step length as speed goes to zero.
        step_gain: Step length gained per mm/s of speed, in seconds.
        side_step: Way to the side per step.
        turn_step: Radians turned per step.
        still_share: Share of two steps' time for which an ankle stands still.
        still_loss: What that share loses per m/s.
        planted_ahead: Where in the still time the body passes over the foot, 0 to 1.
        arrival: Share of a swing after which an ankle only comes down.
        lift: Height to which a swinging ankle rises, at 1 m/s and above.
        longest_swing: Longest swing of a foot in seconds.
        half_track: Mid line to ankle.
        stagger: How far the left foot stands ahead of the middle and the right behind.
        toe_out: Mean angle of the feet, radians.
        height: Pelvis above the ankles as a share of the leg's length.
        sway: Shift of the pelvis over the standing foot.
        twist: Turn of the pelvis with the steps, radians, at 1.3 m/s.
        drop: Drop of the hip on the swinging side, radians.
        lean: Forward lean, radians per m/s.
        arm_swing: Flexion of the upper arms, radians, at 1.3 m/s.
        elbow: Bend of the elbows, radians.
    """

    shortest_step: float = 250.0
    step_gain: float = 0.32
    side_step: float = 150.0
    turn_step: float = 0.65
    still_share: float = 0.58
    still_loss: float = 0.12
    planted_ahead: float = 0.58
    arrival: float = 0.97
    lift: float = 120.0
    longest_swing: float = 0.72
    half_track: float = 75.0
    stagger: float = 0.0
    toe_out: float = 0.12
    height: float = 0.982
    sway: float = 24.0
    twist: float = 0.12
    drop: float = 0.06
    lean: float = 0.03
    arm_swing: float = 0.42
    elbow: float = 0.35


WALK = Gait()
RUN = Gait(
    shortest_step=450.0,
    step_gain=0.2,
    still_share=0.3,
    still_loss=0.03,
    planted_ahead=0.3,
    arrival=1.0,
    lift=300.0,
    half_track=55.0,
    height=0.955,
    sway=10.0,
    twist=0.14,
    drop=0.07,
    lean=0.042,
    arm_swing=0.5,
    elbow=1.5,
)
STAND = Gait(
    half_track=130.0,
    toe_out=0.18,
    height=0.998,
    turn_step=0.75,
    side_step=170.0,
    longest_swing=0.6,
    lift=90.0,
)
GUARD = dataclasses.replace(STAND, stagger=110.0, half_track=150.0, height=0.965)
