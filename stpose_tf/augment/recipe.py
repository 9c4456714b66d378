"""The augmentations of a training run, in order, from its settings."""

import dataclasses

from stpose_tf import errors
from stpose_tf.augment import (
    augmentation,
    detector,
    heatmap_noise,
    keypoint_shift,
    limbs,
    occlusion,
    symmetric_swap,
    view_change,
)
from stpose_tf.config import data_config
from stpose_tf.geometry import skeletons

_LARGEST_ROLL = 45.0


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    """What is done to the windows of a pair.

    Attributes:
        shared: Called with one seed for both views: mirroring.
        own: Called with each view's own seed: everything else.
    """

    shared: augmentation.Chain
    own: augmentation.Chain


def build(
    config: data_config.AugmentConfig,
    *,
    input_skeleton: skeletons.Skeleton,
    output_skeleton: skeletons.Skeleton,
    heatmap_size: tuple[int, int],
    detector_config: data_config.DetectorConfig | None = None,
) -> Recipe:
    """Returns the recipe of the given rates.

    Geometry comes first, then what the detector does, then wrong detections and
    noise, and occlusion last, so that what is hidden is exactly zero.

    Args:
        config: Rates and sizes; what has rate 0 is left out.
        input_skeleton: Order of the keypoints.
        output_skeleton: Order of the joints.
        heatmap_size: Height and width.
        detector_config: Noise of the 2D network for rendered maps; None for none.

    Raises:
        InputError: If a setting cannot be.
    """
    if not 0 <= config.roll_angle <= _LARGEST_ROLL:
        raise errors.InputError(
            f"augment.roll_angle must be 0 to {_LARGEST_ROLL:g} degrees. "
            f"Received: {config.roll_angle}"
        )
    size = (int(heatmap_size[0]), int(heatmap_size[1]))
    keypoint_permutation = permutation(input_skeleton)
    mirror = view_change.Mirror(
        size, keypoint_permutation, permutation(output_skeleton)
    )
    own = (
        *_views(config, size),
        *_detector(detector_config, input_skeleton, size),
        *_wrong_detections(config, keypoint_permutation, size),
        *_occlusions(config, input_skeleton, size),
    )
    return Recipe(
        shared=augmentation.Chain(_gated((config.mirror, mirror))),
        own=augmentation.Chain(own),
    )


def detector_noise(
    config: data_config.DetectorConfig,
    *,
    input_skeleton: skeletons.Skeleton,
    heatmap_size: tuple[int, int],
) -> detector.DetectorNoise:
    """Returns the detector's noise of the given settings."""
    return detector.DetectorNoise(
        size=(int(heatmap_size[0]), int(heatmap_size[1])),
        mirror_permutation=permutation(input_skeleton),
        jitter=config.jitter,
        correlation=config.correlation,
        outlier_rate=config.outlier_rate,
        outlier=config.outlier,
        height=(config.height[0], config.height[1]),
        sigma=(config.sigma[0], config.sigma[1]),
        tail=config.tail,
        second_peak_rate=config.second_peak_rate,
    )


def permutation(skeleton: skeletons.Skeleton) -> tuple[int, ...]:
    """Returns the index of each joint's counterpart on the other side."""
    return tuple(int(index) for index in skeleton.mirror_permutation)


def _gated(
    *choices: tuple[float, augmentation.Augmentation],
) -> tuple[augmentation.Augmentation, ...]:
    """Returns each op with its probability, without those that never happen."""
    return tuple(
        augmentation.Sometimes(probability, op)
        for probability, op in choices
        if probability > 0
    )


def _views(
    config: data_config.AugmentConfig, size: tuple[int, int]
) -> tuple[augmentation.Augmentation, ...]:
    """Returns changes of the crop, then of the camera."""
    jitter = view_change.CropJitter(size, config.crop_shift, config.crop_scale)
    return _gated(
        (config.crop_jitter, jitter),
        (config.roll, view_change.Roll(size, config.roll_angle)),
    )


def _detector(
    config: data_config.DetectorConfig | None,
    skeleton: skeletons.Skeleton,
    size: tuple[int, int],
) -> tuple[augmentation.Augmentation, ...]:
    """Returns the detector's noise if it is enabled."""
    if config is None or not config.enabled:
        return ()
    return (detector_noise(config, input_skeleton=skeleton, heatmap_size=size),)


def _wrong_detections(
    config: data_config.AugmentConfig, mirror: tuple[int, ...], size: tuple[int, int]
) -> tuple[augmentation.Augmentation, ...]:
    """Returns swaps, shifts and noise of the heat maps."""
    noise = augmentation.Chain(
        (
            heatmap_noise.Blur(config.blur),
            heatmap_noise.Amplitude(config.amplitude),
            heatmap_noise.Blobs(size, config.additive),
        )
    )
    second = heatmap_noise.SecondPeaks(size, config.second_peak_rate, mirror)
    return _gated(
        (config.swap, symmetric_swap.SymmetricSwap(config.swap_rate, mirror)),
        (
            config.shift,
            keypoint_shift.KeypointShift(size, config.shift_rate, config.shift_size),
        ),
        (config.second_peak, second),
        (config.noise, noise),
    )


def _occlusions(
    config: data_config.AugmentConfig,
    skeleton: skeletons.Skeleton,
    size: tuple[int, int],
) -> tuple[augmentation.Augmentation, ...]:
    """Returns frame-wise, point-wise and area occlusion."""
    run = occlusion.RunOcclusion(config.run_length, config.run_at_end)
    limb_groups = limbs.of(skeleton) if config.limb > 0 else ()
    sides = (config.area_size[0], config.area_size[1])
    return _gated(
        (config.frames, occlusion.FrameOcclusion(config.frame_rate)),
        (config.run, run),
        (config.points, occlusion.PointOcclusion(config.point_rate)),
        (config.limb, occlusion.LimbOcclusion(limb_groups, config.run_length)),
        (config.joint, occlusion.JointOcclusion(config.joint_rate)),
        (config.area, occlusion.AreaOcclusion(size, sides)),
    )
