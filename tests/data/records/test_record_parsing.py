import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.data.records import clip_encoding, record_index, record_parsing
from stpose_tf.data.windows import window_plan


@pytest.fixture
def long_clip(make_clip):
    """A clip of two and a half chunks, with maps of 16 x 20 in two views."""
    return make_clip("long", frames=600, maps=(16, 20))


def read(folder, frames):
    table = window_plan.clip_table([record_index.load(folder)])
    return table.read(tf.constant(0, tf.int64), tf.constant(frames, tf.int64))


@pytest.mark.parametrize("start", [0, 200, 250, 255, 256, 300, 470])
@pytest.mark.parametrize("stride", [1, 4])
def test_a_window_equals_the_slice_of_the_original(
    long_clip, write_records, start, stride
):
    frames = start + stride * np.arange(30)
    serialized, inside = read(write_records(long_clip), frames)
    assert len(serialized) == (frames[-1] // 256) - (frames[0] // 256) + 1
    motion = record_parsing.parse_motion(serialized, inside, joints=17, keypoints=17)
    np.testing.assert_array_equal(motion["pose_world"], long_clip.pose_world[frames])
    np.testing.assert_array_equal(
        motion["keypoints_world"], long_clip.keypoints_world[frames]
    )
    assert motion["pose_valid"].numpy().all()
    for number, expected in enumerate(long_clip.views):
        view = record_parsing.parse_view(
            serialized,
            inside,
            view=tf.constant(number),
            num_views=2,
            keypoints=17,
            heatmap_size=(16, 20),
        )
        for name in ("keypoints", "confidence", "labelled", "crop"):
            np.testing.assert_array_equal(view[name], getattr(expected, name)[frames])
        np.testing.assert_allclose(
            view["heatmaps"], expected.heatmaps[frames], atol=0.5 / 255 + 1e-6
        )
        np.testing.assert_array_equal(view["camera"][:2], expected.camera.focal)


def test_a_window_of_many_small_chunks_equals_the_slice(long_clip):
    chunks = list(clip_encoding.examples(long_clip, 7))
    serialized = tf.constant([content for _, _, content in chunks[1:5]])
    frames = np.array([7, 13, 14, 20, 21, 34])
    motion = record_parsing.parse_motion(
        serialized, tf.constant(frames - 7), joints=17, keypoints=17
    )
    np.testing.assert_array_equal(motion["pose_world"], long_clip.pose_world[frames])


def test_a_2d_clip_gives_zeros_and_nothing_valid(make_clip, write_records):
    folder = write_records(make_clip("flat", frames=20, pose=False, camera=False))
    serialized, inside = read(folder, [3, 5, 7])
    motion = record_parsing.parse_motion(serialized, inside, joints=17, keypoints=17)
    assert motion["pose_world"].shape == (3, 17, 3)
    assert not motion["pose_world"].numpy().any()
    assert not motion["keypoints_world"].numpy().any()
    assert not motion["pose_valid"].numpy().any()
    view = record_parsing.parse_view(
        serialized,
        inside,
        view=tf.constant(1),
        num_views=2,
        keypoints=17,
        heatmap_size=None,
    )
    assert not view["camera"].numpy().any()
    assert "heatmaps" not in view


def test_missing_joints_stay_missing(make_clip, write_records):
    clip = make_clip("some", frames=9)
    valid = np.random.default_rng(0).random((9, 17)) < 0.5
    folder = write_records(dataclasses.replace(clip, pose_valid=valid))
    serialized, inside = read(folder, np.arange(2, 9))
    motion = record_parsing.parse_motion(serialized, inside, joints=17, keypoints=17)
    np.testing.assert_array_equal(motion["pose_valid"], valid[2:])


def test_random_access_reads_the_records_asked_for(tmp_path):
    path = str(tmp_path / "some.tfrecord")
    contents = [bytes([number]) * (10 + number) for number in range(9)]
    offsets = np.cumsum([0, *(len(content) + 16 for content in contents)])
    with tf.io.TFRecordWriter(path) as writer:
        for content in contents:
            writer.write(content)
    found = record_parsing.read_chunks(
        tf.constant(path), tf.constant(offsets[4]), tf.constant(3, tf.int64)
    )
    assert list(found.numpy()) == contents[4:7]
