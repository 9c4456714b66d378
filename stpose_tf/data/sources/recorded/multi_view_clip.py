"""Clips of one motion in all cameras of a studio."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.geometry import cameras, skeleton_maps, skeletons

OUTPUT = "h36m17"
# Median distance of the projected joints from the keypoints, as a share of the image's
# width, beyond which they cannot belong together: other units, another sequence's.
LARGEST_MISS = 0.1
_NEAREST = 10.0  # mm in front of the camera


class Shot(NamedTuple):
    """What one camera and one detector saw.

    Attributes:
        name: Of the camera, for messages.
        image_size: Width and height in px.
        camera: The camera.
        keypoints: In px, `[time, keypoints, 2]`; None takes the projected truth.
        confidence: The detector's, 0 to 1, `[time, keypoints]`; None is 1.
    """

    name: str
    image_size: tuple[int, int]
    camera: cameras.Camera
    keypoints: np.ndarray | None = None
    confidence: np.ndarray | None = None


def build(
    *,
    clip_id: str,
    dataset: str,
    subject: str,
    action: str,
    fps: float,
    joints: np.ndarray,
    joints_skeleton: str,
    shots: Sequence[Shot],
    input_skeleton: str,
    exact: bool,
    largest_miss: float = LARGEST_MISS,
) -> Clip:
    """Returns the clip with its joints in `h36m17`.

    Args:
        clip_id: Unique in its source.
        dataset: Name of the source.
        subject: Who moves.
        action: What the subject does.
        fps: Frames a second.
        joints: In mm in a z-up world, `[time, joints, 3]`.
        joints_skeleton: Their order.
        shots: One for each camera.
        input_skeleton: The order of the keypoints.
        exact: Whether the keypoints are the projected truth, not a detector's.
        largest_miss: See `LARGEST_MISS`.

    Raises:
        InputError: If a number is not finite, the keypoints are not those of the
            joints, or the clip does not fit itself.
    """
    if not np.isfinite(joints).all():
        frame = int(np.argwhere(~np.isfinite(joints))[0][0])
        raise errors.InputError(
            f"{clip_id}: expected finite 3D joints. Received: NaN or infinity in "
            f"frame {frame}"
        )
    same = joints_skeleton == input_skeleton
    views = []
    for shot in shots:
        pixels = project(joints, shot.camera)
        view = _view(clip_id, shot, pixels=pixels if same else None, exact=exact)
        miss = _miss(view, pixels, order=input_skeleton, pixels_order=joints_skeleton)
        limit = largest_miss * shot.image_size[0]
        if miss > limit:
            raise errors.InputError(
                f"{clip_id}, camera {shot.name}: expected keypoints within "
                f"{limit:.0f} px of the projected joints. "
                f"Received: {miss:.0f} px at half of them"
            )
        views.append(view)
    pose, valid = _in_output_order(joints, joints_skeleton)
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
        keypoints_world=joints.astype(np.float32)
        if same and _complete(views)
        else None,
        views=tuple(views),
    )
    clip.validate()
    return clip


def project(joints: np.ndarray, camera: cameras.Camera) -> np.ndarray:
    """Returns where a camera sees joints, in px, NaN where they are not before it.

    Args:
        joints: In mm in the world, `[time, joints, 3]`.
        camera: The camera.
    """
    points = tf.constant(joints, tf.float64)
    points = cameras.world_to_camera(points, camera)
    pixels = cameras.project(points, camera)
    seen = points[..., 2:] > _NEAREST
    return np.asarray(tf.where(seen, pixels, tf.constant(np.nan, tf.float64)))


def _view(clip_id: str, shot: Shot, *, pixels: np.ndarray | None, exact: bool) -> View:
    keypoints = shot.keypoints
    if keypoints is None:
        if pixels is None:
            raise ValueError("Only joints of the input's own skeleton are projected.")
        keypoints = pixels
    try:
        labels = None if exact else np.zeros(keypoints.shape[:2], bool)
        return recorded_view.from_keypoints(
            keypoints,
            image_size=shot.image_size,
            confidence=shot.confidence,
            labelled=labels,
            camera=shot.camera,
        )
    except errors.InputError as error:
        raise errors.InputError(f"{clip_id}, camera {shot.name}: {error}") from error


def _miss(view: View, pixels: np.ndarray, *, order: str, pixels_order: str) -> float:
    """Returns the median distance of keypoints from the joints that they stand for."""
    seen = skeleton_maps.linear_map(order, OUTPUT)
    true = skeleton_maps.linear_map(pixels_order, OUTPUT)
    known = skeleton_maps.apply_to_valid(view.confidence > 0.0, seen) & true.valid
    gaps = skeleton_maps.apply(view.keypoints, seen) - skeleton_maps.apply(pixels, true)
    distances = np.linalg.norm(gaps, axis=-1)[known]
    distances = distances[np.isfinite(distances)]
    return float(np.median(distances)) if len(distances) else 0.0


def _complete(views: Sequence[View]) -> bool:
    """Returns whether every keypoint is seen at some time; else new views differ."""
    seen = [(view.confidence > 0.0).any(axis=0) for view in views]
    return bool(np.logical_or.reduce(seen).all())


def _in_output_order(
    joints: np.ndarray, skeleton: str
) -> tuple[np.ndarray, np.ndarray | None]:
    if skeleton == OUTPUT:
        return joints.astype(np.float32), None
    linear_map = skeleton_maps.linear_map(skeleton, OUTPUT)
    pose = skeleton_maps.apply(joints, linear_map).astype(np.float32)
    shape = (len(joints), skeletons.get(OUTPUT).num_joints)
    return pose, np.broadcast_to(linear_map.valid, shape).copy()
