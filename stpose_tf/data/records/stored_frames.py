"""Some frames of a recorded clip, as they were written."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.records import record_parsing, record_schema
from stpose_tf.data.records.record_index import ChunkEntry, ClipEntry, RecordIndex
from stpose_tf.geometry import cameras, skeletons


def read(index: RecordIndex, entry: ClipEntry, frames: Sequence[int]) -> Clip:
    """Returns these frames as a clip; heat maps are inflated.

    Reads the records that hold them and no others.

    Args:
        index: Where the clip is; `record_checks.verify` has seen it.
        entry: The clip.
        frames: Any of its frames, at least one, in any order.

    Raises:
        InputError: If the clip has no such frame.
    """
    parts = [_read(index, entry, frame) for frame in frames]
    first = parts[0]
    views = []
    for number, view in enumerate(first.views):
        same = [part.views[number] for part in parts]
        maps = [one.heatmaps for one in same if isinstance(one.heatmaps, np.ndarray)]
        views.append(
            View(
                keypoints=np.concatenate([one.keypoints for one in same]),
                confidence=np.concatenate([one.confidence for one in same]),
                labelled=np.concatenate([one.labelled for one in same]),
                crop=np.concatenate([one.crop for one in same]),
                image_size=view.image_size,
                camera=view.camera,
                heatmaps=np.concatenate(maps) if maps else None,
            )
        )
    return Clip(
        clip_id=first.clip_id,
        dataset=first.dataset,
        subject=first.subject,
        action=first.action,
        fps=first.fps,
        input_skeleton=first.input_skeleton,
        output_skeleton=first.output_skeleton,
        pose_world=_joined([part.pose_world for part in parts]),
        pose_valid=_joined([part.pose_valid for part in parts]),
        keypoints_world=_joined([part.keypoints_world for part in parts]),
        views=tuple(views),
    )


def _read(index: RecordIndex, entry: ClipEntry, frame: int) -> Clip:
    """Returns one frame."""
    chunk = _chunk(entry, frame)
    serialized = record_parsing.read_chunks(
        tf.constant(str(index.path(entry))),
        tf.constant(chunk.offset, tf.int64),
        tf.constant(1, tf.int64),
    )
    place = tf.constant([frame - chunk.start])
    keypoints = skeletons.get(index.input_skeleton).num_joints
    motion = record_parsing.parse_motion(
        serialized,
        place,
        joints=skeletons.get(index.output_skeleton).num_joints,
        keypoints=keypoints,
    )
    found = {name: tensor.numpy() for name, tensor in motion.items()}
    return Clip(
        clip_id=entry.id,
        dataset=entry.dataset,
        subject=entry.subject,
        action=entry.action,
        fps=entry.fps,
        input_skeleton=index.input_skeleton,
        output_skeleton=index.output_skeleton,
        pose_world=found["pose_world"] if entry.has_pose else None,
        pose_valid=found["pose_valid"] if entry.has_pose else None,
        keypoints_world=found["keypoints_world"] if entry.has_keypoints_world else None,
        views=tuple(
            _view(
                serialized,
                place,
                view=view,
                keypoints=keypoints,
                heatmap_size=index.heatmap_size if entry.has_heatmaps else None,
            )
            for view in range(entry.views)
        ),
    )


def _view(
    serialized: tf.Tensor,
    place: tf.Tensor,
    *,
    view: int,
    keypoints: int,
    heatmap_size: tuple[int, int] | None,
) -> View:
    parsed = record_parsing.parse_view(
        serialized,
        place,
        view=tf.constant(view),
        num_views=view + 1,
        keypoints=keypoints,
        heatmap_size=heatmap_size,
    )
    key = record_schema.view_feature(view, "image_size")
    size = tf.io.parse_single_example(
        serialized[0], {key: tf.io.FixedLenFeature([2], tf.int64)}
    )[key].numpy()
    packed = parsed["camera"]
    return View(
        keypoints=parsed["keypoints"].numpy(),
        confidence=parsed["confidence"].numpy(),
        labelled=parsed["labelled"].numpy(),
        crop=parsed["crop"].numpy(),
        image_size=(int(size[0]), int(size[1])),
        camera=cameras.unpack(packed) if packed.numpy().any() else None,
        heatmaps=None if heatmap_size is None else parsed["heatmaps"].numpy(),
    )


def _chunk(entry: ClipEntry, frame: int) -> ChunkEntry:
    for chunk in entry.chunks:
        if chunk.start <= frame < chunk.start + chunk.frames:
            return chunk
    raise errors.InputError(
        f"Clip {entry.id}: expected a frame from 0 to {entry.frames - 1}. "
        f"Received: {frame}"
    )


def _joined(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None
