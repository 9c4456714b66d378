"""Changes of the view: mirroring, another crop, a rolled camera.

Input, labels, crop and target change together, so that the window is what the
changed camera and crop would have given. `frame_change` keeps the change M of the
camera frame, X' = M X: a pair's rotation becomes M2 R M1^T.
"""

import dataclasses
import math

import tensorflow as tf

from stpose_tf.augment import augmentation, map_warp
from stpose_tf.geometry import crops, rotations

_PER_KEYPOINT = ("peaks", "keypoints", "keypoint_labels")
_KEYPOINT_STATES = ("labelled", "occluded", "confidence")


@dataclasses.dataclass(frozen=True, slots=True)
class Mirror:
    """Exchanges left and right of input, labels, crop and target.

    Give both views of a pair the same seed, so that both or neither are mirrored.
    X' = S P X with S = diag(-1, 1, 1) and P the left-right permutation.

    Attributes:
        size: Heat maps' height and width.
        keypoint_permutation: Index of each keypoint's counterpart (input skeleton).
        joint_permutation: Index of each joint's counterpart (output skeleton).
    """

    size: tuple[int, int]
    keypoint_permutation: tuple[int, ...]
    joint_permutation: tuple[int, ...]

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        del seed  # Nothing is drawn.
        changed = dict(example)
        for key in (*_PER_KEYPOINT, *_KEYPOINT_STATES):
            if key in example:
                changed[key] = tf.gather(
                    example[key], self.keypoint_permutation, axis=1
                )
        last = self.size[1] - 1.0
        flip = tf.constant([-1.0, 1.0])
        changed["keypoints"] = changed["keypoints"] * flip + [last, 0.0]
        changed["keypoint_labels"] = changed["keypoint_labels"] * flip + [1.0, 0.0]
        if "peaks" in example:
            flip = tf.constant([-1.0, 1.0, 1.0, 1.0])
            changed["peaks"] = changed["peaks"] * flip + [last, 0.0, 0.0, 0.0]
        else:
            maps = tf.reverse(example["heatmaps"], axis=[2])
            sources = tf.constant([self.keypoint_permutation])
            changed["heatmaps"] = map_warp.permute(maps, sources)
        poses = tf.gather(example["pose"], self.joint_permutation, axis=1)
        valid = tf.gather(example["pose_valid"], self.joint_permutation, axis=1)
        x, y, crop_size, roll = tf.unstack(example["crop"], axis=-1)
        mirrored_x = 2 * example["center"][0] - x
        side = tf.constant([-1.0, 1.0, 1.0])
        return {
            **changed,
            "pose": poses * side,
            "pose_valid": valid,
            "crop": tf.stack([mirrored_x, y, crop_size, -roll], axis=-1),
            "crop_rotation": example["crop_rotation"] * side * side[:, tf.newaxis],
            "frame_change": example["frame_change"] * side[:, tf.newaxis],
        }


@dataclasses.dataclass(frozen=True, slots=True)
class CropJitter:
    """Takes another crop: moved and resized, the same for all frames.

    The camera stays, so the pose does; the crop's rotation follows its new center.

    Attributes:
        size: Heat maps' height and width.
        max_shift: Largest shift along each axis of the crop, as a share of it.
        max_scale: Largest relative change of its size: sizes from 1 / (1 + s) to
            1 + s times the old, uniform in the logarithm.
    """

    size: tuple[int, int]
    max_shift: float
    max_scale: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        draws = tf.random.stateless_uniform([3], seed, minval=-1.0, maxval=1.0)
        shift = self.max_shift * draws[:2]
        scale = tf.exp(draws[2] * math.log1p(self.max_scale))
        crop = example["crop"]
        # A fractional shift of the unit square, in px of the image.
        centers = crops.unit_to_image((shift + 0.5)[tf.newaxis], crop)[..., 0, :]
        crop = tf.concat([centers, crop[:, 2:3] * scale, crop[:, 3:]], axis=-1)
        changed = _move(
            example,
            tf.eye(2) / scale,
            -shift / scale,
            size=self.size,
            sigma_scale=1 / scale,
        )
        rotation = crops.crop_rotation(crop, example["focal"], example["center"])
        return {**changed, "crop": crop, "crop_rotation": rotation}


@dataclasses.dataclass(frozen=True, slots=True)
class Roll:
    """Rolls the camera: the crop turns about its center, the target with it.

    Attributes:
        size: Heat maps' height and width.
        max_angle: Largest angle in degrees, both ways; at most 45.
    """

    size: tuple[int, int]
    max_angle: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        limit = math.radians(self.max_angle)
        angle = tf.random.stateless_uniform([], seed, minval=-1.0, maxval=1.0) * limit
        Z = rotations.about_z(angle)
        turn = Z[:2, :2]
        changed = _move(
            example, turn, tf.zeros([2]), size=self.size, sigma_scale=tf.ones([])
        )
        return {
            **changed,
            "pose": _affine(example["pose"], Z, tf.zeros([3])),
            "crop": self._crop(example, turn),
            "crop_rotation": Z @ example["crop_rotation"] @ tf.transpose(Z),
            "frame_change": Z @ example["frame_change"],
        }

    def _crop(self, example: augmentation.Example, turn: tf.Tensor) -> tf.Tensor:
        """Returns the crops seen by the rolled camera.

        Their centers turn about the principal point; without intrinsics there is
        none, and they stay.
        """
        centers, rest = example["crop"][:, :2], example["crop"][:, 2:]
        focal, principal = example["focal"], example["center"]
        slope = tf.math.divide_no_nan(centers - principal, focal)
        turned = _affine(slope, turn, tf.zeros([2])) * focal + principal
        centers = tf.where(focal > 0, turned, centers)
        return tf.concat([centers, rest], axis=-1)


def _move(
    example: augmentation.Example,
    matrix: tf.Tensor,
    offset: tf.Tensor,
    *,
    size: tuple[int, int],
    sigma_scale: tf.Tensor,
) -> augmentation.Example:
    """Returns the window with all that lies in the crop moved.

    Unit coordinates u become `matrix (u - 0.5) + offset + 0.5`.

    Args:
        example: One window.
        matrix: `[2, 2]`.
        offset: Unit crop coordinates, `[2]`.
        size: Heat maps' height and width.
        sigma_scale: Change of the blobs' size, `[]`.
    """
    scale = tf.constant([size[1], size[0]], tf.float32)
    pixel_matrix = matrix * scale[:, tf.newaxis] / scale
    middle = (scale - 1) / 2  # the crop's center in heat-map px
    pixel_offset = middle + offset * scale - tf.linalg.matvec(pixel_matrix, middle)
    unit_offset = offset + 0.5 - 0.5 * tf.reduce_sum(matrix, axis=1)
    changed = {
        **example,
        "keypoints": _affine(example["keypoints"], pixel_matrix, pixel_offset),
        "keypoint_labels": _affine(example["keypoint_labels"], matrix, unit_offset),
    }
    if "peaks" in example:
        # x, y, sigma and height in one product.
        rest = tf.linalg.diag(tf.stack([sigma_scale, 1.0]))
        matrix = tf.pad(pixel_matrix, [[0, 2], [0, 2]]) + tf.pad(rest, [[2, 0], [2, 0]])
        offset = tf.pad(pixel_offset, [[0, 2]])
        return {**changed, "peaks": _affine(example["peaks"], matrix, offset)}
    inverse = tf.linalg.inv(pixel_matrix)
    back = -tf.linalg.matvec(inverse, pixel_offset)
    maps = map_warp.affine(example["heatmaps"], inverse, back)
    return {**changed, "heatmaps": maps}


def _affine(values: tf.Tensor, matrix: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """Returns `matrix v + offset` of vectors v `[..., n]`."""
    flat = tf.reshape(values, [-1, values.shape[-1]])
    return tf.reshape(tf.matmul(flat, matrix, transpose_b=True) + offset, values.shape)
