import json

import pytest

from stpose_tf import errors
from stpose_tf.data.records import record_index


@pytest.fixture
def folder(tmp_path):
    """An index; nothing is read from its files here."""
    chunk, shard = record_index.ChunkEntry, record_index.ShardEntry

    def clip(name, subject, number, *chunks):
        frames = sum(one.frames for one in chunks)
        names = (name, subject, "walk", "figures")
        return record_index.ClipEntry(
            *names, 50.0, frames, 2, True, True, False, number, chunks
        )

    shards = [shard(f"figures-{n}.tfrecord", 999, 2, "5a") for n in range(2)]
    for one in shards:
        (tmp_path / one.file).write_bytes(b"")
    index = record_index.RecordIndex(
        folder=tmp_path,
        dataset="figures",
        input_skeleton="coco17",
        output_skeleton="h36m17",
        heatmap_size=None,
        fps=50.0,
        shards=tuple(shards),
        clips=(
            clip("a", "s1", 0, chunk(0, 0, 256), chunk(500, 256, 44)),
            clip("b", "s2", 1, chunk(0, 0, 9)),
        ),
    )
    record_index.save(index)
    return tmp_path


def test_loading_is_the_inverse_of_saving(folder):
    index = record_index.load(str(folder))
    before = (folder / "index.json").read_text()
    record_index.save(index)
    assert (folder / "index.json").read_text() == before
    assert record_index.load(folder) == index
    assert index.subjects == ("s1", "s2")
    assert index.path(index.clips[1]).is_file()


def test_fewer_clips_are_fewer_frames(folder):
    index = record_index.load(folder)
    fewer = index.with_clips(index.clips[1:])
    assert fewer.totals["frames"] == 9
    with pytest.raises(errors.InputError, match="none of 2"):
        index.with_clips([])


def test_missing_folders_files_and_foreign_ones_are_named(tmp_path):
    with pytest.raises(errors.InputError, match="Received: no such folder"):
        record_index.load(tmp_path / "none")
    with pytest.raises(errors.InputError, match="Received: a folder without one"):
        record_index.load(tmp_path)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(errors.InputError, match="expected JSON"):
        record_index.load(tmp_path)
    (tmp_path / "index.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(errors.InputError, match="expected JSON"):
        record_index.load(tmp_path)
    with pytest.raises(errors.InputError, match="Received: a file"):
        record_index.load(tmp_path / "index.json")


def change(content, *path, value):
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("schema",), 2, "expected 1 in schema. Received: 2"),
        (("schema",), None, "Received: None"),
        (("clips",), [], "at least one clip"),
        (("clips",), {}, "a list in clips"),
        (("fps",), "50", "a positive number in fps"),
        (("fps",), float("nan"), "a positive number in fps"),
        (("fps",), True, "a positive number in fps"),
        (("heatmap_size",), [64], "height and width"),
        (("heatmap_size",), [64, 10**9], "height and width"),
        (("shards", 0, "file"), "../../else", "a file name without a folder"),
        (("shards", 0, "file"), "/etc/passwd", "a file name without a folder"),
        (("shards", 0, "bytes"), -1, "a whole number from 0 in bytes"),
        (("clips", 0, "id"), "b", "different ids"),
        (("clips", 0, "id"), "", "a text in id"),
        (("clips", 0, "subject"), 7, "a text in subject"),
        (("clips", 0, "views"), 0, "a whole number from 1 in views"),
        (("clips", 0, "frames"), 301, "frames 0 to 301 of a"),
        (("clips", 0, "frames"), 3.0, "a whole number from 1 in frames"),
        (("clips", 0, "has_pose"), 1, "true or false in has_pose"),
        (("clips", 0, "shard"), 2, "below 2 in shard"),
        (("clips", 0, "chunks"), [], "frames 0 to 300 of a"),
        (("clips", 0, "chunks", 1, "start"), 255, "frames 0 to 300 of a"),
        (("clips", 0, "chunks", 1, "offset"), 0, "rising offsets"),
        (("clips", 0, "chunks", 1, "offset"), 2**70, "a whole number from 0"),
        (("clips", 0, "chunks", 0, "frames"), 0, "a whole number from 1 in frames"),
        (("clips", 0), None, "a value in id"),
    ],
)
def test_an_index_that_does_not_fit_itself_is_refused(folder, path, value, expected):
    file = folder / "index.json"
    content = json.loads(file.read_text())
    change(content, *path, value=value)
    file.write_text(json.dumps(content))
    with pytest.raises(errors.InputError) as refused:
        record_index.load(folder)
    assert expected in str(refused.value)
    assert "index.json" in str(refused.value)


def test_another_kind_of_json_is_refused(folder):
    for content in ("[]", "3", "null", '{"schema": 1}', "[" * 100_000):
        (folder / "index.json").write_text(content)
        with pytest.raises(errors.InputError, match=r"index\.json: expected"):
            record_index.load(folder)
