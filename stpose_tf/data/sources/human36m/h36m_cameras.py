"""Human3.6M's four cameras, which stood elsewhere for each subject.

The numbers that the data set gives out are in `h36m_cameras.json`: quaternions (w, x,
y, z) from camera to world, positions in mm, lenses in px with p1, p2 in the data set's
order. The user's own `metadata.xml` takes their place; it has all eleven subjects.
"""

import functools
import json
import re
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import cameras, rotations

NAMES = ("54138969", "55011271", "58860488", "60457274")
# Subject 7's are listed otherwise, but every published number ignores that.
IMAGE_SIZES = ((1000, 1002), (1000, 1000), (1000, 1000), (1000, 1002))
_SUBJECTS = 11
_NUMBERS = 6 * 4 * _SUBJECTS + 9 * 4
_LARGEST_METADATA = 16 << 20  # bytes; the data set's has 110 KB
# The data set's own lens model: half of OpenCV's mixed tangential term.
_TANGENTIAL_SCALE = 1.0


class Lens(NamedTuple):
    """A camera's inner numbers, as float64.

    Attributes:
        focal: In px, `[2]`.
        center: In px, `[2]`.
        radial: k1, k2, k3, `[3]`.
        tangential: p1, p2, `[2]`.
    """

    focal: np.ndarray
    center: np.ndarray
    radial: np.ndarray
    tangential: np.ndarray


Rig = tuple[cameras.Camera, ...]


@functools.lru_cache(maxsize=2)
def rigs(metadata: Path | None = None) -> dict[str, Rig]:
    """Returns each subject's four cameras in the order of `NAMES`, as float32 arrays.

    Args:
        metadata: The data set's `metadata.xml`; None takes the numbers that ship with
            this package, of the seven subjects with public 3D.

    Raises:
        InputError: If the file is missing or holds something else.
    """
    if metadata is None:
        return _packaged()
    return _from_numbers(_metadata_numbers(metadata))


def _packaged() -> dict[str, Rig]:
    file = resources.files("stpose_tf.data.sources.human36m") / "h36m_cameras.json"
    numbers = json.loads(file.read_text(encoding="utf-8"))
    lenses = [
        Lens(*(np.array(camera[field]) for field in Lens._fields))
        for camera in numbers["cameras"]
    ]
    return {
        subject: tuple(
            camera(
                lens,
                rotation=_transposed(place["quaternion"]),
                position=np.array(place["position"]),
            )
            for lens, place in zip(lenses, places, strict=True)
        )
        for subject, places in numbers["subjects"].items()
    }


def _transposed(quaternion: list[float]) -> np.ndarray:
    values = np.array(quaternion, np.float64)
    return np.asarray(rotations.quaternion_to_matrix(values)).T


def _from_numbers(numbers: np.ndarray) -> dict[str, Rig]:
    """Returns the cameras of `w0`: places by camera and subject, then lenses."""
    places = numbers[: 6 * 4 * _SUBJECTS].reshape(4, _SUBJECTS, 6)
    lenses = [
        Lens(*np.split(row, [2, 4, 7]))
        for row in numbers[6 * 4 * _SUBJECTS :].reshape(4, 9)
    ]
    return {
        f"S{subject + 1}": tuple(
            camera(
                lens,
                rotation=np.asarray(rotations.euler_xyz(place[:3])),
                position=place[3:],
            )
            for lens, place in zip(lenses, places[:, subject], strict=True)
        )
        for subject in range(_SUBJECTS)
    }


def camera(lens: Lens, *, rotation: np.ndarray, position: np.ndarray) -> cameras.Camera:
    """Returns a camera of float32 arrays.

    Args:
        lens: Its inner numbers.
        rotation: World to camera, `[3, 3]`.
        position: Of its center in the world in mm, `[3]`.
    """
    fields = (*lens, rotation, -rotation @ position, _TANGENTIAL_SCALE)
    return cameras.Camera(*(np.asarray(field, np.float32) for field in fields))


def _metadata_numbers(path: Path) -> np.ndarray:
    """Returns the 300 numbers of the element `w0`."""
    if not path.is_file():
        raise errors.InputError(f"{path}: expected metadata.xml. Received: no file")
    if path.stat().st_size > _LARGEST_METADATA:
        raise errors.InputError(
            f"{path}: expected metadata.xml of at most {_LARGEST_METADATA} bytes. "
            f"Received: {path.stat().st_size}"
        )
    content = path.read_bytes()
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        raise errors.InputError(
            f"{path}: expected metadata.xml without a document type. Received: one"
        )
    try:
        text = ElementTree.fromstring(content).findtext(".//w0") or ""
        found = re.sub(r"[\[\],;]", " ", text).split()
        numbers = np.array([float(number) for number in found])
    except (ElementTree.ParseError, ValueError) as error:
        raise errors.InputError(
            f"{path}: expected metadata.xml. Received: {error}"
        ) from error
    if len(numbers) != _NUMBERS or not np.isfinite(numbers).all():
        raise errors.InputError(
            f"{path}: expected {_NUMBERS} finite numbers in the element w0. "
            f"Received: {len(numbers)}"
        )
    return numbers
