"""Keypoints as a table of text, see `point_table`."""

from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.detections import (
    frame_person,
    keypoint_orders,
    person_tracks,
    point_table,
)
from stpose_tf.data.detections.video_facts import VideoFacts


def read(path: Path, facts: VideoFacts) -> person_tracks.Detections:
    """Returns the people of a .csv or .tsv file.

    Raises:
        InputError: If the table is unusable, or names no known skeleton's keypoints.
    """
    table = point_table.read(path)
    if "z" in table.columns:
        raise errors.InputError(
            f"{path}: expected x, y and confidence. Received: z as well"
        )
    order = keypoint_orders.by_names(
        table.joints, where=str(path), skeleton=facts.skeleton
    )
    people = []
    for person, frames in table.rows.items():
        for frame, values in frames.items():
            confidence = np.ones(len(values))
            if "confidence" in table.columns:
                confidence = np.nan_to_num(values[:, 2], posinf=np.inf)
            people.append(
                frame_person.make(
                    frame,
                    places=order.pick(values[:, :2]),
                    confidence=order.pick(confidence),
                    where=f"{path}: frame {frame}",
                    person="0" if person is None else person or None,
                )
            )
    return person_tracks.Detections(
        skeleton=order.skeleton,
        fps=facts.fps,
        image_size=facts.image_size,
        people=person_tracks.tracks(people),
    )
