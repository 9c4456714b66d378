"""Motion as virtual cameras see it, and heat maps of what cameras saw."""

import dataclasses
import zlib
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from stpose_tf.augment import detector, peak_components
from stpose_tf.config import data_config
from stpose_tf.data import heatmap_codec, virtual_cameras
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.motion_clip import Motion
from stpose_tf.geometry import crops, heatmaps, skeletons

_JOINTS = "h36m17"
_KEYPOINTS = "coco17"
_RENDERED_AT_ONCE = 256  # frames; all of a long clip would take gigabytes


def shoot(
    motion: Motion,
    *,
    dataset: str,
    num_views: int,
    seed: int,
    heatmap_size: tuple[int, int] | None = None,
) -> Clip:
    """Returns a clip of the motion with clean keypoints of confidence 1.

    The same motion and seed give the same cameras, whatever else is shot.

    Args:
        motion: The motion.
        dataset: The clip's.
        num_views: Cameras, placed at random around the subject.
        seed: Any integer.
        heatmap_size: Height and width of heat maps to store, such as a detector would
            make; their peaks' heights are then the confidence. None stores none.
    """
    clip_seed = tf.constant([seed, zlib.crc32(motion.clip_id.encode())], tf.int64)
    return Clip(
        clip_id=motion.clip_id,
        dataset=dataset,
        subject=motion.subject,
        action=motion.action,
        fps=motion.fps,
        input_skeleton=_KEYPOINTS,
        output_skeleton=_JOINTS,
        pose_world=motion.joints_world,
        pose_valid=None,
        keypoints_world=motion.keypoints_world,
        views=tuple(
            _view(
                motion,
                tf.random.experimental.stateless_fold_in(clip_seed, number),
                heatmap_size,
            )
            for number in range(num_views)
        ),
    )


def with_heatmaps(clip: Clip, size: tuple[int, int]) -> Clip:
    """Returns a clip whose views have heat maps, drawn from their 2D if need be.

    A drawn map has one peak at the keypoint, as high as the confidence; a keypoint of
    confidence 0 has a map of zeros. No noise is added: the 2D has the detector's, or
    is meant to have none.

    Args:
        clip: Left as it is if its views have heat maps.
        size: Height and width of the maps.
    """
    if all(view.heatmaps is not None for view in clip.views):
        return clip
    return dataclasses.replace(
        clip,
        views=tuple(
            view
            if view.heatmaps is not None
            else dataclasses.replace(
                view, heatmaps=_encoded(drawn_peaks(view, size), size)
            )
            for view in clip.views
        ),
    )


def drawn_peaks(view: View, size: tuple[int, int]) -> np.ndarray:
    """Returns a view's keypoints as peaks of heat maps, as high as the confidence.

    Args:
        view: Its own heat maps do not matter.
        size: Height and width of the maps.

    Returns:
        What `heatmaps.render` takes, `[time, keypoints, 1, 4]`.
    """
    unit = crops.image_to_unit(
        tf.constant(view.keypoints, tf.float32), tf.constant(view.crop, tf.float32)
    )
    places = heatmaps.unit_to_heatmap(unit, size).numpy()
    confidence = view.confidence[..., np.newaxis].astype(np.float32)
    sigma = np.full_like(confidence, data_config.DataConfig().heatmap_sigma)
    return np.concatenate([places, sigma, confidence], axis=-1)[:, :, np.newaxis]


def _view(
    motion: Motion, seed: tf.Tensor, heatmap_size: tuple[int, int] | None
) -> View:
    shot = virtual_cameras.shoot(
        tf.constant(motion.joints_world),
        tf.constant(motion.keypoints_world),
        seed=seed,
        views=data_config.ViewConfig(),
    )
    keypoints, crop = np.asarray(shot["keypoints"]), np.asarray(shot["crop"])
    confidence = np.ones(keypoints.shape[:2], np.float32)
    stored = None
    if heatmap_size is not None:
        peaks, confidence = _peaks(keypoints, crop, seed, heatmap_size)
        stored = _encoded(peaks, heatmap_size)
    return View(
        keypoints=keypoints,
        confidence=confidence,
        labelled=np.ones(keypoints.shape[:2], bool),
        crop=crop,
        image_size=virtual_cameras.IMAGE_SIZE,
        camera=shot["camera"],
        heatmaps=stored,
    )


def _peaks(
    keypoints: np.ndarray, crop: np.ndarray, seed: tf.Tensor, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns what a detector makes of the keypoints, and its confidence."""
    unit = crops.image_to_unit(tf.constant(keypoints), tf.constant(crop))
    places = heatmaps.unit_to_heatmap(unit, size)
    settings = dataclasses.asdict(data_config.DetectorConfig())
    del settings["enabled"]
    skeleton = skeletons.get(_KEYPOINTS)
    noise = detector.DetectorNoise(
        size=size,
        mirror_permutation=tuple(skeleton.mirror_permutation.tolist()),
        **settings,
    )
    sigma = data_config.DataConfig().heatmap_sigma
    example = {
        "peaks": peak_components.from_keypoints(places, sigma=sigma),
        "keypoints": places,
    }
    seen = noise(example, seed)
    return seen["peaks"].numpy(), seen["confidence"].numpy()


def _encoded(peaks: np.ndarray, size: tuple[int, int]) -> heatmap_codec.EncodedHeatmaps:
    ranges = np.stack([heatmap_codec.ranges(part) for part in _rendered(peaks, size)])
    both = np.stack([ranges[..., 0].min(axis=0), ranges[..., 1].max(axis=0)], axis=-1)
    return heatmap_codec.encode(_rendered(peaks, size), both)


def _rendered(peaks: np.ndarray, size: tuple[int, int]) -> Iterator[np.ndarray]:
    for start in range(0, len(peaks), _RENDERED_AT_ONCE):
        part = tf.constant(peaks[start : start + _RENDERED_AT_ONCE])
        yield heatmaps.render(part, size).numpy()
