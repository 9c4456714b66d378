"""The people of one video in 3D: what every file of results is written from."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons
from stpose_tf.lifting import ground_plane
from stpose_tf.lifting.ground_plane import Ground
from stpose_tf.lifting.intrinsics import Intrinsics

Array = npt.NDArray[np.float64]

SCHEMA = "stpose.poses/1"
UNIT = "mm"
FRAME = "camera x right y down z forward"
STATES = ("seen", "occluded", "forecast")
SEEN, OCCLUDED, FORECAST = range(3)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was looked at.

    Attributes:
        file: Its name.
        size: Width and height of the image in px.
        fps: Frames a second.
    """

    file: str
    size: tuple[int, int]
    fps: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What made the poses.

    Attributes:
        preset: Its name.
        sha256: Of its weights.
        fps: The rate that it was trained at.
    """

    preset: str
    sha256: str
    fps: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonPoses:
    """One person.

    Attributes:
        id: Stays the same through the video.
        frames: Numbers of the video's frames from 0, rising, int64, `[time]`.
        times: When they are seen, in s, `[time]`.
        poses: Camera frame, root-relative, in mm, `[time, joints, 3]`.
        roots: Where the root is in the camera frame in mm, `[time, 3]`; None if it is
            not known.
        keypoints: x and y in px, NaN where there is none, and confidence,
            `[time, keypoints, 3]`.
        confidence: 0 to 1, `[time, joints]`.
        states: Places in `STATES`, uint8, `[time, joints]`.
        smoothed: The poses without their jitter, `[time, joints, 3]`; None if that was
            not wanted.
    """

    id: str
    frames: npt.NDArray[np.int64]
    times: Array
    poses: Array
    roots: Array | None
    keypoints: Array
    confidence: Array
    states: npt.NDArray[np.uint8]
    smoothed: Array | None = None

    def stretches(self) -> Iterator[slice]:
        """Yields the parts without a missing frame."""
        breaks = np.flatnonzero(np.diff(self.frames) > 1) + 1
        bounds = [0, *breaks.tolist(), len(self.frames)]
        for begin, end in itertools.pairwise(bounds):
            if end > begin:
                yield slice(begin, end)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoseResult:
    """All people of one video.

    Attributes:
        source: What was looked at.
        skeleton: Name of the joints' order.
        keypoint_skeleton: Name of the keypoints' order.
        camera: Of the video.
        model: What made the poses.
        people: In order of their first frame.
        ground: The floor, if it was looked for and found.
    """

    source: Source
    skeleton: str
    keypoint_skeleton: str
    camera: Intrinsics
    model: ModelFacts
    people: tuple[PersonPoses, ...]
    ground: Ground | None = None

    @property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints."""
        return skeletons.get(self.skeleton).joints

    def standing(self, person: PersonPoses) -> tuple[Array, str]:
        """Returns a person's joints as far from anywhere as is known, y up.

        Returns:
            Positions in mm, `[time, joints, 3]`, and the name of their frame: the
            ground's; the camera's turned y up; or the same with the root at 0, if its
            place is not known.
        """
        poses = person.poses if person.smoothed is None else person.smoothed
        if person.roots is not None:
            poses = poses + person.roots[:, np.newaxis]
            if self.ground is not None:
                return self.ground.apply(poses), ground_plane.FRAME
        turned = poses * np.array([1.0, -1.0, -1.0])
        name = "camera x right y up z backward"
        return turned, name if person.roots is not None else f"{name}, root at 0"


def check(person: PersonPoses) -> None:
    """Raises ValueError unless a person's arrays fit together."""
    count = len(person.frames)
    if person.poses.ndim != 3 or person.poses.shape[2] != 3:
        raise ValueError(f"poses of shape {person.poses.shape}")
    joints = person.poses.shape[1]
    for name, values, shape in (
        ("times", person.times, (count,)),
        ("poses", person.poses, (count, joints, 3)),
        ("roots", person.roots, (count, 3)),
        ("confidence", person.confidence, (count, joints)),
        ("states", person.states, (count, joints)),
        ("smoothed", person.smoothed, (count, joints, 3)),
    ):
        if values is not None and values.shape != shape:
            raise ValueError(f"{name} of shape {values.shape} beside {shape}")
    if person.keypoints.ndim != 3 or len(person.keypoints) != count:
        raise ValueError(f"keypoints of shape {person.keypoints.shape}")
    if (np.diff(person.frames) <= 0).any():
        raise ValueError("frames that do not rise")


def about(result: PoseResult) -> dict[str, Any]:
    """Returns what the files say beside the people, ready for JSON."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "source": {
            "file": result.source.file,
            "size": list(result.source.size),
            "fps": result.source.fps,
        },
        "skeleton": result.skeleton,
        "joints": list(result.joints),
        "keypoint_skeleton": result.keypoint_skeleton,
        "unit": UNIT,
        "frame": FRAME,
        "camera": dataclasses.asdict(result.camera),
        "model": dataclasses.asdict(result.model),
    }
    if result.ground is not None:
        content["ground"] = {
            "frame": ground_plane.FRAME,
            "rotation": np.round(result.ground.rotation, 9).tolist(),
            "translation": np.round(result.ground.translation, 3).tolist(),
        }
    return content
