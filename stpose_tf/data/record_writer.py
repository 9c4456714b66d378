"""Clips into sharded TFRecords with an index, all of it or nothing."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from types import TracebackType

import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import clip_encoding, record_index, record_schema
from stpose_tf.data.clip import Clip


class RecordWriter:
    """Writes a folder of records; a context manager.

    Everything is written beside the folder and moved to its place when the block
    ends without an exception and at least one clip was written; otherwise nothing is
    left, and an older folder stays as it was.

    Args:
        folder: The folder to write; its parents are made.
        num_shards: Files to spread the clips over, fewer if there are fewer clips.
        overwrite: Replace a folder of older records.

    Raises:
        InputError: If the folder is not empty and `overwrite` is not set, or holds
            other things than records; on leaving the block, if it wrote no clip.
    """

    def __init__(
        self, folder: Path | str, *, num_shards: int = 4, overwrite: bool = False
    ) -> None:
        if num_shards < 1:
            raise errors.InputError(
                f"Expected at least one shard. Received: {num_shards}"
            )
        self._folder = Path(folder)
        self._check_folder(overwrite)
        self._partial = self._folder.with_name(
            f".{self._folder.name}.partial-{os.getpid()}"
        )
        self._bytes = [0] * num_shards
        self._records = [0] * num_shards
        self._files: dict[int, tf.io.TFRecordWriter] = {}
        self._clips: list[record_index.ClipEntry] = []
        self._first: Clip | None = None
        self._heatmap_size: tuple[int, int] | None = None
        self.index: record_index.RecordIndex | None = None

    def __enter__(self) -> "RecordWriter":
        self._partial.mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            for file in self._files.values():
                file.close()
            if kind is None:
                self._finish()
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)

    def write(self, clip: Clip) -> None:
        """Appends one clip to the smallest shard.

        Raises:
            InputError: If an array of the clip does not fit or is not finite, the id
                was written before, or the clip's skeletons, rate or heat-map size are
                not those of the clips before it.
        """
        clip.validate()
        self._check_clip(clip)
        shard = min(range(len(self._bytes)), key=lambda number: self._bytes[number])
        if shard not in self._files:
            self._files[shard] = tf.io.TFRecordWriter(str(self._path(shard)))
        chunks = []
        for start, frames, content in clip_encoding.examples(clip):
            self._files[shard].write(content)
            chunk = record_index.ChunkEntry(self._bytes[shard], start, frames)
            chunks.append(chunk)
            self._bytes[shard] += len(content) + record_schema.FRAMING_BYTES
            self._records[shard] += 1
        self._clips.append(_entry(clip, shard, tuple(chunks)))

    def _check_folder(self, overwrite: bool) -> None:
        if self._folder.exists() and not self._folder.is_dir():
            raise errors.InputError(
                f"{self._folder}: expected a folder to write. Received: a file"
            )
        content = list(self._folder.iterdir()) if self._folder.exists() else []
        if content and not overwrite:
            raise errors.InputError(
                f"{self._folder}: expected an empty folder, or --overwrite to replace "
                f"its records. Received: {len(content)} files"
            )
        others = [
            path.name
            for path in content
            if path.name != record_schema.INDEX_NAME and path.suffix != ".tfrecord"
        ]
        if others:
            raise errors.InputError(
                f"{self._folder}: expected nothing but records to overwrite. "
                f"Received: {', '.join(sorted(others)[:3])}"
            )

    def _check_clip(self, clip: Clip) -> None:
        if self._first is None:
            self._first = clip
        for name in ("input_skeleton", "output_skeleton", "fps"):
            expected, received = getattr(self._first, name), getattr(clip, name)
            if expected != received:
                raise errors.InputError(
                    f"Clip {clip.clip_id}: expected the {name} of the clips before "
                    f"it, {expected}. Received: {received}"
                )
        if clip.clip_id in {entry.id for entry in self._clips}:
            raise errors.InputError(
                f"Expected different clip ids. Received: {clip.clip_id} twice"
            )
        sizes = {view.heatmap_size for view in clip.views} - {None}
        self._heatmap_size = self._heatmap_size or next(iter(sizes), None)
        if sizes - {self._heatmap_size}:
            raise errors.InputError(
                f"Clip {clip.clip_id}: expected heat maps of the size before, "
                f"{self._heatmap_size}. Received: {sizes}"
            )

    def _path(self, shard: int) -> Path:
        return self._partial / f"{shard}.tfrecord"

    def _finish(self) -> None:
        if self._first is None:
            raise errors.InputError(
                f"{self._folder}: expected at least one clip to write. Received: none"
            )
        index = record_index.RecordIndex(
            folder=self._partial,
            dataset=self._first.dataset,
            input_skeleton=self._first.input_skeleton,
            output_skeleton=self._first.output_skeleton,
            heatmap_size=self._heatmap_size,
            fps=self._first.fps,
            shards=self._named_shards(self._first.dataset),
            clips=tuple(self._clips),
        )
        record_index.save(index)
        if self._folder.exists():
            shutil.rmtree(self._folder)
        self._partial.rename(self._folder)
        self.index = record_index.load(self._folder)

    def _named_shards(self, dataset: str) -> tuple[record_index.ShardEntry, ...]:
        """Names the files once their number is known; shards are filled in order."""
        prefix = re.sub(r"[^A-Za-z0-9_]+", "_", dataset)
        count = len(self._files)
        entries = []
        for shard in range(count):
            name = f"{prefix}-{shard:05d}-of-{count:05d}.tfrecord"
            path = self._path(shard).rename(self._partial / name)
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = path.stat().st_size
            if size != self._bytes[shard]:
                raise OSError(f"{path}: wrote {self._bytes[shard]} bytes, found {size}")
            entries.append(
                record_index.ShardEntry(name, size, self._records[shard], digest)
            )
        return tuple(entries)


def _entry(
    clip: Clip, shard: int, chunks: tuple[record_index.ChunkEntry, ...]
) -> record_index.ClipEntry:
    return record_index.ClipEntry(
        id=clip.clip_id,
        subject=clip.subject,
        action=clip.action,
        dataset=clip.dataset,
        fps=float(clip.fps),
        frames=clip.num_frames,
        views=len(clip.views),
        has_pose=clip.pose_world is not None,
        has_keypoints_world=clip.keypoints_world is not None,
        has_heatmaps=clip.views[0].heatmaps is not None,
        shard=shard,
        chunks=chunks,
    )
