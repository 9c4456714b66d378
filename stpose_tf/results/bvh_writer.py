"""BVH files of one person: bones of fixed length, y up, cm."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.results import bone_rotations

_MM_PER_CM = 10.0
_TIP = 5.0  # cm beyond the last joint of a limb
_ROOT_CHANNELS = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
_CHANNELS = "3 Zrotation Xrotation Yrotation"


def write(
    path: Path,
    positions: npt.ArrayLike,
    skeleton: skeletons.Skeleton,
    *,
    fps: float,
) -> None:
    """Writes one person's motion without gaps.

    Limbs point where they were seen; each bone has its median length.

    Args:
        path: The file.
        positions: y up, in mm, `[time, joints, 3]`.
        skeleton: The order and the tree of the joints.
        fps: Frames a second.

    Raises:
        InputError: If there is no frame, or a number is not finite.
    """
    positions = np.asarray(positions, np.float64)
    if not len(positions) or not np.isfinite(positions).all():
        raise errors.InputError(
            f"{path}: expected frames of finite positions. "
            f"Received: {len(positions)} frames"
        )
    offsets = bone_rotations.rest_offsets(positions, skeleton)
    local = bone_rotations.rotations(positions, offsets, skeleton)
    angles = bone_rotations.euler_zxy(local)
    lines = ["HIERARCHY"]
    order: list[int] = []
    _joint(skeleton, skeleton.root_index, offsets / _MM_PER_CM, 0, lines, order)
    roots = positions[:, skeleton.root_index] / _MM_PER_CM
    rows = np.concatenate([roots, angles[:, order].reshape(len(roots), -1)], axis=1)
    lines += ["MOTION", f"Frames: {len(rows)}", f"Frame Time: {1.0 / fps:.8f}"]
    lines += [" ".join(f"{value + 0.0:.4f}" for value in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def _joint(
    skeleton: skeletons.Skeleton,
    joint: int,
    offsets: npt.NDArray[np.float64],
    depth: int,
    lines: list[str],
    order: list[int],
) -> None:
    """Appends a joint and what hangs on it; `order` is that of the channels."""
    order.append(joint)
    tab = "\t" * depth
    kind = "JOINT" if depth else "ROOT"
    lines += [f"{tab}{kind} {skeleton.joints[joint]}", f"{tab}{{"]
    lines.append(f"{tab}\tOFFSET {_vector(offsets[joint])}")
    lines.append(f"{tab}\tCHANNELS {_CHANNELS if depth else _ROOT_CHANNELS}")
    children = [child for parent, child in skeleton.edges if parent == joint]
    for child in children:
        _joint(skeleton, child, offsets, depth + 1, lines, order)
    if not children:
        length = np.linalg.norm(offsets[joint])
        tip = offsets[joint] * (_TIP / length if length > 0.0 else 0.0)
        lines += [f"{tab}\tEnd Site", f"{tab}\t{{"]
        lines += [f"{tab}\t\tOFFSET {_vector(tip)}", f"{tab}\t}}"]
    lines.append(f"{tab}}}")


def _vector(values: npt.NDArray[np.float64]) -> str:
    return " ".join(f"{value + 0.0:.4f}" for value in values)
