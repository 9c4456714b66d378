"""The body at rest that SMPL's rotations move: an approximate one, or the user's model.

The data sets that hold rotations do not hold the body. Its model is under a licence of
its own and cannot be shipped; users who have it give its file.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from stpose_tf.data.containers import finite_numbers, npz_arrays, refusal
from stpose_tf.geometry import skeletons

# The hands, which come last, are not used.
JOINTS = skeletons.get("smpl24").joints[:22]
# Approximate: centimetres of an average adult who stands with spread arms, from each
# joint's parent; x to the left, y up, z forward. Not the model's numbers. On the two
# sample files that AMASS publishes, shoulders, elbows, wrists, knees and ankles lie 41
# and 35 mm from the middle of the markers around them, relative to their mean.
_OFFSETS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "pelvis": (0, -21, 3),
        "left_hip": (7, -9, 0),
        "spine1": (0, 11, -3),
        "left_knee": (4, -39, 0),
        "spine2": (0, 13, 0),
        "left_ankle": (-1, -41, -4),
        "spine3": (0, 5, 2),
        "left_foot": (3, -6, 12),
        "neck": (0, 21, -3),
        "left_collar": (8, 11, -2),
        "head": (0, 9, 5),
        "left_shoulder": (10, 4, -1),
        "left_elbow": (26, -1, -2),
        "left_wrist": (25, 1, -1),
    }
)
_HEAD_TOP = (0.0, 170.0, -10.0)  # mm from the joint `head`
_GENDERS = ("neutral", "male", "female")
_LARGEST = 1 << 30  # bytes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestBody:
    """A body at rest: x to its left, y up, z forward, in mm.

    Attributes:
        joints: The first 22 joints of `smpl24`, `[22, 3]`.
        head_top: From the joint `head` to the top of the head, `[3]`.
        approximate: Whether it is not the body that the rotations were made for.
    """

    joints: np.ndarray
    head_top: np.ndarray
    approximate: bool


def approximate() -> RestBody:
    """Returns an average adult."""
    skeleton = skeletons.get("smpl24")
    joints = np.zeros((len(JOINTS), 3))
    for row, name in enumerate(JOINTS):
        side = -10.0 if name.startswith("right_") else 10.0
        x, y, z = _OFFSETS[name.replace("right_", "left_")]
        joints[row] = [side * x, 10.0 * y, 10.0 * z]
        parent = (skeleton.parents or ())[row]
        if parent >= 0:
            joints[row] += joints[parent]
    return RestBody(joints=joints, head_top=np.array(_HEAD_TOP), approximate=True)


def model_file(path: Path, gender: str) -> Path:
    """Returns the file of a body model.

    Args:
        path: The file itself, or a folder with `{gender}/model.npz` (SMPL+H) or
            `SMPLX_{GENDER}.npz` (SMPL-X).
        gender: Such as `female`; where there is none of it, the neutral one is taken.

    Raises:
        InputError: If there is no such file.
    """
    if path.is_file():
        return path
    for name in (gender, "neutral") if gender in _GENDERS else ("neutral",):
        for file in (path / name / "model.npz", path / f"SMPLX_{name.upper()}.npz"):
            if file.is_file():
                return file
    raise refusal.error(
        path, "a body model: neutral/model.npz or SMPLX_NEUTRAL.npz", "neither"
    )


def from_model(path: Path, shape: np.ndarray) -> RestBody:
    """Returns the body of a model's file for the given shape.

    Args:
        path: An .npz file with the arrays `v_template`, `shapedirs`, `J_regressor`.
        shape: The coefficients (betas); more of them than the model has are left out.

    Raises:
        InputError: If the file cannot be read or its arrays do not fit.
    """
    if path.suffix != ".npz":
        raise refusal.error(path, "a body model as .npz, not pickled", path.suffix)
    arrays = npz_arrays.read(
        path, ("v_template", "shapedirs", "J_regressor"), largest_bytes=_LARGEST
    )
    template, directions = arrays["v_template"], arrays["shapedirs"]
    regressor = arrays["J_regressor"]
    vertices = template.shape[:1]
    for name, array, expected, fits in (
        ("v_template", template, "(vertices, 3)", template.shape == (*vertices, 3)),
        (
            "shapedirs",
            directions,
            f"({vertices}, 3, shapes)",
            directions.ndim == 3 and directions.shape[:2] == (*vertices, 3),
        ),
        (
            "J_regressor",
            regressor,
            f"({len(JOINTS)} or more, {vertices})",
            regressor.ndim == 2
            and regressor.shape[1:] == vertices
            and len(regressor) >= len(JOINTS),
        ),
    ):
        if not fits or array.dtype.kind not in "iuf" or not array.size:
            raise refusal.error(path, f"{expected} numbers in {name}", array.shape)
        finite_numbers.check(path, name, array)
    count = min(len(shape), directions.shape[2])
    surface = template + directions[:, :, :count] @ shape[:count]
    joints = regressor[: len(JOINTS)] @ surface
    top = surface[surface[:, 1].argmax()] - joints[JOINTS.index("head")]
    return RestBody(
        joints=1000.0 * joints, head_top=1000.0 * top * [0, 1, 1], approximate=False
    )
