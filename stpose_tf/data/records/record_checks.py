"""Reads every record once and says what is damaged, without trusting a byte of it."""

import dataclasses

import tensorflow as tf
from google.protobuf import message  # type: ignore[import-untyped]

from stpose_tf import errors
from stpose_tf.data.records import example_checks, record_parsing, record_schema
from stpose_tf.data.records.record_index import ClipEntry, RecordIndex


@dataclasses.dataclass(frozen=True, slots=True)
class Damage:
    """A clip that cannot be used.

    Attributes:
        clip_id: Which.
        shard: The file it lies in.
        reason: What was expected and received, in one line.
    """

    clip_id: str
    shard: str
    reason: str


def verify(
    index: RecordIndex, *, strict: bool = False
) -> tuple[RecordIndex, tuple[Damage, ...]]:
    """Returns the index without damaged clips, and the damage.

    Checks that every shard is there, that each record's length, check sums and schema
    are right, that ids, lengths and sizes agree with the index, that all numbers are
    finite, and that each heat-map blob inflates to exactly one frame. Nothing is
    inflated or read beyond these sizes. One damaged record leaves out its whole clip.

    Args:
        index: What `record_index.load` returned.
        strict: Refuse any damage.

    Raises:
        InputError: If no clip is left, or with `strict` if any is damaged.
    """
    good, damage = [], []
    scan = _Scan(index)
    for entry in index.clips:
        try:
            _check_clip(index, entry, scan)
            good.append(entry)
        except errors.InputError as error:
            name = index.shards[entry.shard].file
            damage.append(Damage(entry.id, name, str(error)))
    if damage and (strict or not good):
        first = damage[0]
        raise errors.InputError(
            f"{index.folder}: expected undamaged records. Received: "
            f"{len(damage)} of {len(index.clips)} clips damaged, first "
            f"{first.clip_id} in {first.shard}: {first.reason}"
        )
    return index.with_clips(good), tuple(damage)


def _check_clip(index: RecordIndex, entry: ClipEntry, scan: "_Scan") -> None:
    scan.check(entry)
    path = tf.constant(str(index.path(entry)))
    ranges = set()
    for chunk in entry.chunks:
        try:
            serialized = record_parsing.read_chunks(
                path, tf.constant(chunk.offset, tf.int64), tf.constant(1, tf.int64)
            )
            example = tf.train.Example.FromString(serialized[0].numpy())
            ranges.add(
                example_checks.check(example, index=index, entry=entry, chunk=chunk)
            )
        except (message.DecodeError, tf.errors.OpError) as error:
            raise errors.InputError(
                f"frame {chunk.start}: expected a whole record. "
                f"Received: {str(error).splitlines()[0][:120]}"
            ) from error
        except errors.InputError as error:
            raise errors.InputError(f"frame {chunk.start}: {error}") from error
    if len(ranges) > 1:
        raise errors.InputError(
            "heatmap_range: expected the same in all chunks. Received: different ones"
        )


class _Scan:
    """Each shard's true size, and the lengths that its records claim."""

    def __init__(self, index: RecordIndex) -> None:
        self._index = index
        self._sizes = [
            path.stat().st_size if path.is_file() else -1
            for path in (index.folder / shard.file for shard in index.shards)
        ]

    def check(self, entry: ClipEntry) -> None:
        """Checks that a clip's records lie inside the file, one behind the other.

        A length is checked before anything of that length is read.
        """
        size = self._sizes[entry.shard]
        if size < 0:
            raise errors.InputError("expected the file. Received: none")
        end = entry.chunks[0].offset
        with self._index.path(entry).open("rb") as file:
            for chunk in entry.chunks:
                file.seek(chunk.offset)
                header = file.read(record_schema.HEADER_BYTES)
                length = int.from_bytes(header[:8], "little")
                begin, end = end, chunk.offset + length + record_schema.FRAMING_BYTES
                if len(header) < record_schema.HEADER_BYTES or end > size:
                    raise errors.InputError(
                        f"frame {chunk.start}: expected a record at byte "
                        f"{chunk.offset}. Received: a file of {size} bytes"
                    )
                if begin != chunk.offset:
                    raise errors.InputError(
                        f"frame {chunk.start}: expected the next record at byte "
                        f"{chunk.offset}. Received: {begin}"
                    )
