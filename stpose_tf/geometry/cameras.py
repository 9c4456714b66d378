"""Pinhole cameras with lens distortion: world, camera frame and pixels.

Frames: world in mm; camera frame x right, y down, z forward, in mm; pixels (x, y).

A camera's leading axes are the *first* axes of the points it is used with: a camera
`[batch]` takes points `[batch, time, joints, 3]`, a single camera takes any points.
Results have the dtype of the points.
"""

from typing import NamedTuple

import tensorflow as tf

PACKED_SIZE = 22
_UNDISTORT_STEPS = 8


class Camera(NamedTuple):
    """A camera, or a batch of cameras, as arrays or tensors.

    Attributes:
        focal: Focal lengths in px, `[..., 2]`.
        center: Principal point in px, `[..., 2]`.
        radial: Radial distortion k1, k2, k3, `[..., 3]`.
        tangential: Tangential distortion p1, p2 in OpenCV's order, `[..., 2]`.
        rotation: World to camera, `[..., 3, 3]`.
        translation: In mm; `X_camera = rotation X_world + translation`, `[..., 3]`.
        tangential_scale: Factor of the mixed tangential term, `[...]`: 1 in
            Human3.6M's own model, 2 in OpenCV's.
    """

    focal: tf.Tensor
    center: tf.Tensor
    radial: tf.Tensor
    tangential: tf.Tensor
    rotation: tf.Tensor
    translation: tf.Tensor
    tangential_scale: tf.Tensor


def camera_at(
    position: tf.Tensor,
    rotation: tf.Tensor,
    *,
    focal: tf.Tensor,
    center: tf.Tensor,
    radial: tf.Tensor | None = None,
    tangential: tf.Tensor | None = None,
    tangential_scale: tf.Tensor | float = 1.0,
) -> Camera:
    """Returns the camera whose center of projection stands at a position.

    Args:
        position: Center of projection in the world in mm, `[..., 3]`.
        rotation: World to camera, `[..., 3, 3]`.
        focal: Focal lengths in px, `[..., 2]`.
        center: Principal point in px, `[..., 2]`.
        radial: Radial distortion, `[..., 3]`; None is none.
        tangential: Tangential distortion, `[..., 2]`; None is none.
        tangential_scale: See `Camera`, `[...]`.

    Returns:
        A camera; all its fields have the dtype of `position` and its leading axes.
    """
    position = tf.convert_to_tensor(position)
    leading, dtype = tf.shape(position)[:-1], position.dtype

    def full(values: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
        values = tf.cast(values, dtype)
        values = tf.broadcast_to(values, tf.concat([leading, axes], axis=0))
        return tf.ensure_shape(values, (*position.shape[:-1], *axes))

    rotation = full(rotation, (3, 3))
    return Camera(
        focal=full(focal, (2,)),
        center=full(center, (2,)),
        radial=full(tf.zeros([3]) if radial is None else radial, (3,)),
        tangential=full(tf.zeros([2]) if tangential is None else tangential, (2,)),
        rotation=rotation,
        translation=-tf.linalg.matvec(rotation, position),
        tangential_scale=full(tangential_scale, ()),
    )


def look_at(position: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Returns the upright rotation of a camera that looks at a target.

    The world is z up. A camera that looks straight up or down has no upright; it
    gets the image's right along the world's x.

    Args:
        position: Center of projection in the world, `[..., 3]`.
        target: The point that falls on the optical axis, `[..., 3]`.

    Returns:
        Rotations world to camera, `[..., 3, 3]`.
    """
    position = tf.convert_to_tensor(position)
    forward = tf.math.l2_normalize(tf.cast(target, position.dtype) - position, axis=-1)
    # forward x up, with up = z.
    right = tf.stack(
        [forward[..., 1], -forward[..., 0], tf.zeros_like(forward[..., 0])], axis=-1
    )
    upright = tf.reduce_sum(right**2, axis=-1, keepdims=True) > 1e-12
    right = tf.where(upright, right, tf.constant([1.0, 0.0, 0.0], right.dtype))
    right = tf.math.l2_normalize(right, axis=-1)
    down = tf.linalg.cross(forward, right)
    return tf.stack([right, down, forward], axis=-2)


def world_to_camera(points: tf.Tensor, camera: Camera) -> tf.Tensor:
    """Returns world points `[..., 3]` in the camera frame, both in mm."""
    points = tf.convert_to_tensor(points)
    rotation = _aligned(camera.rotation, points, 2)
    translation = _aligned(camera.translation, points, 1)
    return _rotate(rotation, points) + translation


def camera_to_world(points: tf.Tensor, camera: Camera) -> tf.Tensor:
    """Returns points `[..., 3]` of the camera frame in the world, both in mm."""
    points = tf.convert_to_tensor(points)
    rotation = _aligned(camera.rotation, points, 2)
    translation = _aligned(camera.translation, points, 1)
    return _rotate(tf.linalg.matrix_transpose(rotation), points - translation)


def project(points: tf.Tensor, camera: Camera) -> tf.Tensor:
    """Returns where points of the camera frame appear in the image.

    Args:
        points: Points in front of the camera in mm, `[..., 3]`; those behind it have
            no image, and get the pixel of the line through them.
        camera: The camera; rotation and translation are not used.

    Returns:
        Pixels, distorted, `[..., 2]`.
    """
    points = tf.convert_to_tensor(points)
    depth = points[..., 2:]
    depth = tf.where(tf.abs(depth) < 1e-6, tf.constant(1e-6, depth.dtype), depth)
    normalized = points[..., :2] / depth
    focal = _aligned(camera.focal, points, 1)
    return _distort(normalized, camera) * focal + _aligned(camera.center, points, 1)


def unproject(pixels: tf.Tensor, depth: tf.Tensor, camera: Camera) -> tf.Tensor:
    """Returns the points of the camera frame that project to pixels at a depth.

    The lens is undone by fixed-point steps, to below 1e-3 px over the images of the
    data sets used here.

    Args:
        pixels: Distorted pixels, `[..., 2]`.
        depth: z in the camera frame in mm, `[...]`.
        camera: The camera; rotation and translation are not used.

    Returns:
        Points in the camera frame in mm, `[..., 3]`.
    """
    pixels = tf.convert_to_tensor(pixels)
    focal = _aligned(camera.focal, pixels, 1)
    distorted = (pixels - _aligned(camera.center, pixels, 1)) / focal
    normalized = distorted
    for _ in range(_UNDISTORT_STEPS):
        factor, offset = _lens(normalized, camera)
        normalized = (distorted - offset) / factor
    depth = tf.cast(depth, pixels.dtype)[..., tf.newaxis]
    return tf.concat(
        [normalized * depth, tf.ones_like(normalized[..., :1]) * depth], -1
    )


def relative_rotation(camera1: Camera, camera2: Camera) -> tf.Tensor:
    """Returns `R_{1->2} = R2 R1^T` (Cheng et al. 2020, Eq. 2), `[..., 3, 3]`.

    It takes root-relative poses of camera 1's frame to camera 2's.
    """
    first = tf.convert_to_tensor(camera1.rotation)
    return tf.matmul(tf.cast(camera2.rotation, first.dtype), first, transpose_b=True)


def pack(camera: Camera) -> tf.Tensor:
    """Returns the camera's numbers in the order of its fields, `[..., 22]`."""
    focal = tf.convert_to_tensor(camera.focal)
    leading = tf.shape(focal)[:-1]
    parts = [
        tf.reshape(tf.cast(field, focal.dtype), tf.concat([leading, [-1]], axis=0))
        for field in camera
    ]
    return tf.ensure_shape(tf.concat(parts, -1), (*focal.shape[:-1], PACKED_SIZE))


def unpack(packed: tf.Tensor) -> Camera:
    """Returns the camera of the numbers `[..., 22]` that `pack` gave."""
    packed = tf.convert_to_tensor(packed)
    parts = tf.split(packed, [2, 2, 3, 2, 9, 3, 1], axis=-1)
    square = tf.concat([tf.shape(packed)[:-1], [3, 3]], axis=0)
    parts[4] = tf.ensure_shape(tf.reshape(parts[4], square), (*packed.shape[:-1], 3, 3))
    parts[6] = parts[6][..., 0]
    return Camera(*parts)


def _lens(normalized: tf.Tensor, camera: Camera) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns factor `[..., 1]` and offset `[..., 2]` of the distortion at a point."""
    k1, k2, k3 = tf.split(_aligned(camera.radial, normalized, 1), 3, axis=-1)
    tangential = _aligned(camera.tangential, normalized, 1)[..., ::-1]  # p2, p1
    scale = _aligned(camera.tangential_scale, normalized, 0)[..., tf.newaxis]
    r2 = tf.reduce_sum(normalized**2, axis=-1, keepdims=True)
    mixed = tf.reduce_sum(tangential * normalized, axis=-1, keepdims=True)
    factor = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3)) + scale * mixed
    return factor, tangential * r2


def _distort(normalized: tf.Tensor, camera: Camera) -> tf.Tensor:
    """Returns normalized image points `[..., 2]` as the lens shows them."""
    factor, offset = _lens(normalized, camera)
    return normalized * factor + offset


def _rotate(rotation: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
    """Returns `rotation points` for broadcasting `[..., 3, 3]` and `[..., 3]`."""
    return tf.reduce_sum(rotation * points[..., tf.newaxis, :], axis=-1)


def _aligned(field: tf.Tensor, points: tf.Tensor, rank: int) -> tf.Tensor:
    """Returns a field with axes of length 1 where the points have more axes.

    Args:
        field: A camera's field, `[*leading, *own]`.
        points: What it will meet, `[*leading, ..., d]`.
        rank: Number of the field's own axes.

    Returns:
        The field in the dtype of the points, `[*leading, 1, ..., *own]`.
    """
    field = tf.cast(field, points.dtype)
    missing = points.shape.rank - 1 - (field.shape.rank - rank)
    for _ in range(missing):
        field = tf.expand_dims(field, field.shape.rank - rank)
    return field
