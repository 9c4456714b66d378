"""Which clips of a source go into which shard."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.conversion.shard_conversion import ClipSettings, ShardTask
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.planned_clip import PlannedClip

_FEWEST_SHARDS = 4
_MOST_SHARDS = 256
_CLIPS_OF_A_SHARD = 25


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What is to be converted.

    Attributes:
        clips: In the source's order, with different ids.
        skipped: What the source could not list.
    """

    clips: tuple[PlannedClip, ...]
    skipped: tuple[Skipped, ...]

    def tasks(
        self, folder: Path, *, settings: ClipSettings, shards: int | None = None
    ) -> tuple[ShardTask, ...]:
        """Returns the shards to write; they depend on nothing else but the plan.

        Neighbors stay together, because they often come from one file.

        Args:
            folder: Where to.
            settings: How.
            shards: How many, no more than clips; None takes one for every 25 clips,
                4 to 256.
        """
        count = len(self.clips)
        wanted = math.ceil(count / _CLIPS_OF_A_SHARD)
        wanted = shards or min(max(wanted, _FEWEST_SHARDS), _MOST_SHARDS)
        wanted = min(wanted, count)
        return tuple(
            ShardTask(
                folder=folder,
                number=number,
                clips=self.clips[
                    number * count // wanted : (number + 1) * count // wanted
                ],
                settings=settings,
            )
            for number in range(wanted)
        )


def make(found: Iterable[PlannedClip | Skipped], *, subjects: Sequence[str]) -> Plan:
    """Returns the plan of what a source found.

    Args:
        found: What its `find` yields.
        subjects: Who must be among them.

    Raises:
        InputError: If nothing was found, or nothing of a subject.
    """
    clips: dict[str, PlannedClip] = {}
    skipped = []
    for item in found:
        if isinstance(item, Skipped):
            skipped.append(item)
        elif item.clip_id in clips:
            reason = f"expected different clip ids. Received: {item.clip_id} twice"
            skipped.append(Skipped(name=item.clip_id, reason=reason))
        else:
            clips[item.clip_id] = item
    missing = sorted(set(subjects) - {item.subject for item in clips.values()})
    why = ""
    if skipped:
        why = f"; {len(skipped)} clips skipped, first: {skipped[0].reason}"
    if missing:
        raise errors.InputError(
            "--subjects: expected subjects of the source. "
            f"Received: {', '.join(missing)}, of whom there is no readable clip{why}"
        )
    if not clips:
        raise errors.InputError(
            f"--input: expected at least one clip to write. Received: none{why}"
        )
    return Plan(tuple(clips.values()), tuple(skipped))
