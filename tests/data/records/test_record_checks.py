import dataclasses
import shutil
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import clip as clips
from stpose_tf.data.records import record_checks, record_index, record_writer
from stpose_tf.geometry import cameras


def numbers(name, *shape):
    rng = np.random.default_rng(sum(name.encode()))
    return rng.uniform(1, 100, shape).astype(np.float32)


def view(name, frames):
    return clips.View(
        keypoints=numbers(name, frames, 17, 2),
        confidence=numbers(name, frames, 17) / 100,
        labelled=np.ones((frames, 17), bool),
        crop=numbers(name, frames, 4),
        image_size=(1000, 1000),
        camera=cameras.unpack(numbers(name, 22)),
        heatmaps=numbers(name, frames, 8, 8, 17),
    )


def make_clip(name, frames=260):
    return clips.Clip(
        clip_id=name,
        dataset="numbers",
        subject="s1",
        action="count",
        fps=50.0,
        input_skeleton="coco17",
        output_skeleton="h36m17",
        pose_world=numbers(name, frames, 17, 3),
        pose_valid=None,
        keypoints_world=numbers(name, frames, 17, 3),
        views=(view(name, frames), view(name + "x", frames)),
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Two clips in each of two files."""
    folder = tmp_path_factory.mktemp("original") / "records"
    with record_writer.RecordWriter(folder, num_shards=2) as writer:
        for name in "abcd":
            writer.write(make_clip(name))
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "records")


def damaged(folder, **options):
    index, damage = record_checks.verify(record_index.load(folder), **options)
    names = {entry.id for entry in index.clips}
    assert names | {item.clip_id for item in damage} == set("abcd")
    assert not names & {item.clip_id for item in damage}
    return {item.clip_id: item.reason for item in damage}


def place(folder, name, chunk=0):
    index = record_index.load(folder)
    entry = next(entry for entry in index.clips if entry.id == name)
    return index.path(entry), entry.chunks[chunk].offset


def rewrite(folder, name, change):
    """Replaces a clip's second record by a changed one with right check sums."""
    index = record_index.load(folder)
    entry = next(entry for entry in index.clips if entry.id == name)
    path, offset = place(folder, name, 1)
    assert entry == index.clips[-1]  # nothing lies behind its last record
    content = path.read_bytes()
    length = struct.unpack("<Q", content[offset : offset + 8])[0]
    example = tf.train.Example.FromString(content[offset + 12 : offset + 12 + length])
    change(example.features.feature)
    with tf.io.TFRecordWriter(str(path) + ".new") as writer:
        writer.write(example.SerializeToString())
    new = path.with_name(path.name + ".new")
    path.write_bytes(content[:offset] + new.read_bytes())
    new.unlink()


def test_whole_records_pass(folder):
    assert damaged(folder, strict=True) == {}


def test_2d_clips_and_clips_without_maps_pass(tmp_path):
    whole = make_clip("a", frames=3)
    bare = dataclasses.replace(whole.views[0], camera=None, heatmaps=None)
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        writer.write(
            dataclasses.replace(
                whole, pose_world=None, keypoints_world=None, views=(bare,)
            )
        )
        writer.write(make_clip("b", frames=3))
    index, damage = record_checks.verify(writer.index, strict=True)
    assert len(index.clips) == 2
    assert damage == ()


def test_a_flipped_bit_costs_its_clip_only(folder):
    for name, chunk, shift in (("a", 0, 40_000), ("d", 1, 5)):
        path, offset = place(folder, name, chunk)
        content = bytearray(path.read_bytes())
        content[offset + shift] ^= 4
        path.write_bytes(content)
    reasons = damaged(folder)
    assert reasons.keys() == {"a", "d"}
    assert "frame 0: expected a whole record" in reasons["a"]
    assert "frame 256" in reasons["d"]
    with pytest.raises(errors.InputError, match="2 of 4 clips damaged, first a"):
        record_checks.verify(record_index.load(folder), strict=True)


def test_a_flipped_bit_anywhere_is_found(folder):
    path, offset = place(folder, "a")
    content = path.read_bytes()
    size = place(folder, "a", 1)[1] - offset
    index = record_index.load(folder)
    index = index.with_clips(entry for entry in index.clips if entry.id in "ab")
    for shift in [*range(16), *np.linspace(16, size - 1, 9).astype(int)]:
        changed = bytearray(content)
        changed[offset + shift] ^= 1 << (shift % 8)
        path.write_bytes(changed)
        _, damage = record_checks.verify(index)
        assert [item.clip_id for item in damage] == ["a"], shift


def test_a_cut_file_keeps_the_clips_before_the_cut(folder):
    path, offset = place(folder, "d", 1)
    before = {entry.id for entry in record_index.load(folder).clips}
    with path.open("r+b") as file:
        file.truncate(offset + 100)
    reasons = damaged(folder)
    assert reasons.keys() == {"d"} <= before
    assert "Received: a file of" in reasons["d"]


def test_missing_and_empty_files_cost_their_clips(folder):
    paths = sorted(folder.glob("*.tfrecord"))
    paths[0].unlink()
    assert len(damaged(folder)) == 2
    paths[1].write_bytes(b"")
    with pytest.raises(errors.InputError, match="4 of 4 clips damaged"):
        damaged(folder)


def test_a_claimed_length_is_never_read(folder):
    path, offset = place(folder, "a")
    header = struct.pack("<Q", 1 << 60)
    content = bytearray(path.read_bytes())
    content[offset : offset + 8] = header
    path.write_bytes(content)
    assert "a file of" in damaged(folder)["a"]


def feature(name, **kind):
    def change(features):
        features[name].Clear()
        for key, values in kind.items():
            getattr(features[name], key).value.extend(values)

    return change


def longest_blob(features):
    features["view1/heatmaps"].bytes_list.value[2] = zlib.compress(bytes(10**8))


def cut_blob(features):
    blobs = features["view1/heatmaps"].bytes_list.value
    blobs[2] = blobs[2][:-4]


def fewer_blobs(features):
    del features["view1/heatmaps"].bytes_list.value[0]


def nan_pose(features):
    content = bytearray(features["pose_world"].bytes_list.value[0])
    content[:4] = np.float32(np.nan).tobytes()
    features["pose_world"].bytes_list.value[0] = bytes(content)


def zero_crop(features):
    content = features["view0/crop"].bytes_list.value[0]
    features["view0/crop"].bytes_list.value[0] = bytes(len(content))


def other_range(features):
    features["view0/heatmap_range"].float_list.value[1] += 0.5


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda features: features.clear(), "schema: expected a feature"),
        (feature("schema", int64_list=[2]), "schema: expected [1]. Received: [2]"),
        (feature("schema", float_list=[1.0]), "schema: expected int64_list"),
        (feature("clip_id", bytes_list=[b"z"]), "clip_id: expected [b'd']"),
        (feature("frames", int64_list=[5]), "frames: expected [4]"),
        (feature("chunk_start", int64_list=[0]), "chunk_start: expected [256]"),
        (feature("num_views", int64_list=[1]), "num_views: expected [2]"),
        (feature("input_skeleton", bytes_list=[b"mpii16"]), "input_skeleton"),
        (feature("fps", float_list=[25.0]), "fps: expected 50.0. Received: 25.0"),
        (feature("fps", float_list=[]), "fps: expected 1 numbers"),
        (feature("pose_world", bytes_list=[b"1234"]), "pose_world: expected 816"),
        (feature("pose_world", bytes_list=[]), "pose_world: expected 816 bytes"),
        (feature("view0/keypoints", bytes_list=[b""]), "view0/keypoints: expected"),
        (feature("view1/camera", float_list=[1.0]), "view1/camera: expected 22"),
        (feature("view0/image_size", int64_list=[0, 5]), "view0/image_size"),
        (nan_pose, "pose_world: expected finite numbers"),
        (zero_crop, "view0/crop: expected positive sides"),
        (fewer_blobs, "view1/heatmaps: expected [4]. Received: [3]"),
        (cut_blob, "once inflated. Received: 1088, 0 left over, cut off"),
        (longest_blob, "expected 1088 bytes once inflated. Received: more"),
        (other_range, "heatmap_range: expected the same in all chunks"),
    ],
)
def test_records_of_another_content_are_left_out(folder, change, expected):
    rewrite(folder, "d", change)
    reasons = damaged(folder)
    assert reasons.keys() == {"d"}
    assert expected in reasons["d"]


def test_bytes_that_are_no_example_are_left_out(folder):
    path, offset = place(folder, "d", 1)
    with tf.io.TFRecordWriter(str(folder / "one")) as writer:
        writer.write(b"\x0a\xff\xff no example")
    path.write_bytes(path.read_bytes()[:offset] + (folder / "one").read_bytes())
    assert "expected a whole record" in damaged(folder)["d"]


def test_an_index_of_other_records_is_damage(folder):
    index = record_index.load(folder)
    moved = dataclasses.replace(
        index.clips[0],
        chunks=tuple(
            dataclasses.replace(chunk, offset=chunk.offset + 1)
            for chunk in index.clips[0].chunks
        ),
    )
    index = index.with_clips([moved, *index.clips[1:]])
    left, damage = record_checks.verify(index)
    assert [item.clip_id for item in damage] == ["a"]
    assert len(left.clips) == 3
