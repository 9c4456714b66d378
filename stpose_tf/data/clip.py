"""One person's motion and the views of it, as NumPy arrays."""

import dataclasses

import numpy as np

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.geometry import cameras, skeletons


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What one camera and one 2D detector saw of a clip.

    Confidence (what the detector said) and `labelled` (whether there is truth) are
    kept apart.

    Attributes:
        keypoints: Detected or projected keypoints in px, `[time, keypoints, 2]`.
        confidence: The detector's, 0 to 1, `[time, keypoints]`.
        labelled: Where ground truth exists, bool, `[time, keypoints]`.
        crop: Center x, center y, side in px and roll in rad, `[time, 4]`.
        image_size: Width and height in px.
        camera: The unbatched camera where it is known.
        heatmaps: Recorded heat maps, `[time, height, width, keypoints]` or
            compressed, or None where they are rendered from the keypoints.
    """

    keypoints: np.ndarray
    confidence: np.ndarray
    labelled: np.ndarray
    crop: np.ndarray
    image_size: tuple[int, int]
    camera: cameras.Camera | None = None
    heatmaps: np.ndarray | heatmap_codec.EncodedHeatmaps | None = None

    @property
    def heatmap_size(self) -> tuple[int, int] | None:
        """Height and width of the heat maps; None without any."""
        if self.heatmaps is None:
            return None
        if isinstance(self.heatmaps, np.ndarray):
            return self.heatmaps.shape[1], self.heatmaps.shape[2]
        return self.heatmaps.size

    @property
    def heatmap_bytes(self) -> int:
        """Bytes of compressed heat maps; 0 before they are compressed."""
        if isinstance(self.heatmaps, heatmap_codec.EncodedHeatmaps):
            return sum(map(len, self.heatmaps.blobs))
        return 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """One person's consecutive frames; the world is z-up, in mm, floor near z = 0.

    Attributes:
        clip_id: Unique in its records.
        dataset: Where it comes from.
        subject: Who moves.
        action: What the subject does.
        fps: Frames a second.
        input_skeleton: Name of the keypoints' skeleton.
        output_skeleton: Name of the pose's skeleton.
        pose_world: Joint positions in mm, `[time, joints, 3]`, or None for 2D-only.
        pose_valid: Which of them are known, bool, `[time, joints]`; None is all.
        keypoints_world: The input skeleton's keypoints in 3D, mm,
            `[time, keypoints, 3]`: what new virtual cameras see.
        views: At least one.
    """

    clip_id: str
    dataset: str
    subject: str
    action: str
    fps: float
    input_skeleton: str
    output_skeleton: str
    pose_world: np.ndarray | None
    pose_valid: np.ndarray | None
    keypoints_world: np.ndarray | None
    views: tuple[View, ...]

    @property
    def num_frames(self) -> int:
        """Frames of the clip."""
        return len(self.views[0].keypoints)

    def validate(self) -> None:
        """Checks the shapes of all arrays and that every number is finite.

        Raises:
            InputError: If one of them does not fit; names the clip and the field.
        """
        if not self.views:
            raise errors.InputError(
                f"Clip {self.clip_id}: expected at least one view. Received: none"
            )
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise errors.InputError(
                f"Clip {self.clip_id}: expected a positive fps. Received: {self.fps}"
            )
        frames = self.num_frames
        if not frames:
            raise errors.InputError(
                f"Clip {self.clip_id}: expected at least one frame. Received: none"
            )
        keypoints = skeletons.get(self.input_skeleton).num_joints
        joints = skeletons.get(self.output_skeleton).num_joints
        self._check("pose_world", self.pose_world, (frames, joints, 3))
        self._check("pose_valid", self.pose_valid, (frames, joints))
        self._check("keypoints_world", self.keypoints_world, (frames, keypoints, 3))
        for number, view in enumerate(self.views):
            self._check_view(number, view, (frames, keypoints))
        if len({view.heatmaps is None for view in self.views}) > 1:
            raise errors.InputError(
                f"Clip {self.clip_id}: expected heat maps in all views or in none. "
                "Received: some with and some without"
            )

    def _check_view(self, number: int, view: View, shape: tuple[int, int]) -> None:
        name = f"view{number}"
        self._check(f"{name}/keypoints", view.keypoints, (*shape, 2))
        self._check(f"{name}/confidence", view.confidence, shape)
        self._check(f"{name}/labelled", view.labelled, shape)
        self._check(f"{name}/crop", view.crop, (shape[0], 4))
        if not (view.crop[:, 2] > 0).all():
            raise errors.InputError(
                f"Clip {self.clip_id}: expected positive crop sides in {name}/crop. "
                f"Received: {view.crop[:, 2].min()}"
            )
        if isinstance(view.heatmaps, np.ndarray):
            expected = (shape[0], *view.heatmaps.shape[1:3], shape[1])
            self._check(f"{name}/heatmaps", view.heatmaps, expected)
        elif view.heatmaps is not None:
            self._check(f"{name}/heatmap_range", view.heatmaps.ranges, (shape[1], 2))
            if len(view.heatmaps.blobs) != shape[0]:
                raise errors.InputError(
                    f"Clip {self.clip_id}: expected {shape[0]} frames in "
                    f"{name}/heatmaps. Received: {len(view.heatmaps.blobs)}"
                )

    def _check(
        self, name: str, array: np.ndarray | None, shape: tuple[int, ...]
    ) -> None:
        if array is None:
            return
        if array.shape != shape:
            raise errors.InputError(
                f"Clip {self.clip_id}: expected {name} of shape {shape}. "
                f"Received: {array.shape}"
            )
        if not np.isfinite(array).all():
            bad = np.argwhere(~np.isfinite(array))[0].tolist()
            raise errors.InputError(
                f"Clip {self.clip_id}: expected finite numbers in {name}. "
                f"Received: {array[tuple(bad)]} at {bad}"
            )
