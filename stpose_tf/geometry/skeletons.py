"""Skeletons: joint orders, the trees that join them, and their left-right mirrors."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from stpose_tf import errors


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """An order of named joints, with or without a tree over them.

    Attributes:
        name: Short identifier, e.g. `"h36m17"`.
        joints: Joint names in storage order.
        parents: Index of each joint's parent, -1 for the root; None for detector
            orders that have no tree.
        mirror_pairs: (left, right) names of the joints that a mirror swaps.
        root: Name of the joint that poses are relative to; None without a tree.
        edges: Bones as (parent, child) index pairs. A tree fills them in itself, in
            the order of the children; an order without a tree may name the lines
            to draw.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...] | None = None
    mirror_pairs: tuple[tuple[str, str], ...] = ()
    root: str | None = None
    edges: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.joints)) != len(self.joints):
            raise ValueError(f"{self.name}: a joint name appears twice.")
        if self.parents is not None:
            bones = tuple((p, c) for c, p in enumerate(self.parents) if p >= 0)
            if self.edges not in ((), bones):
                raise ValueError(f"{self.name}: the edges of a tree are its bones.")
            object.__setattr__(self, "edges", bones)
            self._check_tree(self.parents)
        if any(not 0 <= j < self.num_joints for edge in self.edges for j in edge):
            raise ValueError(f"{self.name}: an edge names a joint that is not there.")
        names = [joint for pair in self.mirror_pairs for joint in pair]
        if len(set(names)) != len(names) or not set(names) <= set(self.joints):
            raise ValueError(f"{self.name}: mirror pairs must name joints, each once.")

    def _check_tree(self, parents: tuple[int, ...]) -> None:
        """Raises ValueError unless `parents` is one tree that hangs on the root."""
        if len(parents) != self.num_joints or self.root not in self.joints:
            raise ValueError(f"{self.name}: a tree needs a root and all parents.")
        for joint in range(self.num_joints):
            steps = 0
            while parents[joint] >= 0 and steps <= self.num_joints:
                joint, steps = parents[joint], steps + 1
            if self.joints[joint] != self.root:
                raise ValueError(f"{self.name}: the parents are not one rooted tree.")

    @property
    def num_joints(self) -> int:
        """Number of joints."""
        return len(self.joints)

    @property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) index pairs; the edges."""
        return self.edges

    @property
    def root_index(self) -> int:
        """Index of the root."""
        if self.root is None:
            raise errors.InputError(
                f"Skeleton {self.name!r} has no root joint; a skeleton with a tree "
                f"is needed here, e.g. 'h36m17'."
            )
        return self.joints.index(self.root)

    @functools.cached_property
    def bone_matrix(self) -> np.ndarray:
        """The map from joints to bones, `[bones, joints]`: child minus parent."""
        matrix = np.zeros((len(self.edges), self.num_joints), np.float32)
        for row, (parent, child) in enumerate(self.edges):
            matrix[row, parent], matrix[row, child] = -1.0, 1.0
        return _read_only(matrix)

    @functools.cached_property
    def ancestor_matrix(self) -> np.ndarray:
        """The map from bones to joints minus root, `[joints, bones]`; trees only."""
        if self.parents is None:
            raise errors.InputError(f"Skeleton {self.name!r} has no tree of bones.")
        bone_of = {child: row for row, (_, child) in enumerate(self.edges)}
        matrix = np.zeros((self.num_joints, len(self.edges)), np.float32)
        for joint in range(self.num_joints):
            ancestor = joint
            while self.parents[ancestor] >= 0:
                matrix[joint, bone_of[ancestor]] = 1.0
                ancestor = self.parents[ancestor]
        return _read_only(matrix)

    @functools.cached_property
    def mirror_permutation(self) -> np.ndarray:
        """Where each joint of a mirrored pose comes from, int32 `[joints]`."""
        permutation = np.arange(self.num_joints, dtype=np.int32)
        for left, right in zip(self.left, self.right, strict=True):
            permutation[left], permutation[right] = right, left
        return _read_only(permutation)

    @functools.cached_property
    def left(self) -> tuple[int, ...]:
        """Indices of the left joints, in the order of `mirror_pairs`."""
        return tuple(self.joints.index(left) for left, _ in self.mirror_pairs)

    @functools.cached_property
    def right(self) -> tuple[int, ...]:
        """Indices of the right joints, in the order of `mirror_pairs`."""
        return tuple(self.joints.index(right) for _, right in self.mirror_pairs)

    def index(self, joint: str) -> int:
        """Returns the index of the joint of that name."""
        if joint not in self.joints:
            raise errors.InputError(
                f"Skeleton {self.name!r} has the joints {', '.join(self.joints)}. "
                f"Received: {joint!r}"
            )
        return self.joints.index(joint)


def get(name: str) -> Skeleton:
    """Returns the known skeleton of that name."""
    if name not in KNOWN:
        raise errors.InputError(
            f"The skeleton must be one of {', '.join(KNOWN)}. Received: {name!r}"
        )
    return KNOWN[name]


def _read_only(array: np.ndarray) -> np.ndarray:
    """Returns the array, locked: all users of a skeleton share it."""
    array.setflags(write=False)
    return array


def _paired(joints: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Returns the `left_*`, `right_*` pairs among the names."""
    lefts = [joint for joint in joints if joint.startswith("left_")]
    return tuple((left, left.replace("left_", "right_", 1)) for left in lefts)


def _tree(name: str, joints: str, parents: str) -> Skeleton:
    """Returns a skeleton with a tree, from its joints and their parents in words."""
    names = tuple(joints.split())
    indices = tuple(int(parent) for parent in parents.split())
    root = names[indices.index(-1)]
    return Skeleton(name, names, indices, _paired(names), root)


def _order(name: str, joints: str, edges: str) -> Skeleton:
    """Returns a skeleton without a tree, from its joints and the lines to draw."""
    names = tuple(joints.split())
    ends = [edge.split("-") for edge in edges.split()]
    lines = tuple((int(first), int(second)) for first, second in ends)
    return Skeleton(name, names, None, _paired(names), None, lines)


_COCO = """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder
    left_elbow right_elbow left_wrist right_wrist left_hip right_hip left_knee
    right_knee left_ankle right_ankle"""

KNOWN: dict[str, Skeleton] = {
    skeleton.name: skeleton
    for skeleton in (
        _tree(
            "h36m17",
            """hip right_hip right_knee right_ankle left_hip left_knee left_ankle spine
            thorax nose head left_shoulder left_elbow left_wrist right_shoulder
            right_elbow right_wrist""",
            "-1 0 1 2 0 4 5 0 7 8 9 8 11 12 8 14 15",
        ),
        _tree(
            "humaneva15",
            """pelvis thorax left_shoulder left_elbow left_wrist right_shoulder
            right_elbow right_wrist left_hip left_knee left_ankle right_hip right_knee
            right_ankle head""",
            "-1 0 1 2 3 1 5 6 0 8 9 0 11 12 1",
        ),
        _tree(
            "mpi_inf_3dhp_17",
            """head_top neck right_shoulder right_elbow right_wrist left_shoulder
            left_elbow left_wrist right_hip right_knee right_ankle left_hip left_knee
            left_ankle pelvis spine head""",
            "16 15 1 2 3 1 5 6 14 8 9 14 11 12 -1 14 1",
        ),
        _tree(
            "mpi_inf_3dhp_28",
            """spine3 spine4 spine2 spine pelvis neck head head_top left_clavicle
            left_shoulder left_elbow left_wrist left_hand right_clavicle right_shoulder
            right_elbow right_wrist right_hand left_hip left_knee left_ankle left_foot
            left_toe right_hip right_knee right_ankle right_foot right_toe""",
            # The files' own list gives the pelvis (4) itself as its parent.
            "2 0 3 4 -1 1 5 6 5 8 9 10 11 5 13 14 15 16 4 18 19 20 21 4 23 24 25 26",
        ),
        _tree(
            "smpl24",
            """pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle
            right_ankle spine3 left_foot right_foot neck left_collar right_collar head
            left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
            left_hand right_hand""",
            "-1 0 0 0 1 2 3 4 5 6 7 8 9 9 9 12 13 14 16 17 18 19 20 21",
        ),
        _tree(
            "mpii16",
            """right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis
            thorax upper_neck head_top right_wrist right_elbow right_shoulder
            left_shoulder left_elbow left_wrist""",
            "1 2 6 6 3 4 -1 6 7 8 11 12 7 7 13 14",
        ),
        _order(
            "coco17",
            _COCO,
            """0-1 0-2 1-3 2-4 5-6 5-7 7-9 6-8 8-10 5-11 6-12 11-12 11-13 13-15 12-14
            14-16""",
        ),
        _order(
            "penn13",
            """head left_shoulder right_shoulder left_elbow right_elbow left_wrist
            right_wrist left_hip right_hip left_knee right_knee left_ankle
            right_ankle""",
            "0-1 0-2 1-2 1-3 3-5 2-4 4-6 1-7 2-8 7-8 7-9 9-11 8-10 10-12",
        ),
        _tree(
            "body25",
            """nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow
            left_wrist mid_hip right_hip right_knee right_ankle left_hip left_knee
            left_ankle right_eye left_eye right_ear left_ear left_big_toe left_small_toe
            left_heel right_big_toe right_small_toe right_heel""",
            "1 8 1 2 3 1 5 6 -1 8 9 10 8 12 13 0 0 15 16 14 19 14 11 22 11",
        ),
        _tree(
            "halpe26",
            f"""{_COCO} head neck hip left_big_toe right_big_toe left_small_toe
            right_small_toe left_heel right_heel""",
            "18 0 0 1 2 18 18 5 6 7 8 19 19 11 12 13 14 18 19 -1 15 16 20 21 15 16",
        ),
        _order(
            "blazepose33",
            """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye
            right_eye_outer left_ear right_ear left_mouth right_mouth left_shoulder
            right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky
            right_pinky left_index right_index left_thumb right_thumb left_hip right_hip
            left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot
            right_foot""",
            """0-1 1-2 2-3 3-7 0-4 4-5 5-6 6-8 9-10 11-12 11-13 13-15 12-14 14-16
            15-17 15-19 15-21 17-19 16-18 16-20 16-22 18-20 11-23 12-24 23-24
            23-25 25-27 24-26 26-28 27-29 27-31 29-31 28-30 28-32 30-32""",
        ),
    )
}
