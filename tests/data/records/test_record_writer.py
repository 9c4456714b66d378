import dataclasses
import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.records import (
    record_checks,
    record_index,
    record_parsing,
    record_schema,
    record_writer,
)
from stpose_tf.geometry import cameras


def features(folder, entry, chunk):
    """Returns one record's features by name, read by tf.io alone."""
    index = record_index.load(folder)
    chunk = entry.chunks[chunk]
    path = str(index.path(entry))
    record = record_parsing.read_chunks(
        tf.constant(path), tf.constant(chunk.offset, tf.int64), tf.constant(1, tf.int64)
    )[0]
    spec = {name: tf.io.FixedLenFeature([], tf.string) for name in record_schema.BYTES}
    spec |= {
        name: tf.io.FixedLenFeature([], tf.int64) for name in record_schema.INTEGERS
    }
    spec["fps"] = tf.io.FixedLenFeature([], tf.float32)
    for view in range(entry.views):
        for name in ("keypoints", "confidence", "labelled", "crop"):
            spec[f"view{view}/{name}"] = tf.io.FixedLenFeature([], tf.string)
        spec[f"view{view}/image_size"] = tf.io.FixedLenFeature([2], tf.int64)
        spec[f"view{view}/camera"] = tf.io.VarLenFeature(tf.float32)
        spec[f"view{view}/heatmaps"] = tf.io.VarLenFeature(tf.string)
        spec[f"view{view}/heatmap_range"] = tf.io.VarLenFeature(tf.float32)
    return tf.io.parse_single_example(record, spec)


def array(content, dtype, *shape):
    return np.frombuffer(content.numpy(), dtype).reshape(shape)


def test_what_is_written_is_read_back(make_clip, write_records):
    clip = make_clip("a", frames=300, maps=(16, 12), views=2)
    folder = write_records(clip, make_clip("b", frames=7, maps=(16, 12)))
    entry = record_index.load(folder).clips[0]
    assert [(chunk.start, chunk.frames) for chunk in entry.chunks] == [
        (0, 256),
        (256, 44),
    ]
    for number, part in enumerate((slice(0, 256), slice(256, 300))):
        found = features(folder, entry, number)
        frames = part.stop - part.start
        assert found["schema"] == 1
        assert found["clip_id"] == b"a"
        assert found["subject"] == b"s1"
        assert found["input_skeleton"] == b"coco17"
        assert found["fps"] == 50.0
        assert found["chunk_start"] == part.start
        assert (found["clip_frames"], found["frames"]) == (300, frames)
        assert found["num_views"] == 2
        for name in ("pose_world", "keypoints_world"):
            stored = array(found[name], "<f4", frames, 17, 3)
            assert_array_equal(stored, getattr(clip, name)[part])
        assert array(found["pose_valid"], np.uint8, frames, 17).all()
        for view, expected in enumerate(clip.views):
            for name, width in (("keypoints", (17, 2)), ("crop", (4,))):
                stored = array(found[f"view{view}/{name}"], "<f4", frames, *width)
                assert_array_equal(stored, getattr(expected, name)[part])
            labelled = array(found[f"view{view}/labelled"], np.uint8, frames, 17)
            assert_array_equal(labelled, expected.labelled[part])
            assert_array_equal(found[f"view{view}/image_size"], [1000, 1000])
            packed = tf.sparse.to_dense(found[f"view{view}/camera"])
            assert_allclose(packed, cameras.pack(expected.camera))
            blobs = found[f"view{view}/heatmaps"].values.numpy()
            assert len(blobs) == frames
            ranges = found[f"view{view}/heatmap_range"].values.numpy().reshape(17, 2)
            maps = heatmap_codec.decode_frame(blobs[-1], ranges, size=(16, 12))
            difference = np.abs(maps - expected.heatmaps[part.stop - 1])
            assert difference.max() <= (ranges[:, 1] - ranges[:, 0]).max() / 509


def test_2d_clips_hold_empty_features(make_clip, write_records):
    folder = write_records(make_clip("a", frames=5, pose=False, camera=False))
    found = features(folder, record_index.load(folder).clips[0], 0)
    assert found["pose_world"] == b""
    assert found["pose_valid"] == b""
    assert found["keypoints_world"] == b""
    assert found["view0/camera"].shape == [0]
    assert found["view0/heatmaps"].shape == [0]


def test_the_index_adds_up(make_clip, write_records):
    folder = write_records(
        make_clip("a", frames=300), make_clip("b", frames=20, views=3, subject="s2")
    )
    index = record_index.load(folder)
    content = json.loads((folder / "index.json").read_text())
    assert content["schema"] == 1
    assert content["heatmap_size"] is None
    assert content["totals"] == index.totals
    assert index.totals["frames"] == 320
    assert index.totals["view_frames"] == 660
    assert index.totals["seconds"] == 6.4
    assert (index.totals["clips"], index.totals["subjects"]) == (2, 2)
    files = sorted(folder.glob("*.tfrecord"))
    assert [file.name for file in files] == [
        "figures-00000-of-00002.tfrecord",
        "figures-00001-of-00002.tfrecord",
    ]
    for file, shard in zip(files, index.shards, strict=True):
        assert file.name == shard.file
        assert file.stat().st_size == shard.bytes
        assert hashlib.sha256(file.read_bytes()).hexdigest() == shard.sha256
        records = list(tf.data.TFRecordDataset(str(file)))
        assert len(records) == shard.records
    assert index.totals["bytes"] == sum(file.stat().st_size for file in files)


def test_there_are_no_more_files_than_clips(make_clip, write_records):
    folder = write_records(make_clip("a", frames=3), num_shards=5)
    assert sorted(path.name for path in folder.iterdir()) == [
        "figures-00000-of-00001.tfrecord",
        "index.json",
    ]


def interrupt(writer, clip):
    with writer:
        writer.write(clip)
        raise KeyboardInterrupt


def test_an_interruption_leaves_nothing(make_clip, tmp_path):
    clip = make_clip("a", frames=3)
    writer = record_writer.RecordWriter(tmp_path / "new" / "records")
    with pytest.raises(KeyboardInterrupt):
        interrupt(writer, clip)
    assert list((tmp_path / "new").iterdir()) == []


def test_an_interrupted_replacement_keeps_the_old_records(make_clip, write_records):
    folder = write_records(make_clip("a", frames=3))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    clip = make_clip("b", frames=3)
    writer = record_writer.RecordWriter(folder, overwrite=True)
    with pytest.raises(KeyboardInterrupt):
        interrupt(writer, clip)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_records_are_replaced_only_when_asked(make_clip, write_records):
    folder = write_records(make_clip("a", frames=3), make_clip("b", frames=3))
    with pytest.raises(errors.InputError, match="--overwrite to replace"):
        record_writer.RecordWriter(folder)
    with record_writer.RecordWriter(folder, overwrite=True) as writer:
        writer.write(make_clip("c", frames=3))
    index = record_index.load(folder)
    assert [entry.id for entry in index.clips] == ["c"]
    assert len(list(folder.iterdir())) == 2
    assert record_checks.verify(index)[1] == ()


def test_nothing_but_records_is_ever_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(errors.InputError, match="expected nothing but records"):
        record_writer.RecordWriter(tmp_path, overwrite=True)
    with pytest.raises(errors.InputError, match="Received: a file"):
        record_writer.RecordWriter(tmp_path / "thesis.txt", overwrite=True)


def test_no_clip_is_an_error(tmp_path):
    with (
        pytest.raises(errors.InputError, match="expected at least one clip"),
        record_writer.RecordWriter(tmp_path / "records"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fps": 25.0}, "expected the fps of the clips before it, 50.0"),
        ({"input_skeleton": "blazepose33"}, "expected"),
        ({"clip_id": "a"}, "a twice"),
        ({"views": ()}, "at least one view"),
        ({"pose_valid": np.ones((3, 16), bool)}, r"pose_valid of shape \(3, 17\)"),
        ({"fps": float("nan")}, "a positive fps"),
    ],
)
def test_clips_that_do_not_fit_are_refused(make_clip, tmp_path, change, expected):
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        writer.write(make_clip("a", frames=3))
        clip = dataclasses.replace(make_clip("b", frames=3), **change)
        with pytest.raises(errors.InputError, match=expected):
            writer.write(clip)
    assert [entry.id for entry in writer.index.clips] == ["a"]


def test_numbers_that_are_not_finite_are_refused_with_their_place(make_clip, tmp_path):
    clip = make_clip("a", frames=3)
    clip.pose_world[1, 2, 0] = np.nan
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        with pytest.raises(errors.InputError, match=r"pose_world.*nan at \[1, 2, 0\]"):
            writer.write(clip)
        writer.write(make_clip("b", frames=3))


def test_heat_maps_are_of_one_size_and_in_all_views(make_clip, tmp_path):
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        writer.write(make_clip("a", frames=2, maps=(16, 12)))
        with pytest.raises(errors.InputError, match="heat maps of the size before"):
            writer.write(make_clip("b", frames=2, maps=(12, 16)))
        some = make_clip("c", frames=2, maps=(16, 12))
        bare = dataclasses.replace(some.views[0], heatmaps=None)
        with pytest.raises(errors.InputError, match="in all views or in none"):
            writer.write(dataclasses.replace(some, views=(bare, some.views[1])))
    assert writer.index.heatmap_size == (16, 12)
