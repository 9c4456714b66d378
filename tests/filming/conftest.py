import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.data import pipeline
from stpose_tf.geometry import crops


@pytest.fixture(scope="session")
def pipeline_poses():
    """Returns a function that gives the poses of all records, as they are evaluated."""

    def poses(folder, generator, config, camera):
        """Returns poses in the camera frame by clip id, in mm, `[time, 17, 3]`."""
        config.data.records = (str(folder),)
        config.data.validation_subjects = ()
        config.evaluation.temporal_stride = 1
        config.evaluation.batch_size = 1
        indexes = pipeline.open_records(config)
        rows = pipeline.build_eval(
            config, indexes, split="all", context=max(generator.context), detector=True
        )
        known = [clip for index in indexes for clip in index.clips]
        found = {clip.id: np.full((clip.frames, 17, 3), np.nan) for clip in known}
        for row in rows:
            given = {key: row[key] for key in ("heatmaps", "frame_mask")}
            pose = generator(given, training=False)["pose"].numpy()[0]
            scored = row["score"].numpy()[0] > 0
            if scored.any():
                frames = row["frame"].numpy()[0][scored]
                found[known[int(row["clip"][0])].id][frames] = pose[scored]
        for index in indexes:
            for clip in index.clips:
                turned = _rotations(index, clip, camera)
                found[clip.id] = np.einsum("tjc,tcw->tjw", found[clip.id], turned)
        return found

    return poses


def _rotations(index, clip, camera):
    """Returns what turns the camera frame into that of the recorded crops."""
    key = "view0/crop"
    feature = tf.io.FixedLenFeature([], tf.string)
    chunks = {}
    for record in tf.data.TFRecordDataset(str(index.path(clip))):
        names = {"clip_id": feature, "chunk_start": tf.io.FixedLenFeature([], tf.int64)}
        parsed = tf.io.parse_single_example(record, {key: feature, **names})
        if parsed["clip_id"].numpy().decode() == clip.id:
            content = np.frombuffer(parsed[key].numpy(), "<f4").reshape(-1, 4)
            chunks[int(parsed["chunk_start"])] = content
    crop = np.concatenate([chunks[start] for start in sorted(chunks)])
    return crops.crop_rotation(
        tf.constant(crop, tf.float64),
        tf.constant(camera.focal),
        tf.constant(camera.center),
    ).numpy()
