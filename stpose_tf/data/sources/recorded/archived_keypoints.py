"""2D keypoints of a sequence, one array for each camera, cut to the motion's frames."""

import dataclasses

import numpy as np

from stpose_tf import errors
from stpose_tf.data.sources.recorded.pose_archive import Entry

_NO_NOSE = "h36m16"  # h36m17 without its ninth joint
_NOSE = 9


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArchivedKeypoints:
    """One sequence's keypoints, not read yet.

    Attributes:
        entry: Where they are.
        stored_skeleton: What the archive holds.
        exact: Whether they are the projected truth.
    """

    entry: Entry
    stored_skeleton: str
    exact: bool

    @property
    def skeleton(self) -> str:
        """What `read` gives."""
        return "h36m17" if self.stored_skeleton == _NO_NOSE else self.stored_skeleton

    def read(
        self, *, num_frames: int, num_views: int, step: int = 1
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Returns each camera's keypoints and confidence.

        Videos may outlast the motion capture, never the other way round: what comes
        after `num_frames` is left out.

        Args:
            num_frames: Of the motion.
            num_views: Of the data set.
            step: Every which frame to keep of them.

        Returns:
            Keypoints in px, `[frames, keypoints, 2]`, NaN where there is none, and
            confidence, `[frames, keypoints]`, where the archive has one.

        Raises:
            InputError: If the archive is damaged, or arrays are missing, of another
                shape, shorter than the motion, or not finite.
        """
        where = f"{self.entry.path}: {self.entry.name}"
        arrays = self.entry.read()
        if len(arrays) != num_views:
            raise errors.InputError(
                f"{where}: expected an array for each of {num_views} cameras. "
                f"Received: {len(arrays)}"
            )
        return [
            self._view(
                array, slice(0, num_frames, step), where=f"{where}, camera {number}"
            )
            for number, array in enumerate(arrays)
        ]

    def _view(
        self, array: np.ndarray, kept: slice, *, where: str
    ) -> tuple[np.ndarray, np.ndarray | None]:
        count = int(self.stored_skeleton[-2:])
        if array.ndim != 3 or array.shape[1] != count or array.shape[2] not in (2, 3):
            raise errors.InputError(
                f"{where}: expected the shape [time, {count}, 2 or 3]. "
                f"Received: {list(array.shape)}"
            )
        if len(array) < kept.stop:
            raise errors.InputError(
                f"{where}: expected at least the {kept.stop} frames of the 3D joints. "
                f"Received: {len(array)}"
            )
        array = array[kept].astype(np.float32)
        if not np.isfinite(array).all():
            frame = int(np.argwhere(~np.isfinite(array))[0][0])
            raise errors.InputError(
                f"{where}: expected finite keypoints. Received: NaN or infinity in "
                f"frame {frame}"
            )
        if self.stored_skeleton == _NO_NOSE:
            array = np.insert(array, _NOSE, np.nan, axis=1)
        return array[..., :2], _confidence(array)


def _confidence(array: np.ndarray) -> np.ndarray | None:
    """Returns the third channel where it is one; some releases hold scores there."""
    if array.shape[2] < 3:
        return None
    confidence = np.nan_to_num(array[..., 2])
    if confidence.min() < 0.0 or confidence.max() > 1.0:
        return None
    return confidence
