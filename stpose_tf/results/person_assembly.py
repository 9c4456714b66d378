"""From lifted stretches to a person of the results: place, floor, confidence."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stpose_tf.evaluation import occluded_joints
from stpose_tf.geometry import skeletons
from stpose_tf.lifting import (
    absolute_root,
    ground_plane,
    joint_confidence,
    pose_smoothing,
)
from stpose_tf.lifting.intrinsics import Intrinsics
from stpose_tf.lifting.stretch import LiftedStretch
from stpose_tf.results import pose_result
from stpose_tf.results.pose_result import PersonPoses

Array = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """How people are put together.

    Attributes:
        keypoint_skeleton: Name of the keypoints' order.
        skeleton: Name of the joints' order.
        camera: Of the video.
        smooth: Whether smoothed poses are wanted beside the raw ones.
    """

    keypoint_skeleton: str
    skeleton: str
    camera: Intrinsics
    smooth: bool = False

    def person(self, person_id: str, stretches: Sequence[LiftedStretch]) -> PersonPoses:
        """Returns one person; the place is fitted whatever is known of the camera.

        Args:
            person_id: Stays the same through the video.
            stretches: In order of time, at least one.
        """
        support = occluded_joints.support(self.keypoint_skeleton, self.skeleton)
        seen = [one.stretch for one in stretches]
        visible = np.concatenate([one.visible for one in seen])
        shown = joint_confidence.seen_joints(visible, support)
        roots = [self._root(one) for one in stretches]
        known = [root for root in roots if root is not None]
        places = np.concatenate([one.keypoints for one in seen]).astype(np.float64)
        heights = np.concatenate([one.confidence for one in seen])
        log_sigma = np.concatenate([one.log_sigma for one in stretches])
        return PersonPoses(
            id=person_id,
            frames=np.concatenate([one.frames for one in seen]),
            times=np.concatenate([one.times for one in seen]),
            poses=np.concatenate([one.poses for one in stretches]),
            roots=np.concatenate(known) if len(known) == len(roots) else None,
            keypoints=np.concatenate([places, heights[..., np.newaxis]], axis=-1),
            confidence=joint_confidence.within(log_sigma),
            states=np.where(shown, pose_result.SEEN, pose_result.OCCLUDED).astype(
                np.uint8
            ),
            smoothed=np.concatenate([_smoothed(one) for one in stretches])
            if self.smooth
            else None,
        )

    def floor(self, people: Sequence[PersonPoses]) -> ground_plane.Ground | None:
        """Returns the floor under these people; None if there is none."""
        skeleton = skeletons.get(self.skeleton)
        steps = [
            ground_plane.steps(
                person.poses[part] + person.roots[part, np.newaxis],
                skeleton,
                fps=_rate(person.times[part]),
            )
            for person in people
            if person.roots is not None
            for part in person.stretches()
        ]
        return ground_plane.fit(steps)

    def _root(self, lifted: LiftedStretch) -> Array | None:
        seen = lifted.stretch
        pairs = absolute_root.shared_joints(
            skeletons.get(self.keypoint_skeleton).joints,
            skeletons.get(self.skeleton).joints,
        )
        if not pairs:
            return None
        keypoints, joints = map(list, zip(*pairs, strict=True))
        return absolute_root.fit(
            lifted.poses[:, joints],
            self.camera.rays(seen.keypoints[:, keypoints]),
            np.where(seen.visible, seen.confidence, 0.0)[:, keypoints],
            fps=_rate(seen.times),
        )


def _smoothed(lifted: LiftedStretch) -> Array:
    return pose_smoothing.smooth(
        lifted.poses, lifted.log_sigma, fps=_rate(lifted.stretch.times)
    )


def _rate(times: Array) -> float:
    """Returns the usual rate of these instants; of a single one it does not matter."""
    return 1.0 / float(np.median(np.diff(times))) if len(times) > 1 else 30.0
