"""Joint positions of CMU motions in one .npz file, an array for each clip.

An array is `[time, 17, 3]` in metres, y up, 60 frames a second, in `h36m17` order but
with two of CMU's own joints: "thorax" is the end of the bone `thorax`, "nose" the end
of `upperneck`. Both are moved to where `cmu` puts them.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import npz_arrays
from stpose_tf.data.motion_clip import Motion
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.bodies import head_points, world_axes
from stpose_tf.geometry import skeletons

FPS = 60.0
# Nobody knows who moved: one name, that no validation subject has.
SUBJECT = "cmu_actions"
# Heights in the file are not above one floor: the lower ankle's lowest percentile is
# brought to where it is on average in CMU's own clips, mm.
_LOWEST_ANKLE = 70.0
# The base of the neck, level with the shoulders, lies in the middle of the lower neck.
_LOWER_NECK = 0.25  # of the way from the thorax's end to the upper neck's
_LARGEST_CLIP = 256 << 20  # bytes: five hours


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ArrayClip:
    """One array of the file; see `planned_clip.PlannedClip`.

    Attributes:
        path: The .npz file.
        clip_id: The array's name in it.
        step: Every which frame to keep.
    """

    path: Path
    clip_id: str
    step: int

    @property
    def subject(self) -> str:
        """The same for all."""
        return SUBJECT

    def read(self) -> Motion:
        """Returns the motion.

        Raises:
            InputError: If the array cannot be read, is no motion or is not finite.
        """
        joints = npz_arrays.read(
            self.path, [self.clip_id], largest_bytes=_LARGEST_CLIP
        )[self.clip_id]
        expected = (len(skeletons.get("h36m17").joints), 3)
        if joints.ndim != 3 or joints.shape[1:] != expected or not len(joints):
            raise self._error(f"expected [time, 17, 3]. Received: {joints.shape}")
        if not np.issubdtype(joints.dtype, np.floating):
            raise self._error(f"expected floats. Received: {joints.dtype}")
        if not np.isfinite(joints).all():
            raise self._error("expected finite positions. Received: NaN or infinity")
        return read(self.clip_id, joints[:: self.step], fps=FPS / self.step)

    def _error(self, what: str) -> errors.InputError:
        return errors.InputError(f"{self.path}: {self.clip_id}: {what}")


def find(
    path: Path, *, fps: float | None = None, subjects: tuple[str, ...] = ()
) -> Iterator[ArrayClip]:
    """Yields every clip of the file, in its order.

    Args:
        path: The .npz file.
        fps: Frames a second to give; 60 must be a multiple of it; None is 60.
        subjects: Only these; all of them if empty.

    Raises:
        InputError: If the file cannot be read, holds no clip, or the rate does not
            divide.
    """
    step = 1 if fps is None else frame_rates.step(FPS, fps)
    names = npz_arrays.names(path)
    if not names:
        raise errors.InputError(f"{path}: expected clips. Received: none")
    if not subjects or SUBJECT in subjects:
        for name in names:
            yield ArrayClip(path=path, clip_id=name, step=step)


def read(name: str, positions: np.ndarray, *, fps: float) -> Motion:
    """Returns one clip as motion.

    Args:
        name: Such as `train_running_running_2`.
        positions: Joints in metres, y up, `[time, 17, 3]`.
        fps: Their rate.
    """
    index = skeletons.get("h36m17").index
    joints = world_axes.z_up(positions.astype(np.float64) * 1000.0)
    ankles = joints[:, [index("right_ankle"), index("left_ankle")], 2]
    joints[..., 2] += _LOWEST_ANKLE - np.percentile(ankles.min(axis=1), 1)
    head, upper_neck = joints[:, index("head")], joints[:, index("nose")]
    bone = head - upper_neck
    orientation = _head_orientation(
        bone, joints[:, index("left_shoulder")] - joints[:, index("right_shoulder")]
    )
    thorax = joints[:, index("thorax")]
    thorax = thorax + _LOWER_NECK * (upper_neck - thorax)
    joints[:, index("thorax")] = thorax
    joints[:, index("nose")] = head_points.nose(thorax, head, orientation[..., 0])
    length = head_points.HEAD_LENGTH * float(np.median(np.linalg.norm(bone, axis=-1)))
    keypoints = head_points.with_face(joints, orientation, length)
    return Motion(
        clip_id=name,
        subject=SUBJECT,
        action=_action(name),
        fps=fps,
        joints_world=joints.astype(np.float32),
        keypoints_world=keypoints.astype(np.float32),
    )


def _head_orientation(up: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Returns columns to the front, left and top of a head that faces like the chest.

    Measured on CMU's clips, where the head's rotation is known: tilt within 2 degrees,
    yaw within 13 degrees in half of the frames.
    """
    up = _unit(up)
    left = _unit(left - np.sum(left * up, axis=-1, keepdims=True) * up)
    return np.stack([np.cross(left, up), left, up], axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-9)


def _action(name: str) -> str:
    """Returns `running` for `train_running_running_2`: what is said twice."""
    words = name.removeprefix("train_").removeprefix("test_").split("_")
    words = words[:-1] if words[-1].isdecimal() else words
    half = len(words) // 2
    if words[:half] == words[half:]:
        return "_".join(words[:half])
    return words[-1] if words else "motion"
