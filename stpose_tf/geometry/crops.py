"""Crops: upright squares around a person, their coordinates and their frame.

A crop is (center x, center y, size, roll): px, px, px, rad. *Unit coordinates* are
(0, 0) at its upper left and (1, 1) at its lower right corner. The *crop frame* is the
camera frame turned so that the ray through the crop's center is +z and the crop
upright: `Y = R_crop X`. Results have the dtype of the first argument.
"""

import tensorflow as tf

from stpose_tf.geometry import rotations

_LEAST_SCALE = 0.1


def image_to_unit(points: tf.Tensor, crop: tf.Tensor) -> tf.Tensor:
    """Returns image points in unit crop coordinates.

    Args:
        points: Pixels, `[..., points, 2]`.
        crop: Crops, `[..., 4]`.

    Returns:
        `Rot(-roll) (points - center) / size + 0.5`, `[..., points, 2]`.
    """
    points = tf.convert_to_tensor(points)
    center, size, roll = _split(tf.cast(crop, points.dtype))
    return _turn((points - center) / size, -roll) + 0.5


def unit_to_image(points: tf.Tensor, crop: tf.Tensor) -> tf.Tensor:
    """Returns unit crop coordinates in image px; the inverse of `image_to_unit`.

    Args:
        points: Unit coordinates, `[..., points, 2]`.
        crop: Crops, `[..., 4]`.

    Returns:
        Pixels, `[..., points, 2]`.
    """
    points = tf.convert_to_tensor(points)
    center, size, roll = _split(tf.cast(crop, points.dtype))
    return _turn(points - 0.5, roll) * size + center


def crop_rotation(crop: tf.Tensor, focal: tf.Tensor, center: tf.Tensor) -> tf.Tensor:
    """Returns `R_crop`, from the camera frame to the crop frame.

    `about_z(-roll)` after the smallest rotation that takes the ray through the
    crop's center to +z. The lens is taken as straight: at a crop's center its
    distortion is below what a crop is placed to.

    Args:
        crop: Crops, `[..., 4]`.
        focal: Focal lengths in px, with the first axes of `crop`, from `[2]` to
            `[..., 2]`; 0 is unknown, which leaves the roll alone.
        center: Principal point in px, likewise.

    Returns:
        Rotations, `[..., 3, 3]`.
    """
    crop = tf.convert_to_tensor(crop)
    focal, center = _aligned(focal, crop), _aligned(center, crop)
    slope = tf.math.divide_no_nan(crop[..., :2] - center, focal)
    ray = tf.concat([slope, tf.ones_like(slope[..., :1])], axis=-1)
    return rotations.about_z(-crop[..., 3]) @ rotations.to_forward(ray)


def fit_orthographic(
    poses: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns poses projected on 2D labels by the best scaled orthographic camera.

    One scale for the window and one translation for each frame, in closed form by
    least squares over the weighted joints (Cheng et al. 2020, Eq. 3, which leaves
    scale and place open). The scale is kept above a tenth of the ratio of the two
    spreads: a pose on its head would get a negative one and be pulled to its mirror
    image. Frames without labels and joints of weight 0 have no influence.

    Args:
        poses: Joint positions in the crop frame, `[..., time, joints, 3]`.
        labels: Unit crop coordinates, `[..., time, joints, 2]`.
        weights: 0 where there is no label, `[..., time, joints]`.

    Returns:
        The projected poses in unit crop coordinates, `[..., time, joints, 2]`, and
        the scales in units per length of the poses, `[...]`.
    """
    poses = tf.convert_to_tensor(poses)
    weights = tf.cast(weights, poses.dtype)[..., tf.newaxis]
    labels = tf.where(weights > 0.0, tf.cast(labels, poses.dtype), 0.0)
    count = tf.reduce_sum(weights, axis=-2, keepdims=True)
    flat = poses[..., :2]
    center = tf.math.divide_no_nan(
        tf.reduce_sum(weights * flat, axis=-2, keepdims=True), count
    )
    label_center = tf.math.divide_no_nan(
        tf.reduce_sum(weights * labels, axis=-2, keepdims=True), count
    )
    flat, labels = flat - center, labels - label_center
    axes = (-3, -2, -1)
    inner = tf.reduce_sum(weights * flat * labels, axis=axes, keepdims=True)
    spread = tf.reduce_sum(weights * flat * flat, axis=axes, keepdims=True)
    label_spread = tf.reduce_sum(weights * labels * labels, axis=axes, keepdims=True)
    ratio = tf.sqrt(tf.math.divide_no_nan(label_spread, spread) + 1e-20)
    least = _LEAST_SCALE * tf.stop_gradient(ratio)
    scale = tf.maximum(tf.math.divide_no_nan(inner, spread), least)
    return flat * scale + label_center, scale[..., 0, 0, 0]


def _aligned(field: tf.Tensor, crop: tf.Tensor) -> tf.Tensor:
    """Returns `[*first, 2]` as `[*first, 1, ..., 2]`, of the crop's rank and dtype."""
    field = tf.cast(field, crop.dtype)
    for _ in range(crop.shape.rank - field.shape.rank):
        field = field[..., tf.newaxis, :]
    return field


def _split(crop: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns center `[..., 1, 2]`, size `[..., 1, 1]` and roll `[..., 1]`."""
    crop = crop[..., tf.newaxis, :]
    return crop[..., :2], crop[..., 2:3], crop[..., 3]


def _turn(points: tf.Tensor, angle: tf.Tensor) -> tf.Tensor:
    """Returns points `[..., 2]` turned by `angle` `[...]` from +x to +y."""
    cosine, sine = tf.cos(angle), tf.sin(angle)
    x, y = points[..., 0], points[..., 1]
    return tf.stack([cosine * x - sine * y, sine * x + cosine * y], axis=-1)
