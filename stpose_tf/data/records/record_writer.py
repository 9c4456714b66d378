"""Clips into sharded TFRecords with an index, all of it or nothing."""

import os
import shutil
from pathlib import Path
from types import TracebackType

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.records import record_folder, record_index, shard_writing


class RecordWriter:
    """Writes a folder of records, clip by clip; a context manager.

    Everything is written beside the folder and moved to its place when the block
    ends without an exception and at least one clip was written; otherwise nothing is
    left, and an older folder stays as it was. `conversion_run` writes large folders
    with several processes and can go on where it stopped.

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
        record_folder.check(self._folder, overwrite=overwrite)
        self._partial = record_folder.beside(self._folder, f"writing-{os.getpid()}")
        self._shards = [
            shard_writing.ShardWriter(self._partial / f"{number}.tfrecord")
            for number in range(num_shards)
        ]
        self._form: shard_writing.Form | None = None
        self._ids: list[str] = []
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
            written = [shard.close() for shard in self._shards]
            if kind is None:
                self.index = record_folder.assemble(
                    self._partial, self._folder, shards=written, order=self._ids
                )
        finally:
            shutil.rmtree(self._partial, ignore_errors=True)

    def write(self, clip: Clip) -> None:
        """Appends one clip to the smallest shard.

        Raises:
            InputError: If an array of the clip does not fit or is not finite, the id
                was written before, or the clip's skeletons, rate or heat-map size are
                not those of the clips before it.
        """
        if clip.clip_id in self._ids:
            raise errors.InputError(
                f"Expected different clip ids. Received: {clip.clip_id} twice"
            )
        shard = min(self._shards, key=lambda shard: shard.bytes)
        shard.form = self._form
        shard.write(clip)
        self._form = shard.form
        self._ids.append(clip.clip_id)
