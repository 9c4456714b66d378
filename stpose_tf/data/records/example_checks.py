"""What an Example of `record_schema` must hold, checked feature by feature."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.records import record_schema
from stpose_tf.data.records.record_index import ChunkEntry, ClipEntry, RecordIndex
from stpose_tf.geometry import skeletons


def check(
    example: tf.train.Example,
    *,
    index: RecordIndex,
    entry: ClipEntry,
    chunk: ChunkEntry,
) -> tuple[tuple[float, ...], ...]:
    """Checks one record against its index; inflates at most one frame at a time.

    Args:
        example: The parsed record.
        index: The folder's index.
        entry: The clip that it belongs to.
        chunk: The frames that it holds.

    Returns:
        Each view's `heatmap_range`, which must be that of the clip's other chunks.

    Raises:
        InputError: If a feature is missing, has another length or type, or holds
            something that is not finite; names the feature.
    """
    reader = _Features(example)
    _check_identity(reader, index=index, entry=entry, chunk=chunk)
    joints = skeletons.get(index.output_skeleton).num_joints
    keypoints = skeletons.get(index.input_skeleton).num_joints
    poses = chunk.frames * joints * entry.has_pose
    world = chunk.frames * keypoints * entry.has_keypoints_world
    reader.array("pose_world", "<f4", poses * 3)
    reader.array("pose_valid", "u1", poses)
    reader.array("keypoints_world", "<f4", world * 3)
    shape = (chunk.frames, keypoints)
    return tuple(
        _check_view(reader, view, index=index, entry=entry, shape=shape)
        for view in range(entry.views)
    )


def _check_identity(
    reader: "_Features", *, index: RecordIndex, entry: ClipEntry, chunk: ChunkEntry
) -> None:
    texts = {
        "clip_id": entry.id,
        "dataset": entry.dataset,
        "subject": entry.subject,
        "action": entry.action,
        "input_skeleton": index.input_skeleton,
        "output_skeleton": index.output_skeleton,
    }
    integers = {
        "schema": record_schema.SCHEMA,
        "chunk_start": chunk.start,
        "clip_frames": entry.frames,
        "frames": chunk.frames,
        "num_views": entry.views,
    }
    for name, number in integers.items():
        reader.equal(name, reader.integers(name), [number])
    for name, text in texts.items():
        reader.equal(name, reader.blobs(name), [text.encode()])
    fps = reader.floats("fps", (1,))[0]
    if not math.isclose(fps, entry.fps, rel_tol=1e-6):
        raise _error("fps", f"{entry.fps}", f"{fps}")
    if not 0 < chunk.frames <= record_schema.CHUNK_FRAMES:
        limit = f"1 to {record_schema.CHUNK_FRAMES} frames"
        raise _error("frames", limit, f"{chunk.frames}")
    if entry.views > record_schema.MAX_VIEWS:
        raise _error("views", f"up to {record_schema.MAX_VIEWS}", f"{entry.views}")


def _check_view(
    reader: "_Features",
    view: int,
    *,
    index: RecordIndex,
    entry: ClipEntry,
    shape: tuple[int, int],
) -> tuple[float, ...]:
    def name(feature: str) -> str:
        return record_schema.view_feature(view, feature)

    frames, keypoints = shape
    reader.array(name("keypoints"), "<f4", frames * keypoints * 2)
    reader.array(name("confidence"), "<f4", frames * keypoints)
    reader.array(name("labelled"), "u1", frames * keypoints)
    crops = reader.array(name("crop"), "<f4", frames * 4).reshape(-1, 4)
    if not (crops[:, 2] > 0).all():
        raise _error(name("crop"), "positive sides", f"{crops[:, 2].min()}")
    sides = reader.integers(name("image_size"))
    if len(sides) != 2 or min(sides) < 1:
        raise _error(name("image_size"), "width and height", f"{sides}")
    reader.floats(name("camera"), (0, record_schema.CAMERA_NUMBERS))
    blobs = reader.blobs(name("heatmaps"))
    reader.equal(name("heatmaps"), [len(blobs)], [frames * entry.has_heatmaps])
    count = 2 * keypoints * entry.has_heatmaps
    ranges = reader.floats(name("heatmap_range"), (count,))
    for blob in blobs:
        if index.heatmap_size is None:
            raise _error(name("heatmaps"), "no heat maps", "some")
        heatmap_codec.inflate(blob, keypoints * math.prod(index.heatmap_size))
    return tuple(ranges)


class _Features:
    """Typed access to an Example's features."""

    def __init__(self, example: tf.train.Example) -> None:
        self._features = example.features.feature

    def blobs(self, name: str) -> list[bytes]:
        return list(self._values(name, "bytes_list"))

    def integers(self, name: str) -> list[int]:
        return list(self._values(name, "int64_list"))

    def floats(self, name: str, counts: tuple[int, ...]) -> list[float]:
        values = list(self._values(name, "float_list"))
        if len(values) not in counts:
            raise _error(name, f"{counts[-1]} numbers", f"{len(values)}")
        if not all(map(math.isfinite, values)):
            raise _error(name, "finite numbers", f"{values}"[:80])
        return values

    def array(self, name: str, dtype: str, count: int) -> np.ndarray:
        blobs = self.blobs(name)
        size = count * np.dtype(dtype).itemsize
        if len(blobs) != 1 or len(blobs[0]) != size:
            raise _error(name, f"{size} bytes", f"{[len(blob) for blob in blobs]}"[:80])
        values = np.frombuffer(blobs[0], dtype)
        if not np.isfinite(values).all():
            raise _error(name, "finite numbers", "NaN or infinity")
        return values

    def equal(self, name: str, received: object, expected: object) -> None:
        if received != expected:
            raise _error(name, f"{expected}", f"{received}"[:80])

    def _values(self, name: str, kind: str) -> Any:
        if name not in self._features:
            raise _error(name, "a feature", "none")
        feature = self._features[name]
        found = feature.WhichOneof("kind")
        if found not in (kind, None):
            raise _error(name, kind, found)
        return getattr(feature, kind).value


def _error(name: str, expected: str, received: str) -> errors.InputError:
    return errors.InputError(f"{name}: expected {expected}. Received: {received}")
