"""Rotation matrices: about the axes, from Euler angles and quaternions, random views.

All functions keep the leading axes and the floating dtype of what they are given, and
build matrices that act on column vectors: `X' = R X`.
"""

import math

import tensorflow as tf


def about_x(angle: tf.Tensor) -> tf.Tensor:
    """Returns the rotation by `angle` rad `[...]` about x, `[..., 3, 3]`."""
    return _about(angle, 0)


def about_y(angle: tf.Tensor) -> tf.Tensor:
    """Returns the rotation by `angle` rad `[...]` about y, `[..., 3, 3]`."""
    return _about(angle, 1)


def about_z(angle: tf.Tensor) -> tf.Tensor:
    """Returns the rotation by `angle` rad `[...]` about z, `[..., 3, 3]`.

    In the camera frame (x right, y down, z forward) a positive angle turns the image
    clockwise as the viewer sees it: +x goes to +y.
    """
    return _about(angle, 2)


def euler_xyz(angles: tf.Tensor) -> tf.Tensor:
    """Returns `about_x(a) about_y(b) about_z(c)`: z acts first, x last.

    Args:
        angles: The three angles a, b, c in rad, `[..., 3]`.

    Returns:
        Rotations, `[..., 3, 3]`.
    """
    angles = _floating(angles)
    return about_x(angles[..., 0]) @ about_y(angles[..., 1]) @ about_z(angles[..., 2])


def to_forward(direction: tf.Tensor) -> tf.Tensor:
    """Returns the smallest rotation that takes a direction to +z.

    A zero direction gives the identity; -z, where every axis would do, half a turn
    about x.

    Args:
        direction: Directions of any length, `[..., 3]`.

    Returns:
        Rotations with `R direction = |direction| z`, `[..., 3, 3]`.
    """
    direction = _floating(direction)
    squared = tf.reduce_sum(direction**2, axis=-1, keepdims=True)
    known = squared > 0.0
    unit = direction * tf.math.rsqrt(tf.where(known, squared, tf.ones_like(squared)))
    unit = tf.where(known, unit, tf.constant([0.0, 0.0, 1.0], unit.dtype))
    x, y, z = tf.unstack(unit, axis=-1)
    # 1 / (1 + z) amplifies rounding behind the camera; there x² + y² is as good.
    backward = z <= -0.999999
    share = 1.0 / tf.where(backward, tf.ones_like(z), 1.0 + z)
    rotation = _matrix(
        (1.0 - x * x * share, -x * y * share, -x),
        (-x * y * share, 1.0 - y * y * share, -y),
        (x, y, z),
    )
    half_turn = tf.constant([[1, 0, 0], [0, -1, 0], [0, 0, -1]], rotation.dtype)
    return tf.where(backward[..., None, None], half_turn, rotation)


def random_view_rotation(
    seed: tf.Tensor,
    shape: tuple[int, ...] = (),
    *,
    tilt: float = 0.2 * math.pi,
    turn: float = math.pi,
) -> tf.Tensor:
    """Returns random rotations of the view (Cheng et al. 2020, Eq. 5).

    Args:
        seed: Stateless seed, integer `[2]`.
        shape: Leading axes of the result.
        tilt: Largest angle about x and z, both ways, in rad.
        turn: Largest angle about y, both ways, in rad.

    Returns:
        `euler_xyz` of uniform angles, float32 `[*shape, 3, 3]`.
    """
    limits = tf.constant([tilt, turn, tilt], tf.float32)
    angles = tf.random.stateless_uniform((*shape, 3), seed, -1.0, 1.0)
    return euler_xyz(angles * limits)


def quaternion_to_matrix(quaternion: tf.Tensor) -> tf.Tensor:
    """Returns the rotation of a quaternion.

    Args:
        quaternion: (w, x, y, z) of any length but zero, `[..., 4]`.

    Returns:
        Rotations, `[..., 3, 3]`.
    """
    quaternion = _floating(quaternion)
    squared = tf.reduce_sum(quaternion**2, axis=-1)
    double = tf.math.divide_no_nan(tf.constant(2.0, squared.dtype), squared)
    w, x, y, z = tf.unstack(quaternion, axis=-1)
    return _matrix(
        (
            1.0 - double * (y * y + z * z),
            double * (x * y - w * z),
            double * (x * z + w * y),
        ),
        (
            double * (x * y + w * z),
            1.0 - double * (x * x + z * z),
            double * (y * z - w * x),
        ),
        (
            double * (x * z - w * y),
            double * (y * z + w * x),
            1.0 - double * (x * x + y * y),
        ),
    )


def _about(angle: tf.Tensor, axis: int) -> tf.Tensor:
    angle = _floating(angle)
    cosine, sine = tf.cos(angle), tf.sin(angle)
    zero, one = tf.zeros_like(angle), tf.ones_like(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    rows = [[one if i == j else zero for j in range(3)] for i in range(3)]
    rows[first][first], rows[first][second] = cosine, -sine
    rows[second][first], rows[second][second] = sine, cosine
    return _matrix(*rows)


def _matrix(*rows: object) -> tf.Tensor:
    """Returns the matrix of the given rows of tensors `[...]`."""
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=-2)


def _floating(values: tf.Tensor) -> tf.Tensor:
    """Returns a tensor of the floating dtype given, float32 for integers."""
    values = tf.convert_to_tensor(values)
    return values if values.dtype.is_floating else tf.cast(values, tf.float32)
