"""Frames out of serialized records; inflates no frame that is not asked for."""

import functools

import tensorflow as tf

from stpose_tf.data import heatmap_codec
from stpose_tf.data.records import record_schema


def read_chunks(filename: tf.Tensor, offset: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Returns consecutive records of one file by random access.

    Args:
        filename: Path of the shard, string scalar.
        offset: Byte at which the first record begins, int64 scalar.
        count: Number of records, int64 scalar.

    Returns:
        Serialized records, string `[count]`.
    """
    # The public TFRecordDataset has no byte_offsets (TF 2.21); its kernel does.
    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=filename[tf.newaxis],
        compression_type="",
        buffer_size=tf.constant(1 << 18, tf.int64),
        byte_offsets=offset[tf.newaxis],
        metadata="",
    )
    records = tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))
    return records.take(count).batch(count).get_single_element()


def parse_motion(
    serialized: tf.Tensor, frames: tf.Tensor, *, joints: int, keypoints: int
) -> dict[str, tf.Tensor]:
    """Returns some frames of a clip's 3D motion.

    Args:
        serialized: Consecutive chunks of one clip, string `[chunks]`.
        frames: Which frames, counted from the first one of the first chunk, int,
            `[time]`.
        joints: Number of joints.
        keypoints: Number of keypoints.

    Returns:
        `pose_world` in mm, `[time, joints, 3]`, and `keypoints_world` in mm,
        `[time, keypoints, 3]`; both zero where the record has none; `pose_valid`,
        bool, `[time, joints]`, False there.
    """
    names = ("pose_world", "pose_valid", "keypoints_world")
    found = _joined(serialized, {name: name for name in names})
    valid = _rows(found["pose_valid"], tf.uint8, [joints], frames)
    return {
        "pose_world": _rows(found["pose_world"], tf.float32, [joints, 3], frames),
        "pose_valid": tf.cast(valid, tf.bool),
        "keypoints_world": _rows(
            found["keypoints_world"], tf.float32, [keypoints, 3], frames
        ),
    }


def parse_view(
    serialized: tf.Tensor,
    frames: tf.Tensor,
    *,
    view: tf.Tensor,
    num_views: int,
    keypoints: int,
    heatmap_size: tuple[int, int] | None,
) -> dict[str, tf.Tensor]:
    """Returns some frames of what one recorded view saw.

    Args:
        serialized: Consecutive chunks of one clip, string `[chunks]`.
        frames: Which frames, counted from the first one of the first chunk, int,
            `[time]`.
        view: Number of the view, integer scalar.
        num_views: More than the highest `view`.
        keypoints: Number of keypoints.
        heatmap_size: Height and width of the recorded heat maps; None leaves them.

    Returns:
        `keypoints` in px, `[time, keypoints, 2]`; `confidence`,
        `[time, keypoints]`; `labelled`, bool, `[time, keypoints]`; `crop`,
        `[time, 4]`; `camera`, packed, `[22]`, zero if unknown; unless `heatmap_size`
        is None `heatmaps`, `[time, height, width, keypoints]`.
    """

    def parse(number: int) -> dict[str, tf.Tensor]:
        found = _view_arrays(serialized, frames, view=number, keypoints=keypoints)
        if heatmap_size is not None:
            found["heatmaps"] = _heatmaps(
                serialized, frames, view=number, size=heatmap_size, keypoints=keypoints
            )
        return found

    if num_views == 1:
        return parse(0)
    branches = [functools.partial(parse, number) for number in range(num_views)]
    found: dict[str, tf.Tensor] = tf.switch_case(tf.cast(view, tf.int32), branches)
    return found


def _view_arrays(
    serialized: tf.Tensor, frames: tf.Tensor, *, view: int, keypoints: int
) -> dict[str, tf.Tensor]:
    """Returns what is no heat map."""
    names = ("keypoints", "confidence", "labelled", "crop")
    found = _joined(
        serialized, {name: record_schema.view_feature(view, name) for name in names}
    )
    key = record_schema.view_feature(view, "camera")
    camera = tf.io.parse_single_example(
        serialized[0], {key: tf.io.RaggedFeature(tf.float32)}
    )[key]
    missing = record_schema.CAMERA_NUMBERS - tf.shape(camera)[0]
    labelled = _rows(found["labelled"], tf.uint8, [keypoints], frames)
    return {
        "keypoints": _rows(found["keypoints"], tf.float32, [keypoints, 2], frames),
        "confidence": _rows(found["confidence"], tf.float32, [keypoints], frames),
        "labelled": tf.cast(labelled, tf.bool),
        "crop": _rows(found["crop"], tf.float32, [4], frames),
        "camera": tf.ensure_shape(
            tf.pad(camera, [[0, missing]]), [record_schema.CAMERA_NUMBERS]
        ),
    }


def _heatmaps(
    serialized: tf.Tensor,
    frames: tf.Tensor,
    *,
    view: int,
    size: tuple[int, int],
    keypoints: int,
) -> tf.Tensor:
    """Returns the frames' heat maps, `[time, height, width, keypoints]`."""
    key = record_schema.view_feature(view, "heatmaps")
    range_key = record_schema.view_feature(view, "heatmap_range")
    blobs = tf.io.parse_example(serialized, {key: tf.io.RaggedFeature(tf.string)})
    ranges = tf.io.parse_single_example(
        serialized[0], {range_key: tf.io.FixedLenFeature([keypoints, 2], tf.float32)}
    )
    maps = heatmap_codec.decode_on_graph(
        tf.gather(blobs[key].flat_values, frames),
        ranges[range_key],
        size=size,
        keypoints=keypoints,
    )
    return tf.ensure_shape(maps, [frames.shape[0], *size, keypoints])


def _joined(serialized: tf.Tensor, keys: dict[str, str]) -> dict[str, tf.Tensor]:
    """Returns the bytes features named by `keys`, each joined over the chunks."""
    feature = tf.io.FixedLenFeature([], tf.string, default_value="")
    found = tf.io.parse_example(serialized, dict.fromkeys(keys.values(), feature))
    return {name: tf.strings.reduce_join(found[key]) for name, key in keys.items()}


def _rows(
    content: tf.Tensor, dtype: tf.DType, shape: list[int], frames: tf.Tensor
) -> tf.Tensor:
    """Returns these rows of an array, `[time, *shape]`; zeros if it is absent."""
    rows = tf.reshape(tf.io.decode_raw(content, dtype), [-1, *shape])
    # One more row of zeros, which is all there is of a missing array.
    count = tf.cast(tf.shape(rows)[0], frames.dtype)
    rows = tf.concat([rows, tf.zeros([1, *shape], dtype)], axis=0)
    return tf.gather(rows, tf.minimum(frames, count))
