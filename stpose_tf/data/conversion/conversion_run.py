"""A whole conversion: planned clips into a folder of records, once or in two goes.

Unfinished work lies in a hidden folder beside the output. It is kept when a conversion
is interrupted and a shard of it is finished, and the next one goes on from there.
"""

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.conversion import shard_conversion
from stpose_tf.data.conversion.conversion_plan import Plan
from stpose_tf.data.conversion.shard_conversion import ShardReport, ShardTask
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import inventory, record_folder, record_index, shard_writing
from stpose_tf.data.records.shard_writing import Form

# Converts the tasks, anywhere and in any order, and returns when all have reports.
Engine = Callable[[Sequence[ShardTask]], None]
_LOCK = "lock"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a conversion wrote.

    Attributes:
        index: The records.
        skipped: What is missing from them and why.
        heatmap_bytes: Bytes of their compressed heat maps.
    """

    index: record_index.RecordIndex
    skipped: tuple[Skipped, ...]
    heatmap_bytes: int


def partial_folder(folder: Path) -> Path:
    """Returns where unfinished work on a folder lies."""
    return record_folder.beside(folder, "partial")


@contextlib.contextmanager
def kept_shards(folder: Path) -> Iterator[Path]:
    """Holds the folder of unfinished work; removes it if no shard in it is finished.

    Args:
        folder: The output.

    Yields:
        The folder of unfinished work, for this process alone.

    Raises:
        InputError: If another process works on the same output.
    """
    partial = partial_folder(folder)
    partial.mkdir(parents=True, exist_ok=True)
    with (partial / _LOCK).open("w") as lock:
        _take(lock.fileno(), folder)
        try:
            yield partial
        finally:
            if partial.exists() and not any(partial.glob("[0-9]*.json")):
                shutil.rmtree(partial, ignore_errors=True)


def write(
    plan: Plan,
    tasks: Sequence[ShardTask],
    *,
    folder: Path,
    engine: Engine,
    begin: Callable[[int], None],
) -> Outcome:
    """Converts what is not finished yet and puts all of it in its place.

    The result depends on the tasks alone, not on the engine or on interruptions. It
    is what one writer would make that takes one clip after the other and leaves out
    those that differ in skeletons, rate or heat-map size from the clips before.

    Args:
        plan: Where the tasks come from.
        tasks: Of this plan, in the folder that `kept_shards` holds.
        folder: The output; what is there is replaced.
        engine: Does the work.
        begin: Called with the number of clips that were converted before.

    Raises:
        InputError: If no clip could be converted.
        OSError: If the folder cannot be written.
    """
    partial = tasks[0].folder
    before = {
        number: report
        for number, report in _finished(tasks).items()
        if _is_whole(report)
    }
    _clear(partial, [tasks[number] for number in before])
    begin(sum(len(tasks[number].clips) for number in before))
    engine([task for task in tasks if task.number not in before])
    reports = _finished(tasks)
    form = record_folder.common_form(reports[task.number].written for task in tasks)
    if form is not None:
        # A shard cannot know the clips before its own.
        again = [
            dataclasses.replace(task, form=form)
            for task in tasks
            if not _fits(reports[task.number], form)
        ]
        if again:
            engine(again)
            reports = _finished(tasks)
    return _assembled(plan, [reports[task.number] for task in tasks], folder=folder)


def _assembled(plan: Plan, reports: Sequence[ShardReport], *, folder: Path) -> Outcome:
    skipped = (*plan.skipped, *(item for report in reports for item in report.skipped))
    written = [report.written for report in reports]
    partial = written[0].path.parent
    entries = [entry for shard in written for entry in shard.clips]
    if not entries:
        shutil.rmtree(partial)
        raise errors.InputError(
            f"{folder}: expected at least one clip to write. Received: none; "
            f"{len(skipped)} clips skipped, first: {skipped[0].reason}"
        )
    inventory.save(partial, entries, skipped)
    return Outcome(
        index=record_folder.assemble(partial, folder, shards=written),
        skipped=skipped,
        heatmap_bytes=sum(report.heatmap_bytes for report in reports),
    )


def _is_whole(report: ShardReport) -> bool:
    written = report.written
    return not written.clips or shard_writing.sha256(written.path) == written.sha256


def _finished(tasks: Sequence[ShardTask]) -> dict[int, ShardReport]:
    found = {task.number: shard_conversion.load_report(task) for task in tasks}
    return {number: report for number, report in found.items() if report is not None}


def _fits(report: ShardReport, form: Form) -> bool:
    """Returns whether one writer would have made the shard the same."""
    if report.required not in (None, form):
        return False
    own = report.written.form
    if own is None:
        return True
    size = own.heatmap_size or form.heatmap_size
    return dataclasses.replace(own, heatmap_size=size) == form


def _clear(partial: Path, finished: Sequence[ShardTask]) -> None:
    """Removes what earlier conversions left, but for finished shards."""
    kept = {partial / _LOCK}
    for task in finished:
        kept |= {task.path, task.report_path}
    for path in partial.iterdir():
        if path not in kept:
            path.unlink()


def _take(file: int, folder: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows; two at once then write the same shards twice.
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise errors.InputError(
            f"--output: expected a folder that nobody else writes. Received: {folder}, "
            "which another build_records is writing"
        ) from error
