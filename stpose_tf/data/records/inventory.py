"""What a conversion wrote, by subject and action, and what it skipped and why."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import record_index

FILE_NAME = "inventory.json"
_LONGEST_LIST = 20


@dataclasses.dataclass(slots=True)
class _Counts:
    """Sums over some clips."""

    clips: int = 0
    frames: int = 0
    view_frames: int = 0
    views: set[int] = dataclasses.field(default_factory=set)
    actions: set[str] = dataclasses.field(default_factory=set)

    def add(self, entry: record_index.ClipEntry) -> None:
        self.clips += 1
        self.frames += entry.frames
        self.view_frames += entry.frames * entry.views
        self.views.add(entry.views)
        self.actions.add(entry.action)


def describe(index: record_index.RecordIndex, *, heatmap_bytes: int = 0) -> str:
    """Returns what the records hold, by subject and in all, as lines of text.

    Args:
        index: The records.
        heatmap_bytes: Bytes of their compressed heat maps.
    """
    by_subject: dict[str, _Counts] = defaultdict(_Counts)
    for entry in index.clips:
        by_subject[entry.subject].add(entry)
    lines = [
        f"{subject}: {counts.clips} clips, {counts.frames} frames, "
        f"{_numbers(counts.views)} views, {len(counts.actions)} actions"
        for subject, counts in sorted(by_subject.items())
    ]
    totals = index.totals
    lines = _shortened(lines)
    lines.append(
        f"in all: {totals['subjects']} subjects, {totals['clips']} clips, "
        f"{totals['frames']} frames ({totals['seconds'] / 60:.1f} min), "
        f"{totals['view_frames']} with all views, {totals['bytes'] / 1e6:.1f} MB in "
        f"{len(index.shards)} files"
    )
    if heatmap_bytes:
        lines.append(
            f"heat maps: {heatmap_bytes / totals['view_frames']:.0f} bytes a frame"
        )
    head = f"{index.folder}: {index.dataset}, {index.fps:g} fps"
    return "\n".join([head, *(f"  {line}" for line in lines)])


def describe_skipped(skipped: Sequence[Skipped]) -> str:
    """Returns what was skipped and why as lines of text; empty for nothing."""
    lines = [f"skipped {item.name}: {item.reason}" for item in skipped]
    return "\n".join(f"  {line}" for line in _shortened(lines))


def save(
    folder: Path, entries: Iterable[record_index.ClipEntry], skipped: Iterable[Skipped]
) -> None:
    """Writes `inventory.json`: subjects, their actions, and all that was skipped."""
    table: dict[tuple[str, str], _Counts] = defaultdict(_Counts)
    for entry in entries:
        table[entry.subject, entry.action].add(entry)
    content: dict[str, Any] = {
        "clips": [
            {
                "subject": subject,
                "action": action,
                "clips": counts.clips,
                "views": sorted(counts.views),
                "frames": counts.frames,
                "view_frames": counts.view_frames,
            }
            for (subject, action), counts in sorted(table.items())
        ],
        "skipped": [dataclasses.asdict(item) for item in skipped],
    }
    path = folder / FILE_NAME
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _numbers(values: Iterable[int]) -> str:
    return " or ".join(map(str, sorted(values)))


def _shortened(lines: list[str]) -> list[str]:
    rest = len(lines) - _LONGEST_LIST
    if rest <= 0:
        return lines
    return [*lines[:_LONGEST_LIST], f"... and {rest} more, see {FILE_NAME}"]
