"""The file `camera.calibration` of MPI-INF-3DHP."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from stpose_tf import errors

_LARGEST = 1 << 20  # characters
# World to camera has the world's y up; ours has z up: Y = _Z_UP X.
_Y_UP_FROM_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """One camera.

    Attributes:
        image_size: Width and height in px.
        focal: In px, `[2]`.
        center: In px, `[2]`.
        rotation: From the z-up world to the camera frame, `[3, 3]`.
        translation: In mm, `[3]`.
    """

    image_size: tuple[int, int]
    focal: np.ndarray
    center: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray


def read(path: Path) -> tuple[Calibration, ...]:
    """Returns the cameras in the file's order.

    Raises:
        InputError: If the file cannot be read, holds no camera, or a camera lacks a
            line or a number, or has no rotation; names the line.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST)
    except OSError as error:
        raise errors.InputError(
            f"{path}: expected a calibration file. "
            f"Received: {error.strerror or 'none that can be read'}"
        ) from error
    found: list[dict[str, list[float]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if words[0] == "name":
            found.append({})
        elif words[0] in _COUNTS and found:
            found[-1][words[0]] = _numbers(path, number, words)
    if not found:
        raise errors.InputError(
            f"{path}: expected lines that begin with name, size, intrinsic and "
            "extrinsic. Received: none"
        )
    return tuple(_camera(path, number, parts) for number, parts in enumerate(found))


_COUNTS = {"size": 2, "intrinsic": 16, "extrinsic": 16}


def _numbers(path: Path, number: int, words: list[str]) -> list[float]:
    count = _COUNTS[words[0]]
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise errors.InputError(
            f"{path}, line {number}: expected {count} finite numbers after {words[0]}. "
            f"Received: {' '.join(words[1:])[:80]}"
        )
    return values


def _camera(path: Path, number: int, parts: dict[str, list[float]]) -> Calibration:
    for name in _COUNTS:
        if name not in parts:
            raise errors.InputError(
                f"{path}, camera {number}: expected a line {name}. Received: none"
            )
    width, height = parts["size"]
    inner = np.reshape(parts["intrinsic"], (4, 4))
    outer = np.reshape(parts["extrinsic"], (4, 4))
    rotation = outer[:3, :3]
    orthogonal = np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-3
    if not orthogonal or np.linalg.det(rotation) < 0:
        raise errors.InputError(
            f"{path}, camera {number}: expected a rotation in extrinsic. Received: "
            "another matrix"
        )
    if width < 1 or height < 1 or inner[0, 0] <= 0 or inner[1, 1] <= 0:
        raise errors.InputError(
            f"{path}, camera {number}: expected a positive size and focal length. "
            f"Received: {width:g} x {height:g}, {inner[0, 0]:g} and {inner[1, 1]:g}"
        )
    return Calibration(
        image_size=(round(width), round(height)),
        focal=np.array([inner[0, 0], inner[1, 1]]),
        center=np.array([inner[0, 2], inner[1, 2]]),
        rotation=rotation @ _Y_UP_FROM_Z_UP,
        translation=outer[:3, 3],
    )
