"""Files as AMASS has them, and a made-up body model; written from the format alone."""

import numpy as np

NAMES = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle "
    "right_ankle spine3 left_foot right_foot neck left_collar right_collar head "
    "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist"
)
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
# Turns a body whose y is up into AMASS's world, whose z is up.
UPRIGHT = (np.pi / 2, 0.0, 0.0)


def index(name):
    return NAMES.split().index(name)


def swinging(frames, *, seed=0):
    """Returns smooth rotations of 52 joints in rad, `[frames, 52, 3]`."""
    rng = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / 40
    size, phase = rng.normal(0, 0.4, (2, 52, 3))
    rotations = size * np.sin(time + 6 * phase)
    rotations[:, 0] = UPRIGHT
    return rotations


def smplh(rotations, **changes):
    """Returns the arrays of a `_poses.npz` of SMPL+H."""
    frames = len(rotations)
    trans = np.stack([np.linspace(0, 1, frames), np.zeros(frames), np.ones(frames)], -1)
    arrays = {
        "poses": rotations.reshape(frames, 156).astype(np.float64),
        "trans": trans,
        "betas": np.linspace(-1, 1, 16),
        "dmpls": np.zeros((frames, 8)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.00004577636719),
    }
    arrays.update(changes)
    return {key: value for key, value in arrays.items() if value is not None}


def smplx(rotations, **changes):
    """Returns the arrays of a `_stageii.npz` of SMPL-X."""
    arrays = smplh(rotations)
    frames = len(rotations)
    poses = np.zeros((frames, 165))
    poses[:, :66] = arrays["poses"][:, :66]
    new = {
        "poses": poses,
        "root_orient": poses[:, :3],
        "pose_body": poses[:, 3:66],
        "pose_hand": np.zeros((frames, 90)),
        "pose_jaw": np.zeros((frames, 3)),
        "pose_eye": np.zeros((frames, 6)),
        "trans": arrays["trans"],
        "betas": arrays["betas"],
        "num_betas": np.array(16),
        "gender": np.array(b"female", dtype="|S6"),
        "surface_model_type": np.array("smplx"),
        "mocap_frame_rate": np.array(120.0),
        "mocap_time_length": np.array(frames / 120),
    }
    new.update(changes)
    return {key: value for key, value in new.items() if value is not None}


def write(root, arrays, name="CMU/01/01_02_poses"):
    path = root / f"{name}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


def body_model(*, joints=52, seed=3):
    """Returns the arrays of a model's file and its rest joints in m for its betas.

    Each joint is the mean of two vertices; one vertex is the top of the head.
    """
    rng = np.random.default_rng(seed)
    heights = {"head": 0.6, "neck": 0.5, "left_ankle": -0.8, "right_ankle": -0.8}
    rest = rng.normal(0, 0.2, (joints, 3))
    for name, height in heights.items():
        rest[index(name), 1] = height
    gap = rng.normal(0, 0.02, (joints, 3))
    template = np.concatenate([rest + gap, rest - gap, [[0.0, 0.9, 0.05]]])
    regressor = np.zeros((joints, len(template)))
    regressor[np.arange(joints), np.arange(joints)] = 0.5
    regressor[np.arange(joints), np.arange(joints) + joints] = 0.5
    directions = rng.normal(0, 0.01, (len(template), 3, 10))
    directions[-1] = 0.0
    directions[:, 1] = 0.0
    return {
        "v_template": template,
        "shapedirs": directions,
        "J_regressor": regressor,
        "kintree_table": np.zeros((2, joints)),
    }
