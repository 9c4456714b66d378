"""Random pinhole cameras that shoot a motion, and the crops a detector would give.

Every function is stateless, works eagerly and on-graph, and draws only from its seed.
"""

import math

import tensorflow as tf

from stpose_tf.augment import augmentation
from stpose_tf.config import data_config
from stpose_tf.geometry import cameras, rotations

IMAGE_SIZE = (1000, 1000)
# A person crop is its tight box times 1.25, as 2D networks are fed.
_CROP_MARGIN = 1.25
_CROP_SMOOTHING = 9  # frames of the moving average
_CROP_SHIFT = 0.02  # of the crop's side, constant over the clip
_CROP_SCALE = 0.05  # log size, constant over the clip
_CROP_TREMBLE = 0.01  # of the side, frame by frame, before smoothing
_SMALLEST_CROP = 16.0  # px
_NEAREST = 800.0  # mm in front of the camera
# Share of the half field of view that the subject's place may be off the axis.
_LARGEST_OFF_CENTER = 0.5
# Columns: the directions in the z-up world of a camera's x, y, z that looks along
# the world's y.
_UPRIGHT = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0))


def shoot(
    joints_world: tf.Tensor,
    keypoints_world: tf.Tensor,
    *,
    seed: tf.Tensor,
    views: data_config.ViewConfig,
) -> dict[str, tf.Tensor | cameras.Camera]:
    """Returns what a new random camera sees of a motion.

    The camera stands still and far enough away to see all of the motion.

    Args:
        joints_world: Joint positions in mm, `[time, joints, 3]`.
        keypoints_world: Keypoint positions in mm, `[time, keypoints, 3]`.
        seed: Stateless seed, `[2]`.
        views: Ranges of the cameras.

    Returns:
        `keypoints` in px, `[time, keypoints, 2]`; `crop`, `[time, 4]`; `camera`, an
        unbatched `Camera` without distortion.
    """
    camera_seed, crop_seed = augmentation.seeds(seed, 2)
    points = tf.concat([joints_world, keypoints_world], axis=1)
    camera = sample_camera(camera_seed, points, views=views)
    pixels = cameras.project(cameras.world_to_camera(keypoints_world, camera), camera)
    crop = sample_crop(pixels, seed=crop_seed)
    return {"keypoints": pixels, "crop": crop, "camera": camera}


def sample_camera(
    seed: tf.Tensor, points: tf.Tensor, *, views: data_config.ViewConfig
) -> cameras.Camera:
    """Returns a random camera whose image contains all points.

    The distance is drawn first, then raised where the field of view would cut points
    off; so a narrow lens stands farther away, and a walker never passes the camera.

    Args:
        seed: Stateless seed, `[2]`.
        points: World positions in mm that must be seen, `[..., 3]`.
        views: Ranges to draw from.

    Returns:
        An unbatched pinhole camera (zero distortion) of a 1000 x 1000 image.
    """
    uniform_seed, roll_seed = augmentation.seeds(seed, 2)
    draws = tf.random.stateless_uniform([6], uniform_seed)
    yaw = _degrees(views.yaw) * (2.0 * draws[0] - 1.0)
    pitch = _degrees(_between(views.pitch, draws[1]))
    distance = _between(views.distance, draws[2])
    half_view = _degrees(_between(views.field_of_view, draws[3])) / 2.0
    off_center = tf.minimum(
        _degrees(views.off_center) * draws[4], _LARGEST_OFF_CENTER * half_view
    )
    around = 2.0 * math.pi * draws[5]
    roll = _degrees(views.roll) * tf.random.stateless_normal([], roll_seed)

    upright = tf.constant(_UPRIGHT, points.dtype)
    rotation = rotations.about_z(roll) @ (
        _about_camera(pitch, yaw) @ tf.transpose(upright)
    )
    flat = tf.reshape(points, [-1, 3])
    focus = (tf.reduce_min(flat, axis=0) + tf.reduce_max(flat, axis=0)) / 2.0
    # Where the focus lies in the camera: at `distance` along this direction.
    side = tf.sin(off_center)
    direction = tf.stack(
        [side * tf.cos(around), side * tf.sin(around), tf.cos(off_center)]
    )
    relative = tf.einsum("cw,pw->pc", rotation, flat - focus)
    distance = tf.maximum(
        distance, _smallest_distance(relative, direction, tf.tan(half_view))
    )
    translation = distance * direction - tf.linalg.matvec(rotation, focus)
    focal = IMAGE_SIZE[1] / 2.0 / tf.tan(half_view)
    return cameras.Camera(
        focal=tf.stack([focal, focal]),
        center=tf.constant([IMAGE_SIZE[0] / 2.0, IMAGE_SIZE[1] / 2.0]),
        radial=tf.zeros([3]),
        tangential=tf.zeros([2]),
        rotation=rotation,
        translation=translation,
        tangential_scale=tf.ones([]),
    )


def sample_crop(pixels: tf.Tensor, *, seed: tf.Tensor) -> tf.Tensor:
    """Returns upright square crops around the keypoints, as a tracker would give.

    The tight box times 1.25, moved and scaled a little for the whole clip, trembling
    a little from frame to frame, then smoothed in time.

    Args:
        pixels: Keypoints in px, `[time, keypoints, 2]`.
        seed: Stateless seed, `[2]`.

    Returns:
        Center x, center y, side in px and roll (0), `[time, 4]`.
    """
    clip_seed, frame_seed = augmentation.seeds(seed, 2)
    lowest = tf.reduce_min(pixels, axis=1)
    highest = tf.reduce_max(pixels, axis=1)
    side = _CROP_MARGIN * tf.reduce_max(highest - lowest, axis=-1, keepdims=True)
    side = tf.maximum(side, _SMALLEST_CROP)
    center = (lowest + highest) / 2.0  # [time, 2]
    constant = tf.random.stateless_normal([3], clip_seed)
    tremble = _CROP_TREMBLE * tf.random.stateless_normal(
        tf.stack([tf.shape(pixels)[0], 3]), frame_seed
    )
    center += side * (_CROP_SHIFT * constant[:2] + tremble[:, :2])
    side *= tf.exp(_CROP_SCALE * constant[2:] + tremble[:, 2:])
    box = tf.concat([center, side], axis=-1)
    # Outside the clip nothing is averaged: the divisor counts frames inside only.
    smooth = tf.nn.avg_pool1d(box[tf.newaxis], _CROP_SMOOTHING, 1, "SAME")[0]
    return tf.pad(smooth, [[0, 0], [0, 1]])


def rotate_skeleton(
    joints_world: tf.Tensor, keypoints_world: tf.Tensor, *, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the whole motion rotated about its middle by the paper's random angles.

    The paper's Base augmentation: about the vertical axis by up to pi, about the two
    others by up to 0.2 pi (Cheng et al. 2020, ablation study and below Eq. 5).

    Args:
        joints_world: Joint positions in mm, z up, `[time, joints, 3]`.
        keypoints_world: Keypoint positions in mm, `[time, keypoints, 3]`.
        seed: Stateless seed, `[2]`.
    """
    # The paper's angles are given in a camera's axes: y is vertical.
    upright = tf.constant(_UPRIGHT)
    rotation = upright @ rotations.random_view_rotation(seed) @ tf.transpose(upright)
    flat = tf.reshape(joints_world, [-1, 3])
    focus = (tf.reduce_min(flat, axis=0) + tf.reduce_max(flat, axis=0)) / 2.0

    def rotate(points: tf.Tensor) -> tf.Tensor:
        return tf.einsum("vw,...w->...v", rotation, points - focus) + focus

    return rotate(joints_world), rotate(keypoints_world)


def _smallest_distance(
    relative: tf.Tensor, direction: tf.Tensor, half_width: tf.Tensor
) -> tf.Tensor:
    """Returns how far the focus must be for all points to be in the image.

    A point `p + d * e` is seen if `|p_x + d e_x| <= w (p_z + d e_z)`, likewise y; each
    of the four sides, and the nearest depth, bounds d from below.
    """
    depth = relative[:, 2:]
    sideways = relative[:, :2]
    grows = half_width * direction[2] - tf.concat([direction[:2], -direction[:2]], 0)
    needs = tf.concat([sideways, -sideways], axis=-1) - half_width * depth
    sides = tf.reduce_max(needs / grows)
    return tf.maximum(sides, tf.reduce_max(_NEAREST - depth) / direction[2])


def _about_camera(pitch: tf.Tensor, yaw: tf.Tensor) -> tf.Tensor:
    """Returns the turn of a level camera to this elevation (positive looks down)."""
    return rotations.about_x(pitch) @ rotations.about_y(yaw)


def _degrees(angle: tf.Tensor | float) -> tf.Tensor:
    return tf.cast(angle, tf.float32) * (math.pi / 180.0)


def _between(limits: tuple[float, ...], draw: tf.Tensor) -> tf.Tensor:
    return limits[0] + (limits[1] - limits[0]) * draw
