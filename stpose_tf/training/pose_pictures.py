"""Small pictures of poses, drawn without any drawing library."""

import numpy as np

from stpose_tf.geometry import skeletons

_REACH = 1100.0  # mm from the root to the picture's edge
_POINTS = 60  # drawn on each bone
_LEFT, _OTHER = (230, 90, 60), (50, 90, 200)


def compare(
    predictions: np.ndarray, truths: np.ndarray, *, skeleton_name: str, size: int = 128
) -> np.ndarray:
    """Returns predictions above truths as the camera sees them.

    Args:
        predictions: Root-relative poses in mm, x right and y down,
            `[frames, joints, 3]`.
        truths: The true ones, `[frames, joints, 3]`.
        skeleton_name: Name of the joints' skeleton.
        size: Height and width of one pose in px.

    Returns:
        uint8 `[2 * size, frames * size, 3]`.
    """
    rows = [
        np.concatenate([_draw(pose, skeleton_name, size) for pose in poses], axis=1)
        for poses in (predictions, truths)
    ]
    return np.concatenate(rows, axis=0)


def _draw(pose: np.ndarray, skeleton_name: str, size: int) -> np.ndarray:
    """Returns one pose on white, uint8 `[size, size, 3]`; left limbs are red."""
    skeleton = skeletons.get(skeleton_name)
    picture = np.full((size, size, 3), 255, np.uint8)
    steps = np.linspace(0.0, 1.0, _POINTS)[:, np.newaxis]
    for parent, child in skeleton.bones:
        points = pose[parent, :2] * (1 - steps) + pose[child, :2] * steps
        places = ((points / _REACH + 1.0) * size / 2).astype(int)
        inside = places[((places >= 0) & (places < size)).all(axis=1)]
        color = _LEFT if skeleton.joints[child].startswith("left_") else _OTHER
        picture[inside[:, 1], inside[:, 0]] = color
    return picture
