"""A window of one view as the tensors that augmentation and training work on."""

import tensorflow as tf

from stpose_tf.augment import augmentation, peak_components, window_tensors
from stpose_tf.geometry import cameras, crops, heatmaps, skeletons


def window_example(
    view: dict[str, tf.Tensor],
    motion: dict[str, tf.Tensor],
    *,
    camera: cameras.Camera,
    output_skeleton: str,
    heatmap_size: tuple[int, int],
    sigma: float,
) -> augmentation.Example:
    """Returns a window before augmentation.

    Args:
        view: `keypoints` in px, `[time, keypoints, 2]`, `confidence` and `labelled`
            `[time, keypoints]`, `crop` `[time, 4]`; with recorded heat maps also
            `heatmaps` `[time, height, width, keypoints]`, else they are rendered:
            one Gaussian for each keypoint, as high as its confidence.
        motion: `pose_world` in mm, `[time, joints, 3]`, and `pose_valid`.
        camera: The view's camera; one of focal length 0 is unknown, and leaves the
            window without 3D truth.
        output_skeleton: Name of the pose's skeleton.
        heatmap_size: Height and width.
        sigma: Standard deviation of a rendered Gaussian in heat-map px.

    Returns:
        The window of `augmentation.Example`.
    """
    crop, confidence = view["crop"], view["confidence"]
    unit = crops.image_to_unit(view["keypoints"], crop)
    on_map = heatmaps.unit_to_heatmap(unit, heatmap_size)
    if "heatmaps" in view:
        maps = {"heatmaps": view["heatmaps"]}
    else:
        peaks = peak_components.from_keypoints(on_map, sigma=sigma)
        maps = {"peaks": peak_components.scale_heights(peaks, confidence)}
    root = skeletons.get(output_skeleton).root_index
    known = tf.reduce_all(camera.focal > 0.0)
    valid = motion["pose_valid"] & motion["pose_valid"][:, root : root + 1] & known
    world = motion["pose_world"]
    pose = tf.einsum("cw,tjw->tjc", camera.rotation, world - world[:, root : root + 1])
    return {
        **maps,
        "keypoints": on_map,
        "keypoint_labels": unit,
        "labelled": view["labelled"],
        "occluded": tf.zeros_like(view["labelled"]),
        "confidence": confidence,
        "pose": tf.where(valid[..., tf.newaxis], pose, 0.0),
        "pose_valid": valid,
        "crop": crop,
        "crop_rotation": crops.crop_rotation(crop, camera.focal, camera.center),
        "focal": camera.focal,
        "center": camera.center,
        "frame_change": tf.eye(3),
    }


def without_frames_outside(
    example: augmentation.Example, inside: tf.Tensor
) -> augmentation.Example:
    """Returns a window whose frames outside the clip show and teach nothing.

    Args:
        example: A window.
        inside: Which of its frames are in the clip, bool `[time]`.
    """
    inside = inside[:, tf.newaxis]
    emptied = window_tensors.scale_maps(example, tf.cast(inside, tf.float32))
    return {
        **emptied,
        **{
            key: emptied[key] & inside for key in ("pose_valid", "labelled", "occluded")
        },
    }


def target(example: augmentation.Example) -> dict[str, tf.Tensor]:
    """Returns what a network is given and compared with, masks as float32.

    Args:
        example: A window after augmentation.

    Returns:
        `peaks` or `heatmaps`, `pose`, `pose_valid`, `crop_rotation`,
        `keypoint_labels`, `labelled` and `occluded` with the window's shapes, and
        `only_2d` `[]`.
    """
    maps = "peaks" if "peaks" in example else "heatmaps"
    only_2d = tf.logical_not(tf.reduce_any(example["pose_valid"]))
    return {
        **{
            key: example[key]
            for key in (maps, "pose", "crop_rotation", "keypoint_labels")
        },
        **{
            key: tf.cast(example[key], tf.float32)
            for key in ("pose_valid", "labelled", "occluded")
        },
        "only_2d": tf.cast(only_2d, tf.float32),
    }


def render(batch: dict[str, tf.Tensor], size: tuple[int, int]) -> dict[str, tf.Tensor]:
    """Returns a batch with `heatmaps` in the place of `peaks`, where it has those."""
    if "peaks" not in batch:
        return batch
    rest = {key: value for key, value in batch.items() if key != "peaks"}
    return {"heatmaps": heatmaps.render(batch["peaks"], size), **rest}
