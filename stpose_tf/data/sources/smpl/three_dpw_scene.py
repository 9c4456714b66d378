"""One person of a sequence of 3DPW in the frame of the camera that is carried along."""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf.data.containers import finite_numbers, refusal, untrusted_pickle

_LARGEST = 256 << 20  # bytes of a file
_MOST_PEOPLE = 16
_STEEPEST = 0.95  # a camera that looks down so steeply has no use for an up


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """One person as the camera has them.

    Attributes:
        joints: SMPL's 24 in mm, camera frame, `[time, 24, 3]`.
        rotations: World to camera, `[time, 3, 3]`.
        valid: Which frames the official challenge counts, bool, `[time]`.
        detected: OpenPose's x, y and confidence, `[time, 3, 18]`.
        focal: In px, `[2]`.
        center: In px, `[2]`.
        image_size: Width and height in px: the principal point is the middle.
    """

    joints: np.ndarray
    rotations: np.ndarray
    valid: np.ndarray
    detected: np.ndarray
    focal: np.ndarray
    center: np.ndarray
    image_size: tuple[int, int]

    def up(self) -> np.ndarray:
        """Returns the mean direction against gravity in the camera frame, `[3]`.

        The files do not say which axis of their world is up: it is the one that is
        nearest to the top of the images.
        """
        rotations = self.rotations[self.valid]
        tops = -rotations[:, 1].mean(axis=0)
        axis = int(np.abs(tops).argmax())
        mean = rotations[:, :, axis].mean(axis=0) * np.sign(tops[axis])
        unit = mean / np.linalg.norm(mean)
        if abs(unit[2]) > _STEEPEST:
            return np.array([0.0, -1.0, 0.0])
        return unit


def read(path: Path, person: int, *, step: int) -> Scene:
    """Returns every `step`-th frame of one person.

    Raises:
        InputError: If the file cannot be read, or a field is missing or does not fit;
            names the field.
    """
    content = _content(path)
    where = f"{path}, person {person}"
    moves = _numbers(where, "cam_poses", _field(where, content, ("cam_poses",)))
    frames = len(moves) if moves.ndim else 0
    _check_shape(where, "cam_poses", moves, (frames, 4, 4))
    fields = {}
    for name, other, shape in (
        ("jointPositions", "jointPositions", (frames, 72)),
        ("poses2d", "poses2D", (frames, 3, 18)),
        ("campose_valid", "campose_valid", (frames,)),
    ):
        everyone = _field(where, content, (name, other))
        one = everyone[person] if person < _length(everyone) else None
        fields[name] = _numbers(where, name, one)
        _check_shape(where, name, fields[name], shape)
    inner = _numbers(
        where, "cam_intrinsics", _field(where, content, ("cam_intrinsics",))
    )
    _check_shape(where, "cam_intrinsics", inner, (3, 3))
    if not np.isfinite(inner).all() or min(inner[[0, 1, 0, 1], [0, 1, 2, 2]]) <= 0:
        raise refusal.error(where, "positive numbers in cam_intrinsics", "others")
    detected = np.nan_to_num(fields["poses2d"])
    valid = (fields["campose_valid"] > 0.5) & detected.any(axis=(1, 2))
    if not valid[::step].any():
        raise refusal.error(where, "a frame with a valid camera and 2D joints", "none")
    rotations, places = moves[:, :3, :3], moves[:, :3, 3] * 1000.0
    turned = np.einsum("tij,tkj->tik", rotations[valid], rotations[valid])
    if not np.abs(turned - np.eye(3)).max() < 1e-2:
        raise refusal.error(where, "rotations in cam_poses", "other matrices")
    joints = fields["jointPositions"].reshape(frames, 24, 3) * 1000.0
    joints = np.einsum("tij,tkj->tki", rotations, joints) + places[:, np.newaxis]
    finite_numbers.check(where, "jointPositions and cam_poses", joints, used=valid)
    joints[~valid] = 0.0
    finite_numbers.check(where, "poses2d", detected)
    return Scene(
        joints=joints[::step],
        rotations=rotations[::step],
        valid=valid[::step],
        detected=detected[::step],
        focal=inner[[0, 1], [0, 1]],
        center=inner[[0, 1], [2, 2]],
        image_size=(round(2.0 * inner[0, 2]), round(2.0 * inner[1, 2])),
    )


def count_people(path: Path) -> int:
    """Returns how many people a file has.

    Raises:
        InputError: If it cannot be read, or has none.
    """
    count = _length(_field(f"{path}", _content(path), ("jointPositions",)))
    if not 0 < count <= _MOST_PEOPLE:
        raise refusal.error(path, "people in jointPositions", count)
    return count


@functools.lru_cache(maxsize=1)
def _content(path: Path) -> dict[str, Any]:
    """Returns the file's fields; the last file is kept for its other people."""
    try:
        with path.open("rb") as file:
            content = untrusted_pickle.load(file, largest_bytes=_LARGEST)
    except OSError as error:
        raise refusal.error(path, "a readable file", error.strerror) from error
    if not isinstance(content, dict):
        raise refusal.error(path, "fields by name", type(content).__name__)
    return content


def _field(where: str, content: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Returns the field of the first of these names that there is."""
    for name in names:
        if name in content:
            return content[name]
    known = ", ".join(map(str, content))[:120] or "none"
    raise refusal.error(where, f"the field {names[0]}", known)


def _length(value: Any) -> int:
    sized = isinstance(value, list | tuple) or getattr(value, "ndim", 0) > 0
    return len(value) if sized else 0


def _numbers(where: str, name: str, value: Any) -> np.ndarray:
    """Returns an array of floats; lists of numbers are taken as well."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise refusal.error(where, f"numbers in {name}", type(value).__name__)
    return array.astype(np.float64)


def _check_shape(
    where: str, name: str, array: np.ndarray, shape: tuple[int, ...]
) -> None:
    if array.shape != shape or not array.size:
        raise refusal.error(where, f"{shape} in {name}", str(array.shape))
