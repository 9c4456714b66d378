"""Linear maps from one skeleton's joints to another's.

A map acts on *coordinates*; heat maps are only ever selected or permuted, since an
average of two maps has two peaks. Joints of the same name correspond unless a rule
says otherwise; a rule names the joints that are averaged, or None where the target
joint is not given. Sources of the rules: the data sets' own definitions, and for
`coco17` to `h36m17` the simple form in general use (hips and shoulders halved, the
spine between them, the eyes for the head). The map that trained a model must be the
map it is used with: detectors' eyes lie well below Human3.6M's top of the head.
"""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import skeletons

_Rules = Mapping[str, tuple[str, ...] | None]

_HIPS = ("left_hip", "right_hip")
_SHOULDERS = ("left_shoulder", "right_shoulder")
_EYES = ("left_eye", "right_eye")
_TRUNK = _HIPS + _SHOULDERS
_NO_FACE: _Rules = {"nose": None}
_COCO_TO_H36M: _Rules = {
    "hip": _HIPS,
    "spine": _TRUNK,
    "thorax": _SHOULDERS,
    "head": _EYES,
}

_RULES: dict[tuple[str, str], _Rules] = {
    ("coco17", "h36m17"): _COCO_TO_H36M,
    ("blazepose33", "h36m17"): _COCO_TO_H36M,
    ("blazepose33", "coco17"): {},
    ("halpe26", "coco17"): {},
    ("halpe26", "h36m17"): {"spine": ("neck", "hip"), "thorax": ("neck",)},
    ("body25", "coco17"): {},
    ("body25", "h36m17"): {
        "hip": ("mid_hip",),
        "spine": ("mid_hip", "neck"),
        "thorax": ("neck",),
        "head": _EYES,
    },
    ("mpii16", "coco17"): {},
    ("mpii16", "h36m17"): {
        "hip": ("pelvis",),
        "spine": _TRUNK,
        "nose": ("upper_neck",),
        "head": ("head_top",),
    },
    ("penn13", "coco17"): {},
    ("penn13", "h36m17"): {},
    ("humaneva15", "coco17"): {},
    ("humaneva15", "h36m17"): {"hip": ("pelvis",)},
    ("smpl24", "coco17"): {},
    ("smpl24", "h36m17"): {
        "hip": ("pelvis",),
        "spine": ("spine2",),
        "thorax": ("neck",),
    },
    ("mpi_inf_3dhp_28", "mpi_inf_3dhp_17"): {},
    ("mpi_inf_3dhp_28", "h36m17"): {
        "hip": ("pelvis",),
        "thorax": ("neck",),
        "nose": ("head",),
        "head": ("head_top",),
    },
    ("mpi_inf_3dhp_17", "h36m17"): {
        "hip": ("pelvis",),
        "thorax": ("neck",),
        "nose": ("head",),
        "head": ("head_top",),
    },
    ("mpi_inf_3dhp_17", "coco17"): {},
    ("h36m17", "mpi_inf_3dhp_17"): {
        "pelvis": ("hip",),
        "neck": ("thorax",),
        "head": ("nose",),
        "head_top": ("head",),
    },
    ("h36m17", "coco17"): _NO_FACE,
    ("h36m17", "penn13"): {},
    ("h36m17", "humaneva15"): {"pelvis": ("hip",)},
}


class LinearMap(NamedTuple):
    """A map between two joint orders.

    Attributes:
        matrix: float32 `[target, source]`; rows sum to 1, or to 0 if not valid.
        valid: Whether the source determines a target joint, bool `[target]`.
    """

    matrix: np.ndarray
    valid: np.ndarray


def targets_of(source: str) -> tuple[str, ...]:
    """Returns the other skeletons that `source` has a map to."""
    return tuple(other for known, other in _RULES if known == source)


@functools.cache
def linear_map(source: str, target: str) -> LinearMap:
    """Returns the map from one known skeleton to another.

    Raises:
        InputError: If a name is unknown, or no map is defined for the pair.
    """
    source_joints = skeletons.get(source).joints
    target_joints = skeletons.get(target).joints
    if source != target and (source, target) not in _RULES:
        known = ", ".join(targets_of(source)) or "none"
        raise errors.InputError(
            f"No map is defined from skeleton {source!r} to {target!r}; from "
            f"{source!r} there are maps to: {known}. Received: {target!r}"
        )
    rules = _RULES.get((source, target), {})
    matrix = np.zeros((len(target_joints), len(source_joints)), np.float32)
    for row, joint in enumerate(target_joints):
        same = (joint,) if joint in source_joints else None
        for name in rules.get(joint, same) or ():
            matrix[row, source_joints.index(name)] += 1.0
    sums = matrix.sum(axis=1, keepdims=True)
    matrix /= np.maximum(sums, 1.0)
    valid = sums[:, 0] > 0.0
    for array in (matrix, valid):
        array.setflags(write=False)
    return LinearMap(matrix, valid)


def apply(positions: Any, linear_map: LinearMap) -> Any:
    """Returns positions in the target's order; invalid joints are 0.

    Args:
        positions: Finite coordinates, `[..., source, dimensions]`; a NumPy array or
            a tensor.
        linear_map: The map.

    Returns:
        Coordinates of the same kind and dtype, `[..., target, dimensions]`.
    """
    if isinstance(positions, np.ndarray):
        matrix = linear_map.matrix.astype(positions.dtype)
        return np.einsum("ts,...sd->...td", matrix, positions)
    positions = tf.convert_to_tensor(positions)
    matrix = tf.constant(linear_map.matrix, positions.dtype)
    return tf.einsum("ts,...sd->...td", matrix, positions)


def apply_to_valid(valid: np.ndarray, linear_map: LinearMap) -> np.ndarray:
    """Returns which target joints are known: those whose sources all are.

    Args:
        valid: Which source joints are known, bool `[..., source]`.
        linear_map: The map.

    Returns:
        bool `[..., target]`.
    """
    missing = ~np.asarray(valid, bool)
    unknown = np.einsum("ts,...s->...t", linear_map.matrix > 0.0, missing) > 0
    return linear_map.valid & ~unknown
