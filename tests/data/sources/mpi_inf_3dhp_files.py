"""Files as MPI-INF-3DHP has them, of made-up motion; written from the format alone.

World: mm, y up. Every writer returns the truth that it wrote.
"""

import h5py
import numpy as np
import scipy.io

from stpose_tf.geometry import skeletons
from stpose_tf.motion import generator

# The 28 joints in the files' order; those that the generator lacks lie in between two
# that it has.
PARTS = (
    ("spine", "thorax", 0.7),  # spine3
    ("spine", "thorax", 0.9),  # spine4
    ("spine", "thorax", 0.4),  # spine2
    ("spine", "spine", 0.0),
    ("hip", "hip", 0.0),  # pelvis
    ("thorax", "thorax", 0.0),  # neck
    ("nose", "nose", 0.0),  # head
    ("head", "head", 0.0),  # head_top
    ("thorax", "left_shoulder", 0.3),
    ("left_shoulder", "left_shoulder", 0.0),
    ("left_elbow", "left_elbow", 0.0),
    ("left_wrist", "left_wrist", 0.0),
    ("left_elbow", "left_wrist", 1.3),
    ("thorax", "right_shoulder", 0.3),
    ("right_shoulder", "right_shoulder", 0.0),
    ("right_elbow", "right_elbow", 0.0),
    ("right_wrist", "right_wrist", 0.0),
    ("right_elbow", "right_wrist", 1.3),
    ("left_hip", "left_hip", 0.0),
    ("left_knee", "left_knee", 0.0),
    ("left_ankle", "left_ankle", 0.0),
    ("left_knee", "left_ankle", 1.1),
    ("left_knee", "left_ankle", 1.2),
    ("right_hip", "right_hip", 0.0),
    ("right_knee", "right_knee", 0.0),
    ("right_ankle", "right_ankle", 0.0),
    ("right_knee", "right_ankle", 1.1),
    ("right_knee", "right_ankle", 1.2),
)
# Of the 28: the 17 that the test set has, in its order.
RELEVANT = [7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6]
FOCAL, CENTER = np.array([1497.693, 1497.103]), np.array([1024.704, 1051.394])
# How much smaller the standard body is than this one.
SCALE = 0.93


def motion(frames, *, seed=1, action="walk"):
    """Returns 28 joints of a walk, mm, y up, `[frames, 28, 3]`."""
    made = generator.generate(action, seconds=frames / 25, fps=25.0, seed=seed)
    names = skeletons.get("h36m17").joints
    joints = made.joints_world.astype(np.float64)[:frames]
    joints -= joints.mean(axis=(0, 1)) * [1, 1, 0]
    rows = []
    for first, second, share in PARTS:
        near, far = joints[:, names.index(first)], joints[:, names.index(second)]
        rows.append(near + share * (far - near))
    x, y, z = np.moveaxis(np.stack(rows, axis=1), -1, 0)
    return np.stack([y, z, x], axis=-1)


def camera(number, count=14):
    """Returns rotation and translation, world to camera, of one camera of a ring."""
    angle = 2 * np.pi * number / count
    height = 1500.0 if number % 5 else 2600.0
    place = np.array([4000 * np.cos(angle), height, 4000 * np.sin(angle)])
    forward = np.array([0, 900.0, 0]) - place
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return rotation, -rotation @ place


def project(points):
    return points[..., :2] / points[..., 2:] * FOCAL + CENTER


def calibration_text(cameras):
    lines = ["Skeleton Calibration"]
    for number, (rotation, translation) in enumerate(cameras):
        inner, outer = np.eye(4), np.eye(4)
        inner[[0, 1], [0, 1]], inner[:2, 2] = FOCAL, CENTER
        outer[:3, :3], outer[:3, 3] = rotation, translation
        lines += [
            f"name          {number}",
            "  sensor      10 10",
            "  size        2048 2048",
            "  animated    0",
            "  intrinsic   " + " ".join(f"{v:.7g}" for v in inner.ravel()),
            "  extrinsic   " + " ".join(f"{v:.7g}" for v in outer.ravel()),
            "  radial      0",
        ]
    return "\n".join(lines) + " \n"


def cells(arrays):
    """Returns a column of cells."""
    column = np.empty((len(arrays), 1), object)
    for row, array in enumerate(arrays):
        column[row, 0] = array
    return column


def train_arrays(world, *, cameras=None):
    cameras = cameras or [camera(number) for number in range(14)]
    seen = [world @ rotation.T + translation for rotation, translation in cameras]
    frames = len(world)
    return {
        "annot2": cells([project(points).reshape(frames, 56) for points in seen]),
        "annot3": cells([points.reshape(frames, 84) for points in seen]),
        "univ_annot3": cells([SCALE * points.reshape(frames, 84) for points in seen]),
        "cameras": np.arange(14, dtype=np.uint8)[None],
        "frames": np.arange(frames, dtype=np.int32)[:, None],
    }


def write_train(root, subject="S1", sequence="Seq1", *, frames=40, compress=True):
    """Writes a training sequence; returns its folder and the world's 28 joints."""
    folder = root / subject / sequence
    folder.mkdir(parents=True)
    world = motion(frames, seed=int(subject[1:]))
    scipy.io.savemat(folder / "annot.mat", train_arrays(world), do_compression=compress)
    cameras = [camera(number) for number in range(14)]
    (folder / "camera.calibration").write_text(calibration_text(cameras))
    return folder, world


def held_out_arrays(frames, *, invalid=(), seed=7):
    """Returns the arrays of a test sequence, of a level camera and 17 joints."""
    place = np.array([300.0, 1200.0, 4200.0])
    rotation = np.diag([1.0, -1.0, -1.0])
    joints = motion(frames, seed=seed)[:, RELEVANT]
    points = joints @ rotation.T - rotation @ place
    marks = np.ones((frames, 1))
    marks[list(invalid)] = 0
    pixels = project(points)
    points[list(invalid)] = np.nan
    return {
        "annot2": pixels[:, None],
        "annot3": points[:, None],
        "univ_annot3": SCALE * points[:, None],
        "valid_frame": marks,
        "activity_annotation": np.full((frames, 1), 2.0),
        "bb_crop": np.zeros((frames, 34)),
    }


def write_held_out(root, name="TS1", *, frames=30, arrays=None, invalid=()):
    """Writes a test sequence as MATLAB 7.3 does; returns its folder and arrays."""
    arrays = arrays or held_out_arrays(frames, invalid=invalid)
    folder = root / "mpi_inf_3dhp_test_set" / name
    folder.mkdir(parents=True)
    path = folder / "annot_data.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, array in arrays.items():
            file.create_dataset(key, data=array)
    text = (
        "MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: a day HDF5 schema 1.00 ."
    )
    with path.open("r+b") as file:
        file.write(text.ljust(116).encode() + bytes(8) + b"\x00\x02IM")
    return folder, arrays


def packed_train(world, *, names=("0", "2", "5", "8"), fps=25):
    """Returns an entry of `data_train_3dhp.npz`."""
    cameras = {}
    for name in names:
        rotation, translation = camera(int(name))
        points = (world @ rotation.T + translation)[:, RELEVANT]
        cameras[name] = {"data_2d": project(points), "data_3d": SCALE * points}
    return [cameras, fps]


def write_packed(path, content):
    np.savez_compressed(path, data=content)
    return path
