"""Recorded keypoints for a page to play, and what the model in Keras says of them."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf.evaluation import conditions
from stpose_tf.export import job as jobs
from stpose_tf.export import sample_windows
from stpose_tf.geometry import heatmaps

_WINDOWS = 8  # of each condition, to find long ones among

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recording:
    """A person's keypoints over time, and the poses that Keras makes of them.

    Attributes:
        name: What a reader is told of it.
        keypoints: x and y in heat-map px and the confidence, 0 where a keypoint is
            hidden, `[time, keypoints, 3]`.
        poses: In mm in the crop frame, `[time, joints, 3]`.
    """

    name: str
    keypoints: Array
    poses: Array

    def to_dict(self) -> dict[str, Any]:
        """Returns JSON values: a flat list for each frame."""
        return {
            "name": self.name,
            "keypoints": self.keypoints.reshape(len(self.keypoints), -1).tolist(),
            "poses": self.poses.round(3).reshape(len(self.poses), -1).tolist(),
        }


def record(job: jobs.Job, *, frames: int) -> Iterator[Recording]:
    """Yields a recording for each of `sample_windows.CONDITIONS`, each of another clip.

    The keypoints are the highest peaks of the detector's maps.

    Args:
        job: The model, and where its input is drawn from.
        frames: Most frames of a recording.
    """
    height, width, _ = job.generator.heatmap_shape
    for number, condition in enumerate(sample_windows.CONDITIONS):
        windows = job.source.windows(
            condition, count=_WINDOWS, training=False, length=frames
        )
        inside = np.asarray(windows.valid.any(axis=-1))  # [windows, time]
        longest = np.argsort(-inside.sum(axis=1), kind="stable")
        window = longest[number % len(longest)]
        maps = windows.heatmaps[window, inside[window]]
        # Rounded before the model sees them: the page gets what Keras got.
        keypoints = np.round(heatmaps.decode(maps).numpy().astype(np.float64), 3)
        yield Recording(
            name=conditions.KNOWN[condition].meaning,
            keypoints=keypoints,
            poses=_poses(job, keypoints, (height, width)),
        )


def _poses(job: jobs.Job, keypoints: Array, size: tuple[int, int]) -> Array:
    places = tf.constant(keypoints, tf.float32)
    sigmas = tf.fill(places.shape[:-1], float(job.preprocessor["heatmap_sigma"]))
    peaks = tf.stack([*tf.unstack(places, axis=-1)[:2], sigmas, places[..., 2]], -1)
    maps = heatmaps.render(peaks[..., tf.newaxis, :], size)
    outputs = job.generator({"heatmaps": maps[tf.newaxis]}, training=False)
    poses: Array = outputs["pose"][0].numpy().astype(np.float64)
    return poses
