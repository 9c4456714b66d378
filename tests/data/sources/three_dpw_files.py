"""Files as 3DPW has them, of made-up motion; written from the format alone.

The world is y up, in metres. `write` returns the truth that it wrote.
"""

import io
import pickle
import struct
from typing import ClassVar

import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

# SMPL's 24 joints as points between two of the generator's.
PARTS = (
    ("hip", "spine", 0.2),
    ("left_hip", "left_hip", 0),
    ("right_hip", "right_hip", 0),
    ("hip", "spine", 0.6),
    ("left_knee", "left_knee", 0),
    ("right_knee", "right_knee", 0),
    ("spine", "thorax", 0.1),
    ("left_ankle", "left_ankle", 0),
    ("right_ankle", "right_ankle", 0),
    ("spine", "thorax", 0.3),
    ("left_knee", "left_ankle", 1.1),
    ("right_knee", "right_ankle", 1.1),
    ("thorax", "thorax", 0),
    ("thorax", "left_shoulder", 0.4),
    ("thorax", "right_shoulder", 0.4),
    ("nose", "head", 0.2),
    ("left_shoulder", "left_shoulder", 0),
    ("right_shoulder", "right_shoulder", 0),
    ("left_elbow", "left_elbow", 0),
    ("right_elbow", "right_elbow", 0),
    ("left_wrist", "left_wrist", 0),
    ("right_wrist", "right_wrist", 0),
    ("left_elbow", "left_wrist", 1.2),
    ("right_elbow", "right_wrist", 1.2),
)
# OpenPose's order of 18, in the words of COCO; the neck is between the shoulders.
OPENPOSE = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist", "right_hip", "right_knee"),
    *("right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye"),
    *("right_ear", "left_ear"),
)
INNER = np.array([[1961.1, 0, 540.0], [0, 1969.2, 960.0], [0, 0, 1]])


def y_up(points):
    """Returns z-up mm as y-up metres."""
    x, y, z = np.moveaxis(np.asarray(points, np.float64) / 1000, -1, 0)
    return np.stack([y, z, x], axis=-1)


def people(frames, count):
    """Returns SMPL's joints and OpenPose's points in metres for each person."""
    names, coco = (skeletons.get(name).joints for name in ("h36m17", "coco17"))
    found = []
    for person in range(count):
        made = generator.generate(
            ("walk", "wave")[person], seconds=frames / 30, fps=30.0, seed=5 + person
        )
        body, face = made.joints_world[:frames], made.keypoints_world[:frames]
        middle = body.mean(axis=(0, 1)) * [1, 1, 0] - [0, 900.0 * person, 0]
        rows = [
            body[:, names.index(a)]
            + share * (body[:, names.index(b)] - body[:, names.index(a)])
            for a, b, share in PARTS
        ]
        points = {name: face[:, row] for row, name in enumerate(coco)}
        points["neck"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
        seen = np.stack([points[name] for name in OPENPOSE], axis=1)
        found.append((y_up(np.stack(rows, axis=1) - middle), y_up(seen - middle)))
    return found


def camera_path(frames):
    """Returns world to camera of a shaking camera that walks along, `[N, 4, 4]`."""
    moves = np.tile(np.eye(4), (frames, 1, 1))
    for frame in range(frames):
        time = frame / 30
        place = np.array([3.5 + 0.3 * time, 1.6 + 0.03 * np.sin(6 * time), 0.2 * time])
        forward = np.array([0.02 * np.sin(4 * time), 0.9, 0.0]) - place
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0.02 * np.sin(5 * time), 1.0, 0.0])
        right /= np.linalg.norm(right)
        turn = np.stack([right, np.cross(forward, right), forward])
        moves[frame, :3, :3], moves[frame, :3, 3] = turn, -turn @ place
    return moves


def through(points, moves):
    """Returns world points in each frame's camera, metres."""
    return np.einsum("tij,tkj->tki", moves[:, :3, :3], points) + moves[:, None, :3, 3]


def content(*, frames=40, count=1, name="downtown_walk_00"):
    """Returns the fields of a file."""
    moves = camera_path(frames)
    bodies = people(frames, count)
    detected = []
    for _, seen in bodies:
        points = through(seen, moves)
        pixels = points[..., :2] / points[..., 2:] * INNER[[0, 1], [0, 1]]
        pixels += INNER[:2, 2]
        height = np.full((*pixels.shape[:2], 1), 0.8)
        height[:, OPENPOSE.index("left_ear")] = 0.0
        pixels[:, OPENPOSE.index("left_ear")] = 0.0
        both = np.concatenate([pixels, height], axis=-1)
        detected.append(np.ascontiguousarray(both.transpose(0, 2, 1)))
    return {
        "sequence": name,
        "poses": [np.zeros((frames, 72)) for _ in bodies],
        "betas": [np.zeros(10) for _ in bodies],
        "trans": [joints[:, 0].copy() for joints, _ in bodies],
        "jointPositions": [joints.reshape(frames, 72) for joints, _ in bodies],
        "poses2d": detected,
        "cam_poses": moves,
        "cam_intrinsics": INNER.copy(),
        "campose_valid": [np.ones(frames, np.int64) for _ in bodies],
        "img_frame_ids": 2 * np.arange(frames),
        "genders": ["m", "f"][:count],
        "texture_maps": [],
    }


class Python2Pickler(pickle._Pickler):
    """Writes text and bytes alike as Python 2 did: a string of bytes."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_string(self, value):
        data = value.encode("latin-1") if isinstance(value, str) else value
        self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string


def as_python_2(fields):
    """Returns a pickle with the strings and the names that Python 2 had."""
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(fields)
    return file.getvalue().replace(b"cnumpy._core.", b"cnumpy.core.")


def write(root, fields, split="test"):
    """Writes a file and returns its path."""
    folder = root / "sequenceFiles" / split
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{fields['sequence']}.pkl"
    path.write_bytes(as_python_2(fields))
    return path
