"""Clips into one file of records."""

import dataclasses
import hashlib
from pathlib import Path

import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.records import clip_encoding, record_index, record_schema


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """What all clips of one folder share.

    Attributes:
        input_skeleton: Of the keypoints.
        output_skeleton: Of the poses.
        fps: Frames a second.
        heatmap_size: Height and width of stored heat maps; None before a clip has
            any, and never held against a clip without.
    """

    input_skeleton: str
    output_skeleton: str
    fps: float
    heatmap_size: tuple[int, int] | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WrittenShard:
    """One file of records and what it holds.

    Attributes:
        path: The file.
        form: What its clips share; None without any.
        bytes: Its length.
        sha256: Of its content.
        records: How many it has.
        clips: Its clips; their `shard` is meaningless yet.
    """

    path: Path
    form: Form | None
    bytes: int
    sha256: str
    records: int
    clips: tuple[record_index.ClipEntry, ...]


class ShardWriter:
    """Writes one file of records.

    Args:
        path: The file; made with the first clip.
        form: What the clips must be like; None takes the first clip's.
    """

    def __init__(self, path: Path, *, form: Form | None = None) -> None:
        self._path = path
        self._file: tf.io.TFRecordWriter | None = None
        self._records = 0
        self._clips: list[record_index.ClipEntry] = []
        self.form = form
        self.bytes = 0

    def write(self, clip: Clip) -> None:
        """Appends one clip.

        Raises:
            InputError: If an array of the clip does not fit or is not finite, or its
                skeletons, rate or heat-map size are not those of the clips before it.
            OSError: If the file cannot be written.
        """
        clip.validate()
        self.form = joined(self.form, clip)
        chunks = []
        try:
            if self._file is None:
                self._file = tf.io.TFRecordWriter(str(self._path))
            for start, frames, content in clip_encoding.examples(clip):
                self._file.write(content)
                chunks.append(record_index.ChunkEntry(self.bytes, start, frames))
                self.bytes += len(content) + record_schema.FRAMING_BYTES
                self._records += 1
        except tf.errors.OpError as error:
            raise OSError(_first_line(error)) from error
        self._clips.append(_entry(clip, tuple(chunks)))

    def close(self) -> WrittenShard:
        """Returns what was written; the file is complete.

        Raises:
            OSError: If it cannot be written to its end, or does not hold every byte
                that was written.
        """
        digest = ""
        if self._file is not None:
            try:
                self._file.close()
            except tf.errors.OpError as error:
                raise OSError(_first_line(error)) from error
            digest = sha256(self._path)
            size = self._path.stat().st_size
            if size != self.bytes:
                raise OSError(f"{self._path}: wrote {self.bytes} bytes, found {size}")
        return WrittenShard(
            path=self._path,
            form=self.form if self._clips else None,
            bytes=self.bytes,
            sha256=digest,
            records=self._records,
            clips=tuple(self._clips),
        )


def joined(form: Form | None, clip: Clip) -> Form:
    """Returns the form of a folder once the clip is in it.

    Args:
        form: Of the clips before it; None before the first.
        clip: A valid clip.

    Raises:
        InputError: If the clip is of another form.
    """
    sizes = {view.heatmap_size for view in clip.views} - {None}
    if form is None:
        form = Form(clip.input_skeleton, clip.output_skeleton, float(clip.fps))
    for name in ("input_skeleton", "output_skeleton", "fps"):
        expected, received = getattr(form, name), getattr(clip, name)
        if expected != received:
            raise errors.InputError(
                f"Clip {clip.clip_id}: expected the {name} of the clips before "
                f"it, {expected}. Received: {received}"
            )
    size = form.heatmap_size or next(iter(sizes), None)
    if sizes - {size}:
        raise errors.InputError(
            f"Clip {clip.clip_id}: expected heat maps of the size before, {size}. "
            f"Received: {sizes}"
        )
    return dataclasses.replace(form, heatmap_size=size)


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(
    clip: Clip, chunks: tuple[record_index.ChunkEntry, ...]
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
        shard=0,
        chunks=chunks,
    )


def _first_line(error: tf.errors.OpError) -> str:
    return str(error.message).splitlines()[0]
