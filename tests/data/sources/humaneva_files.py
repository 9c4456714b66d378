"""Files in the format of VideoPose3D's HumanEva-I archives, of known motion.

Nothing here is shared with the readers. The cameras' places are the published ones;
the lenses are made up around the one that is known.
"""

import functools
from pathlib import Path

import numpy as np

from stpose_tf.motion import generator

SEQUENCES = {
    f"{split}/S{person}": tuple(
        f"{action} 1 chunk{chunk}"
        for action in ("Walking", "Jog", "ThrowCatch", "Gestures", "Box")
        # One that is damaged; a chunk without motion capture, counted all the same.
        for chunk in ((0, 2) if action == "Jog" else (0,))
        if (person, action) != (3, "ThrowCatch")
    )
    for split in ("Train", "Validate")
    for person in (1, 2, 3)
}
_QUATERNIONS = {  # w, x, y, z from camera to world
    1: (
        (0.424207, -0.4983646, -0.5802981, 0.4847012),
        (0.6503354, -0.7481602, -0.0919284, 0.0941766),
        (0.0664734, -0.0690535, 0.7416416, -0.6639132),
    ),
    2: (
        (0.4214752, -0.4961493, -0.5838273, 0.4851187),
        (0.6501393, -0.7476588, -0.0954617, 0.0959808),
        (0.0699353, -0.0712403, 0.7421637, -0.662742),
    ),
}
_CENTERS = {
    1: (
        (4062.227, 663.2477, 1528.397),
        (844.8131, -3805.2092, 1504.9929),
        (-797.67377, 3916.3174, 1433.6602),
    ),
    2: (
        (4112.9121, 626.4929, 1545.2988),
        (923.5740, -3877.9243, 1504.5518),
        (-781.4915, 3838.8853, 1444.9929),
    ),
}
# fx, fy, cx, cy, k1, k2, p1, p2; the first is C1's.
LENSES = (
    (765.789, 765.330, 299.774, 232.347, -0.289415, 0.105962, -0.001358, 0.001130),
    (750.0, 748.0, 310.0, 240.0, -0.25, 0.15, 0.001, -0.0005),
    (770.0, 771.0, 330.0, 245.0, -0.28, 0.12, 0.0, 0.002),
)
_H36M = (
    *("hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee"),
    *("left_ankle", "spine", "thorax", "nose", "head", "left_shoulder", "left_elbow"),
    *("left_wrist", "right_shoulder", "right_elbow", "right_wrist"),
)
JOINTS = (
    *("hip", "thorax", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder"),
    *("right_elbow", "right_wrist", "left_hip", "left_knee", "left_ankle"),
    *("right_hip", "right_knee", "right_ankle", "head"),
)
METADATA = {
    "humaneva15": {
        "layout_name": "humaneva15",
        "num_joints": 15,
        "keypoints_symmetry": [[2, 3, 4, 8, 9, 10], [5, 6, 7, 11, 12, 13]],
    },
    "coco": {
        "layout_name": "coco",
        "num_joints": 17,
        "keypoints_symmetry": [
            [1, 3, 5, 7, 9, 11, 13, 15],
            [2, 4, 6, 8, 10, 12, 14, 16],
        ],
    },
}


@functools.cache
def _motions():
    found = []
    for action, seed in (("walk", 3), ("reach", 4), ("jump", 5)):
        made = generator.generate(action, seconds=4.0, fps=60.0, seed=seed)
        joints = np.asarray(made.joints_world, np.float64)
        faces = np.asarray(made.keypoints_world, np.float64)
        middle = joints[:, 0].mean(axis=0) * [1, 1, 0]
        found.append((joints - middle, faces - middle))
    return found


def motion(subject, sequence, frames=40):
    """15 joints and 17 COCO keypoints in mm, z up; another for each name."""
    number = sum(f"{subject}{sequence}".encode())
    points = _motions()[number % 3]
    start = number % (len(points[0]) - frames)
    cosine, sine = np.cos(number / 5), np.sin(number / 5)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    place = [400 * np.sin(number), 400 * np.cos(3 * number), 0]
    joints, faces = (part[start : start + frames] @ turn.T + place for part in points)
    return joints[:, [_H36M.index(name) for name in JOINTS]], faces


def seen(points, subject, camera):
    """Where a camera sees points, px; the lens is OpenCV's."""
    person = 2 if subject.endswith("2") else 1
    w, *vector = _QUATERNIONS[person][camera]
    vector = -np.array(vector)
    away = points - np.array(_CENTERS[person][camera])
    cross = np.cross(vector, away)
    there = away + 2 * (w * cross + np.cross(vector, cross))
    fx, fy, cx, cy, k1, k2, p1, p2 = LENSES[camera]
    x, y = there[..., 0] / there[..., 2], there[..., 1] / there[..., 2]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([fx * u + cx, fy * v + cy], axis=-1)


def write_poses(folder, sequences=None, *, frames=40, **changes):
    """`data_3d_humaneva15.npz`; changes are `Train_S1__Jog_1_chunk0=array`."""
    poses = {
        subject: {
            name: (motion(subject, name, frames)[0] / 1000).astype("f4")
            for name in names
        }
        for subject, names in (sequences or SEQUENCES).items()
    }
    for key, value in changes.items():
        subject, name = key.split("__")
        poses[subject.replace("_", "/")][name.replace("_", " ")] = value
    path = Path(folder) / "data_3d_humaneva15.npz"
    np.savez_compressed(path, positions_3d=poses)
    return path


def write_keypoints(
    folder,
    sequences=None,
    *,
    tag="gt",
    layout="humaneva15",
    frames=40,
    noise=0.0,
    change=lambda subject, name, views: views,
):
    """`data_2d_humaneva15_<tag>.npz`; a detector's has unlabelled sequences too."""
    found = {}
    for subject, names in (sequences or SEQUENCES).items():
        found[subject] = {}
        for name in names:
            points = motion(subject, name, frames)[layout == "coco"]
            random = np.random.default_rng(len(name))
            views = [seen(points, subject, camera) for camera in range(3)]
            views = [
                (view + noise * random.normal(size=view.shape)).astype("f4")
                for view in views
            ]
            found[subject][name] = change(subject, name, views)
    if layout == "coco":
        found["Unlabeled/S4"] = {"Box 2": [np.zeros((9, 17, 2), "f4")] * 3}
    path = Path(folder) / f"data_2d_humaneva15_{tag}.npz"
    np.savez_compressed(path, positions_2d=found, metadata=METADATA[layout])
    return path
