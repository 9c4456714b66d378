"""Small filmed data sets, and detections in the place of their own 2D.

`BUILDERS` write a data set and return where it is and how its files of detections are
called, the first clip's views in order.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stpose_tf.data.source_registry import SOURCES

FOLDER = Path(__file__).parent
SHIFT = np.array([3.0, -2.0])  # px, of the detections from the data set's own 2D


def load(name):
    return SimpleNamespace(**runpy.run_path(str(FOLDER / f"{name}.py")))


def h36m_npz(folder):
    load("h36m_files").write_poses(folder, {"S1": ["WalkDog 1"]})
    names = [f"S1/WalkingDog_1.{c}" for c in (54138969, 55011271, 58860488, 60457274)]
    return folder, names


def h36m_cdf(folder):
    pytest.importorskip("cdflib")
    load("h36m_files").write_tree(folder, {"S9": ["Walking"]})
    return folder, [f"S9/Walking.{c}" for c in (54138969, 55011271, 58860488, 60457274)]


def humaneva_npz(folder):
    files = load("humaneva_files")
    sequences = {"Train/S1": ["Walking 1 chunk0"]}
    files.write_poses(folder, sequences)
    files.write_keypoints(folder, sequences)
    cameras = ("C1", "C2", "C3")
    return folder, [f"Train/S1/Walking 1 chunk0.{camera}" for camera in cameras]


def mpi_inf_3dhp(folder):
    load("mpi_inf_3dhp_files").write_train(folder)
    return folder, [f"S1_Seq1.video_{number}" for number in (0, 1, 2, 4, 5, 6, 7, 8)]


def mpi_held_out(folder):
    load("mpi_inf_3dhp_files").write_held_out(folder)
    return folder, ["TS1"]


def mpi_inf_3dhp_npz(folder):
    files = load("mpi_inf_3dhp_files")
    content = {"S1 Seq1": files.packed_train(files.motion(30))}
    path = files.write_packed(folder / "data_train_3dhp.npz", content)
    return path, [f"S1_Seq1.video_{number}" for number in (0, 2, 5, 8)]


def three_dpw(folder):
    files = load("three_dpw_files")
    files.write(folder, files.content(count=1))
    return folder, ["downtown_walk_00_0"]


def penn_action(folder):
    files = load("penn_action_files")
    files.write(folder, "0001", files.fields())
    return folder, ["0001"]


BUILDERS = {
    "h36m_npz": h36m_npz,
    "h36m_cdf": h36m_cdf,
    "humaneva_npz": humaneva_npz,
    "mpi_inf_3dhp": mpi_inf_3dhp,
    "mpi_inf_3dhp (test)": mpi_held_out,
    "mpi_inf_3dhp_npz": mpi_inf_3dhp_npz,
    "3dpw": three_dpw,
    "penn_action": penn_action,
}


def source(name):
    return SOURCES[name.removesuffix(" (test)")]


def first(name, path, **options):
    return next(source(name).find()(path, **options))


def people(view, others=1):
    """Returns the person, shifted, and others beside, `[people, time, K, 3]`."""
    sure = np.where(view.confidence > 0, 0.7, 0.0)[..., np.newaxis]
    true = np.concatenate([view.keypoints + SHIFT, sure], axis=-1)
    far = true - [1.5 * view.crop[:, 2].max(), 0, 0]
    return np.stack([far] * others + [true])


def save(folder, name, points, skeleton, **more):
    path = folder / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, keypoints=points, skeleton=skeleton, **more)
    return path


def save_all(folder, names, clip, **changes):
    for name, view in zip(names, clip.views, strict=True):
        save(folder, name, people(view, **changes), clip.input_skeleton)
