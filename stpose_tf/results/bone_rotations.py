"""How each joint of a body with bones of fixed length is turned.

At rest the body stands in a T-pose, y up, facing +z, its left at +x. A joint with
several children is turned as they fit best; one with a single child by the smallest
turn, in its parent's frame, that points the bone where it was seen: positions alone do
not tell how a bone is twisted about itself.
"""

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons

Array = npt.NDArray[np.float64]

_UP = ("spine", "thorax", "neck", "nose", "head")
_DOWN = ("knee", "ankle")
_AHEAD = ("foot", "toe")


def rest_offsets(positions: npt.ArrayLike, skeleton: skeletons.Skeleton) -> Array:
    """Returns each joint's place from its parent at rest, `[joints, 3]`.

    Args:
        positions: What was seen, `[time, joints, 3]`; bones get their median length.
        skeleton: The order and the tree of the joints.
    """
    positions = np.asarray(positions, np.float64)
    offsets = np.zeros((skeleton.num_joints, 3))
    for parent, child in skeleton.edges:
        bones = positions[:, child] - positions[:, parent]
        length = float(np.median(np.linalg.norm(bones, axis=-1)))
        offsets[child] = length * _rest_direction(skeleton.joints[child])
    return offsets


def rotations(
    positions: npt.ArrayLike, offsets: Array, skeleton: skeletons.Skeleton
) -> Array:
    """Returns each joint's rotation in its parent's frame, `[time, joints, 3, 3]`.

    Args:
        positions: What was seen, `[time, joints, 3]`.
        offsets: What `rest_offsets` returned.
        skeleton: The order and the tree of the joints.
    """
    positions = np.asarray(positions, np.float64)
    time = len(positions)
    turns = np.broadcast_to(np.eye(3), (time, skeleton.num_joints, 3, 3)).copy()
    local = turns.copy()
    for joint in _from_the_root(skeleton):
        parents = skeleton.parents or ()
        above = turns[:, parents[joint]] if parents[joint] >= 0 else np.eye(3)
        children = [child for parent, child in skeleton.edges if parent == joint]
        if children:
            bones = positions[:, children] - positions[:, joint : joint + 1]
            seen = np.einsum("...ji,...cj->...ci", above, bones)
            if len(children) == 1:
                local[:, joint] = smallest_turn(offsets[children[0]], seen[:, 0])
            else:
                local[:, joint] = _best_turn(offsets[children], seen)
        turns[:, joint] = above @ local[:, joint]
    return local


def forward(
    roots: npt.ArrayLike, local: Array, offsets: Array, skeleton: skeletons.Skeleton
) -> Array:
    """Returns the joints of a body that is turned so, `[time, joints, 3]`.

    Args:
        roots: Where the root is, `[time, 3]`.
        local: Rotations in the parents' frames, `[time, joints, 3, 3]`.
        offsets: Places from the parents at rest, `[joints, 3]`.
        skeleton: The order and the tree of the joints.
    """
    turns = local.copy()
    positions = np.zeros(local.shape[:3])
    for joint in _from_the_root(skeleton):
        parent = (skeleton.parents or ())[joint]
        if parent < 0:
            positions[:, joint] = roots
            continue
        turns[:, joint] = turns[:, parent] @ local[:, joint]
        positions[:, joint] = positions[:, parent] + turns[:, parent] @ offsets[joint]
    return positions


def smallest_turn(start: npt.ArrayLike, end: npt.ArrayLike) -> Array:
    """Returns the smallest rotations from one direction to others, `[..., 3, 3]`.

    Where the end has no length, nothing turns; to the opposite direction it is a half
    turn about some axis across.

    Args:
        start: `[3]`.
        end: `[..., 3]`.
    """
    start, end = np.broadcast_arrays(np.asarray(start, np.float64), end)
    start, end = _unit(start), _unit(end)
    cosine = (start * end).sum(axis=-1)[..., np.newaxis, np.newaxis]
    axis = np.cross(start, end)
    skew = _skew(axis)
    turn = np.eye(3) + skew + skew @ skew / np.maximum(1.0 + cosine, 1e-9)
    across = _unit(np.cross(start, np.eye(3)[np.abs(start).argmin(axis=-1)]))
    half = 2.0 * across[..., :, np.newaxis] * across[..., np.newaxis, :] - np.eye(3)
    turn = np.where(cosine < -1.0 + 1e-9, half, turn)
    still = (np.linalg.norm(end, axis=-1) == 0.0)[..., np.newaxis, np.newaxis]
    turned: Array = np.where(still, np.eye(3), turn)
    return turned


def euler_zxy(local: Array) -> Array:
    """Returns angles z, x, y in degrees without jumps, `[time, joints, 3]`.

    `R = R_z R_x R_y`. Of the two triples that mean the same turn the one nearer to the
    frame before is taken, each angle unwrapped.

    Args:
        local: Rotations, `[time, joints, 3, 3]`.
    """
    x = np.arcsin(np.clip(local[..., 2, 1], -1.0, 1.0))
    locked = np.abs(local[..., 2, 1]) > 1.0 - 1e-10
    z = np.where(
        locked,
        np.arctan2(local[..., 1, 0], local[..., 0, 0]),
        np.arctan2(-local[..., 0, 1], local[..., 1, 1]),
    )
    y = np.where(locked, 0.0, np.arctan2(-local[..., 2, 0], local[..., 2, 2]))
    first = np.stack([z, x, y], axis=-1)
    other = np.stack([z + np.pi, np.pi - x, y + np.pi], axis=-1)
    for time in range(1, len(first)):
        near = _nearest(first[time], first[time - 1])
        far = _nearest(other[time], first[time - 1])
        steps = [np.abs(a - first[time - 1]).sum(axis=-1) for a in (near, far)]
        first[time] = np.where((steps[0] <= steps[1])[:, np.newaxis], near, far)
    degrees: Array = np.degrees(first)
    return degrees


def _nearest(angles: Array, before: Array) -> Array:
    whole = 2.0 * np.pi
    near: Array = angles - whole * np.round((angles - before) / whole)
    return near


def _best_turn(rest: Array, seen: Array) -> Array:
    """Returns the rotations that fit `[children, 3]` to `[time, children, 3]`."""
    u, _, v = np.linalg.svd(np.einsum("tci,cj->tij", seen, rest))
    u = (
        u
        * np.stack([np.ones(len(u)), np.ones(len(u)), np.linalg.det(u @ v)], axis=-1)[
            :, np.newaxis
        ]
    )
    turned: Array = u @ v
    return turned


def _rest_direction(joint: str) -> Array:
    side = {"left": 1.0, "right": -1.0}.get(joint.partition("_")[0], 0.0)
    if any(part in joint for part in _UP) or not side:
        return np.array([0.0, 1.0, 0.0])
    if any(part in joint for part in _DOWN):
        return np.array([0.0, -1.0, 0.0])
    if any(part in joint for part in _AHEAD):
        return np.array([0.0, 0.0, 1.0])
    return np.array([side, 0.0, 0.0])


def _from_the_root(skeleton: skeletons.Skeleton) -> list[int]:
    """Returns the joints, parents before their children."""
    order = [skeleton.root_index]
    for joint in order:
        order += [child for parent, child in skeleton.edges if parent == joint]
    return order


def _unit(vectors: npt.ArrayLike) -> Array:
    vectors = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12
    )


def _skew(axes: Array) -> Array:
    """Returns the matrices of the cross products with the axes, `[..., 3, 3]`."""
    x, y, z = np.moveaxis(axes, -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
