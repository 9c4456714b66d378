"""A clip's frames as `tf.train.Example`s of `record_schema`."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.records import record_schema
from stpose_tf.geometry import cameras


def examples(
    clip: Clip, chunk_frames: int = record_schema.CHUNK_FRAMES
) -> Iterator[tuple[int, int, bytes]]:
    """Yields each chunk's first frame, its frames and its serialized Example."""
    heatmaps = [_encoded(view) for view in clip.views]
    for start in range(0, clip.num_frames, chunk_frames):
        part = slice(start, min(start + chunk_frames, clip.num_frames))
        features = _clip_features(clip, part)
        for number, view in enumerate(clip.views):
            for name, feature in _view_features(view, part, heatmaps[number]).items():
                features[record_schema.view_feature(number, name)] = feature
        example = tf.train.Example(features=tf.train.Features(feature=features))
        yield start, part.stop - start, example.SerializeToString(deterministic=True)


def _clip_features(clip: Clip, part: slice) -> dict[str, tf.train.Feature]:
    valid = clip.pose_valid
    if valid is None and clip.pose_world is not None:
        valid = np.ones(clip.pose_world.shape[:2], bool)
    return {
        "schema": _integers(record_schema.SCHEMA),
        "clip_id": _text(clip.clip_id),
        "dataset": _text(clip.dataset),
        "subject": _text(clip.subject),
        "action": _text(clip.action),
        "input_skeleton": _text(clip.input_skeleton),
        "output_skeleton": _text(clip.output_skeleton),
        "chunk_start": _integers(part.start),
        "clip_frames": _integers(clip.num_frames),
        "frames": _integers(part.stop - part.start),
        "num_views": _integers(len(clip.views)),
        "fps": _floats([clip.fps]),
        "pose_world": _array(clip.pose_world, part, "<f4"),
        "pose_valid": _array(valid, part, "u1"),
        "keypoints_world": _array(clip.keypoints_world, part, "<f4"),
    }


def _encoded(view: View) -> heatmap_codec.EncodedHeatmaps | None:
    if not isinstance(view.heatmaps, np.ndarray):
        return view.heatmaps
    return heatmap_codec.encode([view.heatmaps], heatmap_codec.ranges(view.heatmaps))


def _view_features(
    view: View, part: slice, heatmaps: heatmap_codec.EncodedHeatmaps | None
) -> dict[str, tf.train.Feature]:
    camera: np.ndarray = np.zeros(0)
    if view.camera is not None:
        camera = np.asarray(cameras.pack(view.camera))
    blobs = () if heatmaps is None else heatmaps.blobs[part]
    ranges = np.zeros(0) if heatmaps is None else heatmaps.ranges.reshape(-1)
    return {
        "keypoints": _array(view.keypoints, part, "<f4"),
        "confidence": _array(view.confidence, part, "<f4"),
        "labelled": _array(view.labelled, part, "u1"),
        "crop": _array(view.crop, part, "<f4"),
        "image_size": _integers(*view.image_size),
        "camera": _floats(camera),
        "heatmaps": _bytes(*blobs),
        "heatmap_range": _floats(ranges),
    }


def _array(array: np.ndarray | None, part: slice, dtype: str) -> tf.train.Feature:
    return _bytes(b"" if array is None else array[part].astype(dtype).tobytes())


def _text(text: str) -> tf.train.Feature:
    return _bytes(text.encode())


def _bytes(*values: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _floats(values: np.ndarray | list[float]) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _integers(*values: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
