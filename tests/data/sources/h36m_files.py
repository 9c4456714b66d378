"""Files in Human3.6M's formats, written from what is known of them, of known motion.

Nothing here is shared with the readers: cameras are applied as VideoPose3D states
them (quaternion from camera to world, lens numbers normalized by the image's width,
p2 before p1), joints are put into the official 32 by hand.
"""

import functools
import json
from pathlib import Path

import numpy as np

from stpose_tf.motion import generator

# First and second recording of each action, by subject, as VideoPose3D names them.
_SUBJECTS = ("S1", "S5", "S6", "S7", "S8", "S9", "S11")
_RECORDINGS = """
Directions 1/· 1/2 1/· 1/· 1/· 1/· 1/·
Discussion 1/· 2/3 1/· 1/· 1/· 1/2 1/2
Eating 2/· 1/· 1/2 1/· 1/· 1/· 1/·
Greeting 1/· 1/2 1/· 1/· 1/· 1/· 2/·
Phoning 1/· 1/· 1/· 2/· 1/· 1/· 3/2
Posing 1/· 1/· 2/· 1/· 1/· 1/· 1/·
Purchases 1/· 1/· 1/· 1/· 1/· 1/· 1/·
Sitting 1/2 1/· 1/2 1/· 1/· 1/· 1/·
SittingDown 2/· ·/1 1/· ·/1 ·/1 ·/1 ·/1
Smoking 1/· 1/· 1/· 1/· 1/· 1/· 2/·
Photo 1/· ·/2 ·/1 ·/1 1/· 1/· 1/·
Waiting 1/· 1/2 3/· 1/2 1/· 1/· 1/·
Walking 1/· 1/· 1/· 1/2 1/· 1/· 1/·
WalkDog 1/· 1/· 1/· 1/· 1/· 1/· 1/·
WalkTogether 1/· 1/· 1/· 1/· 1/2 1/· 1/·
"""
HALF_LENGTH = {("S9", name) for name in ("Greeting", "SittingDown 1", "Waiting 1")}
CAMERAS = ("54138969", "55011271", "58860488", "60457274")
SIZES = ((1000, 1002), (1000, 1000), (1000, 1000), (1000, 1002))
# Where the 17 that everybody uses are among the official 32 joints.
_OFFICIAL = {
    "hip": 0,
    "right_hip": 1,
    "right_knee": 2,
    "right_ankle": 3,
    "left_hip": 6,
    "left_knee": 7,
    "left_ankle": 8,
    "spine": 12,
    "thorax": 13,
    "nose": 14,
    "head": 15,
    "left_shoulder": 17,
    "left_elbow": 18,
    "left_wrist": 19,
    "right_shoulder": 25,
    "right_elbow": 26,
    "right_wrist": 27,
}
_MORE = {  # copies, and ends of feet and hands: from which joint, how far
    4: ("right_ankle", (0, 150, -60)),
    5: ("right_ankle", (0, 220, -60)),
    9: ("left_ankle", (0, 150, -60)),
    10: ("left_ankle", (0, 220, -60)),
    11: ("hip", (0, 0, 0)),
    16: ("thorax", (0, 0, 0)),
    24: ("thorax", (0, 0, 0)),
    **{joint: ("left_wrist", (40, joint, -70)) for joint in (20, 21, 22, 23)},
    **{joint: ("right_wrist", (-40, joint, -70)) for joint in (28, 29, 30, 31)},
}
ORDER = tuple(_OFFICIAL)
_MPII = (
    *("right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle"),
    *("hip", "thorax", "nose", "head", "right_wrist", "right_elbow", "right_shoulder"),
    *("left_shoulder", "left_elbow", "left_wrist"),
)
_NUMBERS = (
    Path(__file__).parents[3] / "stpose_tf/data/sources/human36m/h36m_cameras.json"
)


@functools.cache
def names(subject):
    """The 30 sequences of a subject, as the 3D archive has them; 29 of S11."""
    found = []
    for line in _RECORDINGS.strip().splitlines():
        action, *recordings = line.split()
        found += [
            action if suffix == "·" else f"{action} {suffix}"
            for suffix in recordings[_SUBJECTS.index(subject)].split("/")
        ]
    return tuple(n for n in found if (subject, n) != ("S11", "Directions"))


def everything():
    return {subject: names(subject) for subject in _SUBJECTS}


@functools.cache
def _walk():
    made = generator.generate("walk", seconds=3.0, fps=50.0, seed=5)
    joints = np.asarray(made.joints_world, np.float64)
    keypoints = np.asarray(made.keypoints_world, np.float64)
    middle = joints[:, 0].mean(axis=0) * [1, 1, 0]
    return joints - middle, keypoints - middle


def _turned(points, angle):
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)


def motion(subject, sequence, frames=24):
    """`h36m17` joints and `coco17` keypoints in mm, z up; another for each name."""
    number = sum(f"{subject}{sequence}".encode())
    joints, keypoints = _walk()
    start = number % (len(joints) - frames)
    part = slice(start, start + frames)
    angle = number / 7.0
    return _turned(joints[part], angle), _turned(keypoints[part], angle)


def official(joints):
    """The official 32 joints, `[time, 32, 3]`."""
    found = np.full((len(joints), 32, 3), np.nan)
    for place, name in enumerate(ORDER):
        found[:, _OFFICIAL[name]] = joints[:, place]
    for joint, (name, offset) in _MORE.items():
        found[:, joint] = joints[:, ORDER.index(name)] + offset
    assert np.isfinite(found).all()
    return found


def seen(points, subject, camera):
    """Where a camera sees points: px, by VideoPose3D's conventions."""
    numbers = json.loads(_NUMBERS.read_text())
    lens, place = numbers["cameras"][camera], numbers["subjects"][subject][camera]
    width, height = lens["size"]
    w, *vector = np.array(place["quaternion"])
    vector = -np.array(vector)  # the inverse: from world to camera
    away = points - np.array(place["position"])
    cross = np.cross(vector, away)
    there = away + 2 * (w * cross + np.cross(vector, cross))
    focal = np.array(lens["focal"]) / width * 2
    center = np.array(lens["center"]) / width * 2 - [1, height / width]
    swapped = np.array(lens["tangential"])[::-1]
    flat = np.clip(there[..., :2] / there[..., 2:], -1, 1)
    r2 = (flat**2).sum(-1, keepdims=True)
    powers = np.concatenate([r2, r2**2, r2**3], -1)
    radial = 1 + (np.array(lens["radial"]) * powers).sum(-1, keepdims=True)
    tangential = (swapped * flat).sum(-1, keepdims=True)
    normalized = focal * (flat * (radial + tangential) + swapped * r2) + center
    return (normalized + np.array([1, height / width])) * width / 2


def detections(subject, sequence, layout, *, frames, noise=0.0, extra=(0, 2, 5, 1)):
    """One array for each camera, some frames longer than the motion capture."""
    found = []
    for camera in range(4):
        count = frames + extra[camera]
        if (subject, sequence) in HALF_LENGTH and any(extra):
            count = 2 * frames + extra[camera]
        joints, keypoints = motion(subject, sequence, frames)
        points = keypoints if layout == "coco" else joints
        if layout == "mpii":
            points = points[:, [ORDER.index(name) for name in _MPII]]
        if layout == "h36m16":
            points = np.delete(points, 9, axis=1)
        pixels = seen(points, subject, camera)
        pixels = np.concatenate([pixels, np.repeat(pixels[-1:], count - frames, 0)])
        random = np.random.default_rng(camera + len(sequence))
        found.append((pixels + noise * random.normal(size=pixels.shape)).astype("f4"))
    return found


METADATA = {
    "gt": {"num_joints": 17, "keypoints_symmetry": None},
    "h36m": {"layout_name": "h36m", "num_joints": 17, "keypoints_symmetry": None},
    "coco": {
        "layout_name": "coco",
        "num_joints": 17,
        "keypoints_symmetry": [
            [1, 3, 5, 7, 9, 11, 13, 15],
            [2, 4, 6, 8, 10, 12, 14, 16],
        ],
    },
    "mpii": {
        "num_joints": 16,
        "keypoints_symmetry": [[3, 4, 5, 13, 14, 15], [0, 1, 2, 10, 11, 12]],
    },
    "h36m16": {
        "num_joints": 16,
        "keypoints_symmetry": [[4, 5, 6, 10, 11, 12], [1, 2, 3, 13, 14, 15]],
    },
}
for _name in ("gt", "h36m"):
    METADATA[_name]["keypoints_symmetry"] = [
        [4, 5, 6, 11, 12, 13],
        [1, 2, 3, 14, 15, 16],
    ]


def write_poses(folder, subjects, *, frames=24, **changes):
    """`data_3d_h36m.npz`; `changes` are `S1__Walking_1=array` in place of a pose."""
    poses = {
        subject: {
            name: (official(motion(subject, name, frames)[0]) / 1000).astype("f4")
            for name in sequences
        }
        for subject, sequences in subjects.items()
    }
    for name, value in changes.items():
        subject, sequence = name.split("__")
        poses[subject][sequence.replace("_", " ")] = value
    path = Path(folder) / "data_3d_h36m.npz"
    np.savez_compressed(path, positions_3d=poses)
    return path


def write_keypoints(
    folder,
    subjects,
    *,
    tag="gt",
    layout="gt",
    frames=24,
    metadata=None,
    change=lambda subject, name, views: views,
    **options,
):
    """`data_2d_h36m_<tag>.npz`."""
    found = {
        subject: {
            name: change(
                subject,
                name,
                detections(subject, name, layout, frames=frames, **options),
            )
            for name in sequences
        }
        for subject, sequences in subjects.items()
    }
    path = Path(folder) / f"data_2d_h36m_{tag}.npz"
    metadata = METADATA[layout] if metadata is None else metadata
    np.savez_compressed(path, positions_2d=found, metadata=metadata)
    return path


def write_cdf(path, values):
    """One record of the zVariable `Pose`, `[time, numbers]` float32."""
    import cdflib

    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    writer = cdflib.cdfwrite.CDF(str(path), cdf_spec={"Compressed": 0})
    spec = {
        "Variable": "Pose",
        "Data_Type": 44,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": list(values.shape),
        "Compress": 0,
    }
    writer.write_var(spec, var_data=np.asarray(values, "f4")[np.newaxis])
    writer.close()
    return path


def file_stem(subject, sequence):
    """Subject 1's files have two actions' longer names."""
    if subject == "S1":
        sequence = sequence.replace("Photo", "TakingPhoto")
        sequence = sequence.replace("WalkDog", "WalkingDog")
    return sequence


def write_tree(folder, subjects, *, frames=24, layout="official", keypoints=False):
    """The folders of the official archives, or of h36m-fetch."""
    for subject, sequences in subjects.items():
        for name in sequences:
            joints, _ = motion(subject, name, frames)
            stem = file_stem(subject, name)
            place = Path(folder) / subject / "MyPoseFeatures/D3_Positions"
            if layout == "h36m-fetch":
                place = Path(folder) / "extracted" / subject / "Poses_D3_Positions"
            write_cdf(place / f"{stem}.cdf", official(joints).reshape(frames, 96))
            for number, camera in enumerate(CAMERAS if keypoints else ()):
                pixels = seen(official(joints), subject, number).reshape(frames, 64)
                write_cdf(
                    place.with_name("D2_Positions") / f"{stem}.{camera}.cdf", pixels
                )
    return Path(folder)


def write_maps(folder, subjects, *, frames=24, size=32, underscore=False):
    """Heat maps of the 17 joints in a square around them, for each camera a file."""
    for subject, sequences in subjects.items():
        for name in sequences:
            for camera, pixels in enumerate(
                detections(subject, name, "h36m", frames=frames)
            ):
                low, high = pixels.min(axis=1), pixels.max(axis=1)
                half = 0.65 * (high - low).max(axis=1, keepdims=True)
                middle = (low + high) / 2
                boxes = np.concatenate([middle - half, middle + half], axis=1)
                places = (pixels - boxes[:, None, :2]) / (
                    2 * half[:, None]
                ) * size - 0.5
                grid = np.arange(size)
                x = np.exp(-((grid - places[..., :1]) ** 2) / (2 * 1.5**2))
                y = np.exp(-((grid - places[..., 1:]) ** 2) / (2 * 1.5**2))
                stem = file_stem(subject, name)
                stem = stem.replace(" ", "_") if underscore else stem
                path = Path(folder) / subject / f"{stem}.{CAMERAS[camera]}.npz"
                path.parent.mkdir(parents=True, exist_ok=True)
                np.savez_compressed(
                    path,
                    heatmaps=(y[..., :, None] * x[..., None, :]).astype("f4"),
                    layout="tkhw",
                    skeleton="h36m17",
                    boxes=boxes.astype("f4"),
                )
    return Path(folder)
