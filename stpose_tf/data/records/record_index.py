"""What a folder of records holds: its `index.json`, mirrored.

Reading it is enough to draw windows: every chunk's place in its shard is known.
"""

import dataclasses
import itertools
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.data.records import record_schema


@dataclasses.dataclass(frozen=True, slots=True)
class ChunkEntry:
    """One record: where it begins in its shard, its first frame and its frames."""

    offset: int
    start: int
    frames: int


@dataclasses.dataclass(frozen=True, slots=True)
class ShardEntry:
    """One file, its size and the SHA-256 of its content."""

    file: str
    bytes: int
    records: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True)
class ClipEntry:
    """One clip: what it holds, and its chunks in order."""

    id: str
    subject: str
    action: str
    dataset: str
    fps: float
    frames: int
    views: int
    has_pose: bool
    has_keypoints_world: bool
    has_heatmaps: bool
    shard: int
    chunks: tuple[ChunkEntry, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class RecordIndex:
    """The content of `index.json` and the folder it lies in.

    Attributes:
        folder: Where the shards lie.
        dataset: Name of the source.
        input_skeleton: Skeleton of the keypoints.
        output_skeleton: Skeleton of the poses.
        heatmap_size: Height and width of stored heat maps; None without any.
        fps: Frames a second of every clip.
        shards: The files.
        clips: The clips, in writing order.
    """

    folder: Path
    dataset: str
    input_skeleton: str
    output_skeleton: str
    heatmap_size: tuple[int, int] | None
    fps: float
    shards: tuple[ShardEntry, ...]
    clips: tuple[ClipEntry, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects' names, sorted."""
        return tuple(sorted({entry.subject for entry in self.clips}))

    @property
    def totals(self) -> dict[str, float]:
        """Sums over all clips; `view_frames` counts a frame once for each view."""
        return {
            "clips": len(self.clips),
            "subjects": len(self.subjects),
            "frames": sum(entry.frames for entry in self.clips),
            "view_frames": sum(entry.frames * entry.views for entry in self.clips),
            "seconds": round(sum(entry.frames / entry.fps for entry in self.clips), 3),
            "bytes": sum(shard.bytes for shard in self.shards),
        }

    def path(self, entry: ClipEntry) -> Path:
        """Returns the file that holds the clip."""
        return self.folder / self.shards[entry.shard].file

    def with_clips(self, clips: Iterable[ClipEntry]) -> "RecordIndex":
        """Returns the same index for some of its clips.

        Raises:
            InputError: If none are left.
        """
        left = tuple(clips)
        if not left:
            raise errors.InputError(
                f"{self.folder}: expected at least one usable clip. Received: none of "
                f"{len(self.clips)}"
            )
        return dataclasses.replace(self, clips=left)


def save(index: RecordIndex) -> None:
    """Writes `index.json` into the index's folder."""
    content = dataclasses.asdict(index)
    del content["folder"]
    content = {"schema": record_schema.SCHEMA, **content, "totals": index.totals}
    path = index.folder / record_schema.INDEX_NAME
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(folder: Path | str) -> RecordIndex:
    """Returns the index of a records folder; reads no record.

    Raises:
        InputError: If the folder or its index is missing, or the index is of another
            schema, is empty, or does not fit itself.
    """
    folder = Path(folder)
    path = folder / record_schema.INDEX_NAME
    if not folder.is_dir():
        raise errors.InputError(
            f"{folder}: expected a folder written by build_records. "
            f"Received: {'a file' if folder.exists() else 'no such folder'}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise errors.InputError(
            f"{folder}: expected records with an {record_schema.INDEX_NAME}. "
            "Received: a folder without one"
        ) from error
    except (ValueError, RecursionError) as error:
        raise errors.InputError(f"{path}: expected JSON. Received: {error}") from error
    return _Reader(str(path)).index(content, folder)


class _Reader:
    """Reads fields and says which one does not fit."""

    def __init__(self, where: str) -> None:
        self._where = where

    def index(self, content: Any, folder: Path) -> RecordIndex:
        schema = content.get("schema") if isinstance(content, dict) else None
        if schema != record_schema.SCHEMA:
            raise self._error("schema", str(record_schema.SCHEMA), schema)
        size = content.get("heatmap_size")
        shards = self._list(content, "shards")
        clips = self._list(content, "clips")
        index = RecordIndex(
            folder=folder,
            dataset=self._text(content, "dataset"),
            input_skeleton=self._text(content, "input_skeleton"),
            output_skeleton=self._text(content, "output_skeleton"),
            heatmap_size=None if size is None else self._size(size),
            fps=self._rate(content, "fps"),
            shards=tuple(self._shard(item) for item in shards),
            clips=tuple(self._clip(item) for item in clips),
        )
        self._check(index)
        return index

    def _shard(self, item: Any) -> ShardEntry:
        name = self._text(item, "file")
        if Path(name).name != name or "\\" in name:
            raise self._error("file", "a file name without a folder", name)
        return ShardEntry(
            file=name,
            bytes=self._count(item, "bytes"),
            records=self._count(item, "records"),
            sha256=self._text(item, "sha256"),
        )

    def _clip(self, item: Any) -> ClipEntry:
        return ClipEntry(
            id=self._text(item, "id"),
            subject=self._text(item, "subject"),
            action=self._text(item, "action"),
            dataset=self._text(item, "dataset"),
            fps=self._rate(item, "fps"),
            frames=self._count(item, "frames", lowest=1),
            views=self._count(item, "views", lowest=1),
            has_pose=self._flag(item, "has_pose"),
            has_keypoints_world=self._flag(item, "has_keypoints_world"),
            has_heatmaps=self._flag(item, "has_heatmaps"),
            shard=self._count(item, "shard"),
            chunks=tuple(self._chunk(part) for part in self._list(item, "chunks")),
        )

    def _chunk(self, item: Any) -> ChunkEntry:
        return ChunkEntry(
            offset=self._count(item, "offset"),
            start=self._count(item, "start"),
            frames=self._count(item, "frames", lowest=1),
        )

    def _check(self, index: RecordIndex) -> None:
        if not index.clips:
            raise self._error("clips", "at least one clip", "none")
        ids = [entry.id for entry in index.clips]
        if len(set(ids)) < len(ids):
            raise self._error("clips", "different ids", "an id twice")
        for entry in index.clips:
            if entry.shard >= len(index.shards):
                raise self._error("shard", f"below {len(index.shards)}", entry.shard)
            if any(a.offset >= b.offset for a, b in itertools.pairwise(entry.chunks)):
                raise self._error("chunks", "rising offsets", entry.id)
            ends = [0] + [chunk.start + chunk.frames for chunk in entry.chunks]
            starts = [chunk.start for chunk in entry.chunks] + [entry.frames]
            if starts != ends:
                raise self._error(
                    "chunks", f"frames 0 to {entry.frames} of {entry.id}", starts
                )

    def _field(self, item: Any, name: str) -> Any:
        if not isinstance(item, dict) or name not in item:
            raise self._error(name, "a value", "nothing")
        return item[name]

    def _text(self, item: Any, name: str) -> str:
        value = self._field(item, name)
        if not isinstance(value, str) or not value:
            raise self._error(name, "a text", value)
        return value

    def _flag(self, item: Any, name: str) -> bool:
        value = self._field(item, name)
        if not isinstance(value, bool):
            raise self._error(name, "true or false", value)
        return value

    def _count(self, item: Any, name: str, *, lowest: int = 0) -> int:
        value = self._field(item, name)
        if type(value) is not int or not lowest <= value < 2**63:
            raise self._error(name, f"a whole number from {lowest}", value)
        return value

    def _rate(self, item: Any, name: str) -> float:
        value = self._field(item, name)
        if type(value) not in (int, float) or not 0 < value < math.inf:
            raise self._error(name, "a positive number", value)
        return float(value)

    def _list(self, item: Any, name: str) -> list[Any]:
        value = self._field(item, name)
        if not isinstance(value, list):
            raise self._error(name, "a list", value)
        return value

    def _size(self, value: Any) -> tuple[int, int]:
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(type(side) is int and 0 < side <= 4096 for side in value)
        ):
            raise self._error("heatmap_size", "height and width", value)
        return value[0], value[1]

    def _error(self, name: str, expected: str, received: Any) -> errors.InputError:
        return errors.InputError(
            f"{self._where}: expected {expected} in {name}. "
            f"Received: {str(received)[:200]}"
        )
