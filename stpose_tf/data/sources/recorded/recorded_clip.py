"""Clips of data sets that have their own images, in the skeletons asked for."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.sources.bodies import floor_height
from stpose_tf.data.sources.recorded import joint_order, recorded_view
from stpose_tf.geometry import cameras, skeletons

OUTPUT = "h36m17"
_LARGEST_MISS = 20.0  # px, the median over a view


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What one camera saw, in the data set's own order.

    Attributes:
        name: Of the camera, for messages.
        keypoints: In px, `[time, keypoints, 2]`.
        confidence: 0 to 1, 0 where there is no keypoint, `[time, keypoints]`.
        labelled: Where the keypoints are truth, bool, `[time, keypoints]`.
        image_size: Width and height in px.
        camera: The camera, if it is known.
    """

    name: str
    keypoints: np.ndarray
    confidence: np.ndarray
    labelled: np.ndarray
    image_size: tuple[int, int]
    camera: cameras.Camera | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Where the joints were, in the data set's own order.

    Attributes:
        skeleton: The order.
        joints: In mm in a z-up world, `[time, joints, 3]`.
        known: Which of them are known, bool, `[time, joints]`.
    """

    skeleton: str
    joints: np.ndarray
    known: np.ndarray


def build(
    *,
    clip_id: str,
    dataset: str,
    subject: str,
    action: str,
    fps: float,
    seen_skeleton: str,
    sights: Sequence[Sight],
    input_skeleton: str,
    truth: Truth | None = None,
    moving_camera: bool = False,
) -> Clip:
    """Returns the clip with keypoints in `input_skeleton` and joints in `h36m17`.

    Args:
        clip_id: Unique in its source.
        dataset: Name of the source.
        subject: Who moves.
        action: What the subject does.
        fps: Frames a second.
        seen_skeleton: The order of the keypoints seen.
        sights: One for each camera.
        input_skeleton: The order that is wanted; keypoints that do not follow from
            those seen get confidence 0.
        truth: None for a clip without 3D.
        moving_camera: Whether the world moves with the camera; new cameras then have
            nothing to shoot.

    Raises:
        InputError: If there is no map between two skeletons, no keypoint at all in a
            view, or the clip does not fit itself.
    """
    pose = valid = keypoints_world = None
    if truth is not None:
        pose, valid = joint_order.change(
            truth.joints, truth.known, source=truth.skeleton, target=OUTPUT
        )
        pose = pose.astype(np.float32)
        if truth.skeleton == seen_skeleton and not moving_camera:
            keypoints_world = _complete(truth, input_skeleton)
        for sight in sights:
            if truth.skeleton == seen_skeleton:
                _check_projection(clip_id, truth, sight)
    views = []
    for sight in sights:
        keypoints, known = joint_order.change(
            sight.keypoints,
            sight.confidence > 0.0,
            source=seen_skeleton,
            target=input_skeleton,
        )
        confidence, _ = joint_order.change(
            sight.confidence[..., np.newaxis],
            sight.confidence > 0.0,
            source=seen_skeleton,
            target=input_skeleton,
        )
        _, labelled = joint_order.change(
            sight.keypoints,
            sight.labelled,
            source=seen_skeleton,
            target=input_skeleton,
        )
        views.append(
            recorded_view.from_keypoints(
                keypoints,
                image_size=sight.image_size,
                confidence=np.where(known, confidence[..., 0], 0.0),
                labelled=labelled,
                camera=sight.camera,
            )
        )
    clip = Clip(
        clip_id=clip_id,
        dataset=dataset,
        subject=subject,
        action=action,
        fps=fps,
        input_skeleton=input_skeleton,
        output_skeleton=OUTPUT,
        pose_world=pose,
        pose_valid=valid,
        keypoints_world=keypoints_world,
        views=tuple(views),
    )
    clip.validate()
    return clip


def lift_to_floor(truth: Truth) -> float:
    """Returns by how many mm to raise the world so that its floor is near z = 0.

    For worlds whose height means nothing.
    """
    joints, known = joint_order.change(
        truth.joints, truth.known, source=truth.skeleton, target=OUTPUT
    )
    index = skeletons.get(OUTPUT).index
    good = known[:, [index("left_ankle"), index("right_ankle")]].all(axis=1)
    return float(floor_height.lift(joints[good])[2]) if good.any() else 0.0


def _complete(truth: Truth, skeleton: str) -> np.ndarray | None:
    """Returns the keypoints in 3D if all are known in all frames."""
    points, known = joint_order.change(
        truth.joints, truth.known, source=truth.skeleton, target=skeleton
    )
    return points.astype(np.float32) if known.all() else None


def _check_projection(clip_id: str, truth: Truth, sight: Sight) -> None:
    """Refuses a camera, 3D and 2D that cannot belong together."""
    if sight.camera is None:
        return
    known = truth.known & sight.labelled
    points = truth.joints[known] @ sight.camera.rotation.T + sight.camera.translation
    in_front = points[:, 2] > 1.0
    if not in_front.any():
        return
    slopes = points[in_front, :2] / points[in_front, 2:]
    pixels = slopes * sight.camera.focal + sight.camera.center
    misses = np.linalg.norm(pixels - sight.keypoints[known][in_front], axis=-1)
    if (miss := float(np.median(misses))) > _LARGEST_MISS:
        raise errors.InputError(
            f"{clip_id}, {sight.name}: expected 3D joints that project on the 2D ones. "
            f"Received: {miss:.0f} px between them"
        )
