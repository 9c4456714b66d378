"""Made-up motion: all actions of the generator by one made-up subject after another."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.motion_clip import Motion
from stpose_tf.motion import generator

FPS = 60.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One action of one subject; see `planned_clip.PlannedClip`.

    Attributes:
        person: Number of the subject from 0.
        action: One of the generator's.
        fps: Frames a second.
        seconds: Length.
        seed: Of all subjects together.
    """

    person: int
    action: str
    fps: float
    seconds: float
    seed: int

    @property
    def subject(self) -> str:
        """`P01`, `P02`, ..."""
        return f"P{self.person + 1:02d}"

    @property
    def clip_id(self) -> str:
        """Such as `P01_walk`."""
        return f"{self.subject}_{self.action}"

    def read(self) -> Motion:
        """Returns the motion; the same performance gives the same."""
        made = generator.generate(
            self.action,
            seconds=self.seconds,
            fps=self.fps,
            seed=_seed(self.seed, self.person),
        )
        return Motion(
            clip_id=self.clip_id,
            subject=self.subject,
            action=self.action,
            fps=self.fps,
            joints_world=made.joints_world,
            keypoints_world=made.keypoints_world,
        )


def find(
    path: Path | None = None,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    clips: int = 120,
    seconds: float = 10.0,
    seed: int = 0,
) -> Iterator[Performance]:
    """Yields clips of subjects `P01`, `P02`, ...; each does every action once.

    Bodies and ways of moving differ from clip to clip, also of one subject.

    Args:
        path: None: nothing is read.
        fps: Frames a second; None is 60.
        subjects: Only these; all of them if empty.
        clips: How many, of all subjects together.
        seconds: Length of a clip.
        seed: The motion's; the same seed gives the same clips.

    Raises:
        InputError: If a path is given, or a rate or a length is not positive.
    """
    if path is not None:
        raise errors.InputError(
            f"--input: expected none for made-up motion. Received: {path}"
        )
    fps = FPS if fps is None else fps
    for name, value in (("--fps", fps), ("--seconds", seconds)):
        if not 0 < value < math.inf:
            raise errors.InputError(
                f"{name}: expected a positive number. Received: {value}"
            )
    for number in range(clips):
        person, action = divmod(number, len(generator.ACTIONS))
        planned = Performance(
            person=person,
            action=generator.ACTIONS[action],
            fps=fps,
            seconds=seconds,
            seed=seed,
        )
        if not subjects or planned.subject in subjects:
            yield planned


def _seed(seed: int, person: int) -> int:
    """Returns a seed that no other pair gives, for any number of people in use."""
    return (seed << 20) + person
