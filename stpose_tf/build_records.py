"""Turns motion into records: shoots it with virtual cameras and writes TFRecords.

python tools/build_records.py --source=procedural --output=records/made_up
"""

import contextlib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.data import motion_shooting, record_index, record_writer
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.sources import cmu, joints_npz, procedural

_SOURCES = ("cmu_asf_amc", "joints_npz", "procedural")
_HEATMAPS = {"none": None, "rendered": (64, 64)}
_PROGRESS_SECONDS = 5.0


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_enum("source", None, list(_SOURCES), "What to read.")
    flags.DEFINE_string(
        "input",
        None,
        "Folder of .asf and .amc files, or .npz file; not for procedural.",
    )
    flags.DEFINE_string("output", None, "Folder to write.")
    flags.DEFINE_integer("views", 4, "Virtual cameras of each clip.", lower_bound=1)
    flags.DEFINE_float("fps", 60.0, "Frames a second.", lower_bound=1e-3)
    flags.DEFINE_list("subjects", None, "Only these subjects; else all of them.")
    flags.DEFINE_integer("shards", 4, "Files to write.", lower_bound=1)
    flags.DEFINE_integer(
        "seed", 0, "Of cameras and made-up motion.", 0, upper_bound=2**31 - 1
    )
    flags.DEFINE_boolean("overwrite", False, "Replace the records of the output.")
    flags.DEFINE_enum(
        "heatmaps", "none", list(_HEATMAPS), "Store what a detector would see."
    )
    flags.DEFINE_integer("clips", 120, "Clips of made-up motion.", lower_bound=1)
    flags.DEFINE_float("seconds", 10.0, "Length of made-up clips.", lower_bound=0.1)


def main(argv: Sequence[str]) -> int:
    """Writes the records and says what they hold."""
    del argv
    given = flags.FLAGS
    for name in ("source", "output"):
        if getattr(given, name) is None:
            raise errors.InputError(f"--{name}: expected a value. Received: none")
    skipped: list[Skipped] = []
    writer = record_writer.RecordWriter(
        given.output, num_shards=given.shards, overwrite=given.overwrite
    )
    heatmap_bytes = 0
    try:
        with _terminable(), writer:
            heatmap_bytes = _write(writer, skipped)
    except errors.InputError as error:
        if skipped:
            raise errors.InputError(
                f"{error}; {len(skipped)} clips skipped, first: {skipped[0].reason}"
            ) from error
        raise
    except OSError as error:
        raise errors.InputError(
            f"--output: expected a folder that can be written. Received: {error}"
        ) from error
    assert writer.index is not None
    _say(inventory(writer.index, heatmap_bytes=heatmap_bytes))
    for item in skipped:
        _say(f"  skipped {item.name}: {item.reason}")
    return commands.PARTLY if skipped else commands.DONE


def run() -> None:
    """Runs the command."""
    commands.run(define_flags, main)


def inventory(index: record_index.RecordIndex, *, heatmap_bytes: int = 0) -> str:
    """Returns what the records hold, by subject and in all.

    Args:
        index: The records.
        heatmap_bytes: Bytes of their compressed heat maps.
    """
    clips = Counter(entry.subject for entry in index.clips)
    frames: Counter[str] = Counter()
    for entry in index.clips:
        frames[entry.subject] += entry.frames
    totals = index.totals
    lines = [f"{index.folder}: {index.dataset}, {index.fps:g} fps"]
    lines += [
        f"  {subject}: {clips[subject]} clips, {frames[subject]} frames"
        for subject in index.subjects
    ]
    lines.append(
        f"  in all: {totals['subjects']} subjects, {totals['clips']} clips, "
        f"{totals['frames']} frames ({totals['seconds'] / 60:.1f} min), "
        f"{totals['view_frames']} with all views, {totals['bytes'] / 1e6:.1f} MB in "
        f"{len(index.shards)} files"
    )
    if heatmap_bytes:
        lines.append(
            f"  heat maps: {heatmap_bytes / totals['view_frames']:.0f} bytes a frame"
        )
    return "\n".join(lines)


def _write(writer: record_writer.RecordWriter, skipped: list[Skipped]) -> int:
    """Writes what can be read, lists the rest, and returns the heat maps' bytes."""
    given = flags.FLAGS
    heatmap_bytes = 0
    subjects = set()
    told = time.monotonic()
    for number, item in enumerate(_motions(), 1):
        if isinstance(item, Skipped):
            skipped.append(item)
            continue
        clip = motion_shooting.shoot(
            item,
            dataset=given.source,
            num_views=given.views,
            seed=given.seed,
            heatmap_size=_HEATMAPS[given.heatmaps],
        )
        try:
            writer.write(clip)
        except errors.InputError as error:
            skipped.append(Skipped(name=clip.clip_id, reason=str(error)))
            continue
        subjects.add(clip.subject)
        heatmap_bytes += sum(view.heatmap_bytes for view in clip.views)
        if time.monotonic() - told > _PROGRESS_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{number} clips, now {clip.clip_id}\n")
    missing = sorted(set(given.subjects or ()) - subjects)
    if missing:
        raise errors.InputError(
            f"--subjects: expected subjects of the source. "
            f"Received: {', '.join(missing)}, of whom there is no readable clip"
        )
    return heatmap_bytes


def _motions() -> Iterator[Motion | Skipped]:
    given = flags.FLAGS
    subjects = tuple(given.subjects or ())
    if given.source == "procedural":
        yield from procedural.motions(
            fps=given.fps,
            clips=given.clips,
            seconds=given.seconds,
            seed=given.seed,
            subjects=subjects,
        )
        return
    if given.input is None:
        raise errors.InputError("--input: expected a path. Received: none")
    path = Path(given.input)
    if not path.exists():
        raise errors.InputError(f"--input: expected a path. Received: no {path}")
    source = cmu.motions if given.source == "cmu_asf_amc" else joints_npz.motions
    yield from source(path, fps=given.fps, subjects=subjects)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets a termination clean up as an interruption from the keyboard does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    run()
