"""Files as Penn Action has them; written from the format alone."""

import numpy as np
import scipy.io

from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

JOINTS = (
    "head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
    "left_hip right_hip left_knee right_knee left_ankle right_ankle"
)


def pixels(frames, *, seed=3):
    """Returns a person who faces the camera, from 1, `[frames, 13, 2]`."""
    made = generator.generate("wave", seconds=frames / 30, fps=30.0, seed=seed)
    joints = made.joints_world[:frames].astype(np.float64)
    names = skeletons.get("h36m17").joints
    rows = [joints[:, names.index(name)] for name in JOINTS.split()]
    points = np.stack(rows, axis=1) - joints.mean(axis=(0, 1))
    left = points[:, 1] - points[:, 2]
    angle = np.arctan2(left[:, 1].mean(), left[:, 0].mean())
    across = np.array([np.cos(angle), np.sin(angle), 0])
    x, y = points @ across, -points[..., 2]
    return np.stack([240 + 0.12 * x, 136 + 0.12 * y], axis=-1)


def fields(frames=46, *, train=1, hidden=()):
    """Returns the variables of a file; hidden are (frame, joint) pairs."""
    places = pixels(frames)
    visible = np.ones((frames, 13), bool)
    for frame, joint in hidden:
        visible[frame, joint] = False
        places[frame, joint] = 1.0
    return {
        "action": "tennis_serve",
        "pose": "back",
        "x": places[..., 0].copy(),
        "y": places[..., 1].copy(),
        "visibility": visible,
        "train": np.array([[train]], np.int16),
        "bbox": np.tile([10.0, 10, 100, 200], (frames - 1, 1)),
        "dimensions": np.array([[272.0, 481.0, frames]]),
        "nframes": np.array([[float(frames)]]),
    }


def write(root, name, content):
    folder = root / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.mat"
    scipy.io.savemat(path, content)
    return path
