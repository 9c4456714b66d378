"""Makes human motion up: many actions, any length and rate, any number of people."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.motion import (
    articulation,
    body_shape,
    fighting,
    generated_motion,
    handling,
    jumping,
    squatting,
    stage,
    stepping_actions,
)

_MAKERS: Mapping[str, Callable[[stage.Stage], stage.PostureFunction]] = (
    MappingProxyType(
        {
            "walk": stepping_actions.walk,
            "run": stepping_actions.run,
            "turn": stepping_actions.turn,
            "sidestep": stepping_actions.sidestep,
            "jump": jumping.jump,
            "squat": squatting.squat,
            "sit": squatting.sit,
            "punch": fighting.punch,
            "kick": fighting.kick,
            "wave": handling.wave,
            "reach": handling.reach,
            "pick_up": handling.pick_up,
        }
    )
)
ACTIONS: tuple[str, ...] = tuple(_MAKERS)


def generate(
    action: str, *, seconds: float, fps: float, seed: int
) -> generated_motion.MotionClip:
    """Returns a clip of one person of random build doing one thing in a random way.

    A foot on the floor stays where it is, bones keep their lengths, knees and elbows
    bend one way only and by less than 150 degrees, and all joints move with bounded
    acceleration. The same seed gives the same motion at any rate; the first frame is
    an instant of the motion, not its start from rest.

    Args:
        action: One of `ACTIONS`.
        seconds: Length of the clip, more than 0.
        fps: Frames per second, more than 0.
        seed: Any non-negative integer; clips of different actions or seeds differ.

    Raises:
        errors.InputError: An action that is not known, or a length, a rate or a seed
            out of range.
    """
    if action not in _MAKERS:
        raise errors.InputError(
            f"action: must be one of {', '.join(ACTIONS)}. Received: {action!r}"
        )
    for name, value in (("seconds", seconds), ("fps", fps)):
        if not 0 < value < float("inf"):
            raise errors.InputError(
                f"{name}: must be a positive number. Received: {value!r}"
            )
    if seed < 0:
        raise errors.InputError(f"seed: must not be negative. Received: {seed!r}")
    rng = np.random.default_rng([seed, ACTIONS.index(action)])
    body = body_shape.draw(rng)
    postures = _MAKERS[action](stage.Stage(rng, body, float(seconds)))
    times = np.arange(max(1, round(seconds * fps))) / fps
    joints, face = articulation.joints(postures(times), body)
    return generated_motion.MotionClip(
        action=action,
        fps=float(fps),
        joints_world=_stack(joints, "h36m17"),
        keypoints_world=_stack({**joints, **face}, "coco17"),
        body=body,
    )


def _stack(points: dict[str, np.ndarray], skeleton: str) -> np.ndarray:
    names = skeletons.get(skeleton).joints
    return np.stack([points[name] for name in names], axis=1).astype(np.float32)
