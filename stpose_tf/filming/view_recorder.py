"""One person of a video on the way into a record, in memory that stays small."""

import dataclasses

import numpy as np

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import View
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.geometry import skeletons
from stpose_tf.people import person_maps
from stpose_tf.people.person_frame import PersonFrame


class ViewRecorder:
    """Takes what a 2D network sees of one person and gives a view of a clip.

    Heat maps are compressed as soon as their crops are known. Their range is 0 to 1
    whatever they hold, for a clip has one range and its last frame may have the peak.

    Args:
        skeleton: Of the network's keypoints.
        size: Height and width of the maps to store.
        image_size: Width and height of the video in px.

    Attributes:
        frames: How many were taken.
    """

    def __init__(
        self, skeleton: str, *, size: tuple[int, int], image_size: tuple[int, int]
    ) -> None:
        count = skeletons.get(skeleton).num_joints
        self._maps = person_maps.PersonMaps(range(count), size)
        self._ranges = np.tile(np.array([0.0, 1.0], np.float32), (count, 1))
        self._blobs: list[bytes] = []
        self._size, self._image_size = size, image_size
        self.frames = 0

    def add(self, person: PersonFrame | None) -> None:
        """Takes the next frame; None if it does not show the person."""
        self.frames += 1
        self._store(self._maps.add(person))

    def finish(self, *, where: str) -> View:
        """Returns the view; no keypoint of it is labelled, and it has no camera.

        Args:
            where: Names the video in the error.

        Raises:
            InputError: If the network is sure of no keypoint in any frame.
        """
        self._store(self._maps.finish())
        found = np.stack(self._maps.keypoints)
        if not found[..., 2].any():
            raise errors.InputError(
                f"{where}: expected a person whom the network sees. Received: nobody"
            )
        view = recorded_view.from_keypoints(
            found[..., :2],
            image_size=self._image_size,
            confidence=found[..., 2].clip(0.0, 1.0),
            labelled=np.zeros(found.shape[:2], bool),
            crop=np.stack(self._maps.crops),
        )
        encoded = heatmap_codec.EncodedHeatmaps(
            tuple(self._blobs), self._ranges, self._size
        )
        return dataclasses.replace(view, heatmaps=encoded)

    def _store(self, frames: list[person_maps.CroppedFrame]) -> None:
        for frame in frames:
            maps = self._maps.drawn(frame).clip(0.0, 1.0)
            self._blobs.append(heatmap_codec.encode_frame(maps, self._ranges))
