"""A folder of records: all of it or nothing."""

import dataclasses
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.records import inventory, record_index, record_schema
from stpose_tf.data.records.shard_writing import Form, WrittenShard

_OURS = (record_schema.INDEX_NAME, inventory.FILE_NAME)


def check(folder: Path, *, overwrite: bool) -> None:
    """Checks that records may be written there.

    Args:
        folder: May be missing.
        overwrite: It may hold records, and nothing else.

    Raises:
        InputError: If the folder is a file, is not empty and `overwrite` is not set,
            or holds other things than records.
    """
    if folder.exists() and not folder.is_dir():
        raise errors.InputError(
            f"{folder}: expected a folder to write. Received: a file"
        )
    content = list(folder.iterdir()) if folder.exists() else []
    if content and not overwrite:
        raise errors.InputError(
            f"{folder}: expected an empty folder, or --overwrite to replace "
            f"its records. Received: {len(content)} files"
        )
    others = [
        path.name
        for path in content
        if path.name not in _OURS and path.suffix != ".tfrecord"
    ]
    if others:
        raise errors.InputError(
            f"{folder}: expected nothing but records to overwrite. "
            f"Received: {', '.join(sorted(others)[:3])}"
        )


def beside(folder: Path, word: str) -> Path:
    """Returns the hidden folder beside it that is named after both."""
    folder = folder.absolute()
    return folder.with_name(f".{folder.name}.{word}")


def assemble(
    partial: Path,
    folder: Path,
    *,
    shards: Sequence[WrittenShard],
    order: Iterable[str] | None = None,
) -> record_index.RecordIndex:
    """Writes the shards' index, names them and moves all of it to its place.

    Args:
        partial: Where the shards lie, and perhaps an inventory. Renamed to `folder`;
            all else in it is removed.
        folder: What is there is replaced.
        shards: Of one form; those without clips are left out.
        order: Ids of all clips in the index's order; None keeps the shards' order.

    Raises:
        InputError: If there is no clip at all.
        OSError: If the index cannot be written, or the folder cannot be moved.
    """
    filled = [shard for shard in shards if shard.clips]
    form = common_form(filled)
    if form is None:
        raise errors.InputError(
            f"{folder}: expected at least one clip to write. Received: none"
        )
    clips = [
        dataclasses.replace(entry, shard=number)
        for number, shard in enumerate(filled)
        for entry in shard.clips
    ]
    if order is not None:
        places = {clip_id: place for place, clip_id in enumerate(order)}
        clips.sort(key=lambda entry: places[entry.id])
    index = record_index.RecordIndex(
        folder=partial,
        dataset=clips[0].dataset,
        input_skeleton=form.input_skeleton,
        output_skeleton=form.output_skeleton,
        heatmap_size=form.heatmap_size,
        fps=form.fps,
        shards=_entries(filled, clips[0].dataset),
        clips=tuple(clips),
    )
    record_index.save(index)
    # From here on nothing needs space on the disk.
    names = {
        shard.path: file.file for shard, file in zip(filled, index.shards, strict=True)
    }
    for path in list(partial.iterdir()):
        if path in names:
            path.rename(partial / names[path])
        elif path.name not in _OURS:
            path.unlink()
    _replace(folder, partial)
    return record_index.load(folder)


def common_form(shards: Iterable[WrittenShard]) -> Form | None:
    """Returns the first shard's form with the first heat-map size; None without."""
    forms = [shard.form for shard in shards if shard.form is not None]
    if not forms:
        return None
    sizes = [form.heatmap_size for form in forms if form.heatmap_size is not None]
    return dataclasses.replace(forms[0], heatmap_size=sizes[0] if sizes else None)


def _entries(
    shards: Sequence[WrittenShard], dataset: str
) -> tuple[record_index.ShardEntry, ...]:
    prefix = re.sub(r"[^A-Za-z0-9_]+", "_", dataset)
    return tuple(
        record_index.ShardEntry(
            f"{prefix}-{number:05d}-of-{len(shards):05d}.tfrecord",
            shard.bytes,
            shard.records,
            shard.sha256,
        )
        for number, shard in enumerate(shards)
    )


def _replace(folder: Path, partial: Path) -> None:
    """Moves `partial` to `folder`; whatever ends this, one of both is whole."""
    place = folder.resolve() if folder.is_symlink() else folder
    before = beside(place, "replaced")
    shutil.rmtree(before, ignore_errors=True)
    if place.exists():
        place.rename(before)
    partial.rename(place)
    shutil.rmtree(before, ignore_errors=True)
