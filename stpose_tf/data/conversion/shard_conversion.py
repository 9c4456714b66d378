"""Planned clips into one shard: the work that processes and machines share out.

A shard is written by one worker. Its report beside it is written last and makes it
finished; a conversion that starts again reads the reports and leaves those shards.
"""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import stpose_tf
from stpose_tf import errors
from stpose_tf.data import motion_shooting
from stpose_tf.data.clip import Clip
from stpose_tf.data.conversion import file_stamps
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.records import record_index, record_schema, shard_writing
from stpose_tf.data.records.shard_writing import Form, WrittenShard
from stpose_tf.data.sources.planned_clip import FilmedClip, PlannedClip
from stpose_tf.data.unseen_video import HeatmapSource, UnseenVideo

_Read = TypeVar("_Read")

Tell = Callable[[str, int], None]  # a clip's id and the frames written of it


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings:
    """How clips are made of what a source reads.

    Attributes:
        dataset: Name of motion that is shot with virtual cameras.
        num_views: Virtual cameras of such motion.
        seed: Of these cameras.
        heatmap_size: Height and width of heat maps to store; None stores none but
            those that the source has.
        heatmap_source: Sees clips' videos, whose heat maps are stored then; None
            draws what is to be stored.
    """

    dataset: str
    num_views: int
    seed: int
    heatmap_size: tuple[int, int] | None
    heatmap_source: HeatmapSource | None = None

    def footage(self, planned: PlannedClip) -> tuple[Footage, ...]:
        """Returns the videos of a clip that are to be seen."""
        if self.heatmap_source is None or not isinstance(planned, FilmedClip):
            return ()
        return planned.footage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardTask:
    """One shard to write; can be pickled.

    Attributes:
        folder: Where to, seen by every worker under this name.
        number: Which of the folder's shards.
        clips: What it is to hold, in order.
        settings: How.
        form: What its clips must be like; None takes the first one's.
    """

    folder: Path
    number: int
    clips: tuple[PlannedClip, ...]
    settings: ClipSettings
    form: Form | None = None

    @property
    def path(self) -> Path:
        """The shard."""
        return self.folder / f"{self.number:05d}.tfrecord"

    @property
    def report_path(self) -> Path:
        """The report beside it."""
        return self.folder / f"{self.number:05d}.json"

    def fingerprint(self) -> str:
        """Returns a digest of the clips, their files' sizes and times, and settings."""
        known: dict[Path, str] = {}
        words = [stpose_tf.__version__, str(record_schema.SCHEMA), repr(self.settings)]
        source = self.settings.heatmap_source
        for planned in self.clips:
            words += [repr(planned), *file_stamps.stamps(planned, known)]
            if source is not None:
                footage = self.settings.footage(planned)
                words += [
                    repr(footage),
                    *file_stamps.stamps(source.files(footage), known),
                ]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardReport:
    """What became of a task.

    Attributes:
        written: The shard.
        skipped: Clips that could not be read or do not fit.
        heatmap_bytes: Bytes of compressed heat maps.
        required: The form that the task asked for.
    """

    written: WrittenShard
    skipped: tuple[Skipped, ...]
    heatmap_bytes: int
    required: Form | None


def convert(task: ShardTask, *, tell: Tell) -> None:
    """Writes one shard and its report.

    Args:
        task: Which.
        tell: Called after each clip.

    Raises:
        OSError: If the shard cannot be written.
    """
    task.report_path.unlink(missing_ok=True)
    unfinished = task.path.with_suffix(f".{os.getpid()}.unfinished")
    writer = shard_writing.ShardWriter(unfinished, form=task.form)
    skipped: list[Skipped] = []
    heatmap_bytes = 0
    for planned in task.clips:
        frames = 0
        try:
            for clip in _clips(planned, task.settings):
                if isinstance(clip, Skipped):
                    skipped.append(clip)
                    continue
                writer.write(clip)
                frames += clip.num_frames
                heatmap_bytes += sum(view.heatmap_bytes for view in clip.views)
        except errors.InputError as error:
            skipped.append(Skipped(name=planned.clip_id, reason=str(error)))
        tell(planned.clip_id, frames)
    written = writer.close()
    if written.clips:
        unfinished.rename(task.path)
    else:
        unfinished.unlink(missing_ok=True)
    written = dataclasses.replace(written, path=task.path)
    report = ShardReport(
        written=written,
        skipped=tuple(skipped),
        heatmap_bytes=heatmap_bytes,
        required=task.form,
    )
    _save(task, report)


def read(planned: PlannedClip, settings: ClipSettings) -> Clip:
    """Returns a planned clip with views and, if they are asked for, heat maps.

    Raises:
        InputError: If it cannot be read.
    """
    found = _readable(planned.read, planned)
    assert not isinstance(found, UnseenVideo), found
    assert found.clip_id == planned.clip_id, (found.clip_id, planned.clip_id)
    assert found.subject == planned.subject, (found.subject, planned.subject)
    source = settings.heatmap_source
    if isinstance(found, Motion):
        if source is not None:
            raise errors.InputError(
                f"{planned.clip_id}: expected a clip that was filmed. Received: motion "
                "for virtual cameras"
            )
        return motion_shooting.shoot(
            found,
            dataset=settings.dataset,
            num_views=settings.num_views,
            seed=settings.seed,
            heatmap_size=settings.heatmap_size,
        )
    if source is not None:
        return _readable(lambda: source.seen(found, settings.footage(planned)), planned)
    if settings.heatmap_size is None:
        return found
    return motion_shooting.with_heatmaps(found, settings.heatmap_size)


def _clips(planned: PlannedClip, settings: ClipSettings) -> Iterable[Clip | Skipped]:
    """Returns the clips that a planned one becomes: one, or one for each person."""
    if not isinstance(planned, UnseenVideo):
        return (read(planned, settings),)
    source = settings.heatmap_source
    if source is None:
        raise errors.InputError(
            f"{planned.path}: expected a 2D network to look at it. Received: none"
        )
    return _readable(lambda: source.people(planned), planned)


def _readable(work: Callable[[], _Read], planned: PlannedClip) -> _Read:
    """Returns what reading gives; an unreadable file is the user's to mend."""
    try:
        return work()
    except OSError as error:
        raise errors.InputError(
            f"{planned.clip_id}: expected files that can be read. Received: {error}"
        ) from error


def load_report(task: ShardTask) -> ShardReport | None:
    """Returns the report of a finished shard; None if it is not finished.

    The shard must be made of the same clips with the same settings, and there.
    """
    try:
        content = json.loads(task.report_path.read_text(encoding="utf-8"))
        if content["fingerprint"] != task.fingerprint():
            return None
        report = _report(task.path, content)
        if report.written.clips and task.path.stat().st_size != report.written.bytes:
            return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return report


def _save(task: ShardTask, report: ShardReport) -> None:
    written = report.written
    content = {
        "fingerprint": task.fingerprint(),
        "sha256": written.sha256,
        "bytes": written.bytes,
        "records": written.records,
        "clips": [dataclasses.asdict(entry) for entry in written.clips],
        "form": written.form and dataclasses.asdict(written.form),
        "required": report.required and dataclasses.asdict(report.required),
        "skipped": [dataclasses.asdict(item) for item in report.skipped],
        "heatmap_bytes": report.heatmap_bytes,
    }
    unfinished = task.report_path.with_suffix(f".{os.getpid()}.unfinished")
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.replace(task.report_path)


def _report(path: Path, content: dict[str, Any]) -> ShardReport:
    clips = []
    for item in content["clips"]:
        chunks = [record_index.ChunkEntry(**chunk) for chunk in item["chunks"]]
        item = {**item, "chunks": tuple(chunks)}
        clips.append(record_index.ClipEntry(**item))
    return ShardReport(
        written=WrittenShard(
            path=path,
            form=_form(content["form"]),
            bytes=content["bytes"],
            sha256=content["sha256"],
            records=content["records"],
            clips=tuple(clips),
        ),
        skipped=tuple(Skipped(**item) for item in content["skipped"]),
        heatmap_bytes=content["heatmap_bytes"],
        required=_form(content["required"]),
    )


def _form(content: dict[str, Any] | None) -> Form | None:
    if content is None:
        return None
    size = content["heatmap_size"]
    return Form(**{**content, "heatmap_size": size and (size[0], size[1])})
