"""A person whose 2D keypoints are known on the way to 3D."""

from collections.abc import Iterator

from stpose_tf.data.detections import person_tracks
from stpose_tf.lifting import keypoint_stretches, pose_lifter, stretch
from stpose_tf.lifting.intrinsics import Intrinsics


def lift(
    person: person_tracks.PersonTrack,
    lifter: pose_lifter.PoseLifter,
    *,
    fps: float,
    model_fps: float,
    camera: Intrinsics,
    sigma: float,
    least_confidence: float,
) -> Iterator[stretch.LiftedStretch]:
    """Yields a person's stretches.

    Args:
        person: With the keypoints in the order of the lifter.
        lifter: The network.
        fps: The keypoints' frames a second.
        model_fps: The rate that the lifter was trained at.
        camera: Of the video.
        sigma: Standard deviation of a rendered peak in heat-map px.
        least_confidence: Keypoints with less are as if absent.
    """
    height, width = lifter.heatmap_shape[:2]
    for one in keypoint_stretches.stretches(
        person,
        fps=fps,
        # Every frame then sees one with the person in it.
        longest_gap=lifter.context / model_fps,
        least_confidence=least_confidence,
    ):
        render = keypoint_stretches.rendered(one, (height, width), sigma=sigma)
        yield stretch.lift(one, render, lifter, camera=camera, model_fps=model_fps)
