"""Made-up motion: all actions of the generator by one made-up subject after another."""

from collections.abc import Iterator

from stpose_tf.data.motion_clip import Motion
from stpose_tf.motion import generator


def motions(
    *,
    fps: float,
    clips: int,
    seconds: float,
    seed: int,
    subjects: tuple[str, ...] = (),
) -> Iterator[Motion]:
    """Yields clips of subjects `P01`, `P02`, ...; each does every action once.

    Bodies and ways of moving differ from clip to clip, also of one subject.

    Args:
        fps: Frames a second.
        clips: How many, of all subjects together.
        seconds: Length of a clip.
        seed: The motion's; the same seed gives the same clips.
        subjects: Only these; all of them if empty.

    Raises:
        InputError: If a rate or a length is not positive.
    """
    for number in range(clips):
        person, action = divmod(number, len(generator.ACTIONS))
        subject = f"P{person + 1:02d}"
        if subjects and subject not in subjects:
            continue
        name = generator.ACTIONS[action]
        made = generator.generate(
            name, seconds=seconds, fps=fps, seed=_seed(seed, person)
        )
        yield Motion(
            clip_id=f"{subject}_{name}",
            subject=subject,
            action=name,
            fps=fps,
            joints_world=made.joints_world,
            keypoints_world=made.keypoints_world,
        )


def _seed(seed: int, person: int) -> int:
    """Returns a seed that no other pair gives, for any number of people in use."""
    return (seed << 20) + person
