"""HumanEva-I's three color cameras.

Their places are in `humaneva_cameras.json`, as VideoPose3D gives them: quaternions
(w, x, y, z) from camera to world, positions in mm. Nobody gives out their lenses with
the archives; these follow from 3D joints and where they appear.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from stpose_tf import errors
from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.humaneva import lens_fit
from stpose_tf.data.sources.humaneva.lens_fit import FittedLens
from stpose_tf.data.sources.recorded.archived_keypoints import ArchivedKeypoints
from stpose_tf.data.sources.recorded.pose_archive import Entry
from stpose_tf.geometry import cameras, rotations, skeleton_maps, skeletons

NAMES = ("C1", "C2", "C3")
IMAGE_SIZE = (640, 480)
SKELETON = "humaneva15"
_FRAMES_OF_A_SEQUENCE = 40
# A detector's joints are not those of the motion capture: these are nearest to them.
_ALIKE = ("shoulder", "elbow", "wrist", "knee", "ankle")
_LARGEST_MISS = 30.0  # px


class Place(NamedTuple):
    """Where a camera stands.

    Attributes:
        rotation: World to camera, `[3, 3]`.
        position: Of its center in mm, `[3]`.
    """

    rotation: np.ndarray
    position: np.ndarray


def person(subject: str) -> str:
    """Returns `S1` for `Train/S1`; the cameras are the same in both."""
    return subject.rpartition("/")[2]


@functools.cache
def places() -> Mapping[str, tuple[Place, ...]]:
    """Returns where the cameras stand, by person."""
    file = resources.files("stpose_tf.data.sources.humaneva") / "humaneva_cameras.json"
    numbers: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: tuple(
            Place(
                np.asarray(
                    rotations.quaternion_to_matrix(np.array(place["quaternion"]))
                ).T,
                np.array(place["position"]),
            )
            for place in rig
        )
        for name, rig in numbers["subjects"].items()
    }


def camera(place: Place, lens: FittedLens) -> cameras.Camera:
    """Returns a camera of float32 arrays."""
    fields = (
        lens.focal,
        lens.center,
        lens.radial,
        lens.tangential,
        place.rotation,
        -place.rotation @ place.position,
        lens_fit.TANGENTIAL_SCALE,
    )
    return cameras.Camera(*(np.asarray(field, np.float32) for field in fields))


def lenses(
    name: str, pairs: Iterable[tuple[Entry, ArchivedKeypoints]]
) -> tuple[FittedLens, ...]:
    """Returns the lenses of the three cameras from all that one person did.

    Args:
        name: The person, such as `S1`.
        pairs: 3D joints in metres, and 2D keypoints, of each sequence. What cannot be
            read is left out.

    Raises:
        InputError: If there are too few joints, or a camera at the known place does
            not see them where they are.
    """
    found: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in NAMES]
    for entry, keypoints in pairs:
        try:
            samples = _samples(entry, keypoints)
        except errors.InputError:
            continue  # named when it is converted
        for sample, pixels in zip(found, samples[1], strict=True):
            sample.append((samples[0], pixels))
    return tuple(
        _lens(f"{name}, camera {camera_name}", place, sample)
        for camera_name, place, sample in zip(NAMES, places()[name], found, strict=True)
    )


def _lens(
    where: str, place: Place, sample: Sequence[tuple[np.ndarray, np.ndarray]]
) -> FittedLens:
    points = np.concatenate([points for points, _ in sample] or [np.zeros((0, 3))])
    pixels = np.concatenate([pixels for _, pixels in sample] or [np.zeros((0, 2))])
    try:
        lens = lens_fit.fit(pixels, (points - place.position) @ place.rotation.T)
    except errors.InputError as error:
        raise errors.InputError(f"{where}: {error}") from error
    if lens.error > _LARGEST_MISS:
        raise refusal.error(
            where,
            f"2D and 3D joints of one camera within {_LARGEST_MISS:.0f} px",
            f"{lens.error:.0f} px",
        )
    return lens


def _samples(
    entry: Entry, keypoints: ArchivedKeypoints
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Returns some 3D joints in mm, `[points, 3]`, and each camera's pixels of them."""
    (positions,) = entry.read()
    joints = skeletons.get(SKELETON).joints
    if positions.ndim != 3 or positions.shape[1:] != (len(joints), 3):
        raise refusal.error(entry.name, "[time, 15, 3]", list(positions.shape))
    if not len(positions) or not np.isfinite(positions).all():
        raise refusal.error(entry.name, "finite positions", "others")
    step = max(1, len(positions) // _FRAMES_OF_A_SEQUENCE)
    views = keypoints.read(num_frames=len(positions), num_views=len(NAMES), step=step)
    linear_map = skeleton_maps.linear_map(keypoints.skeleton, "h36m17")
    target = skeleton_maps.linear_map(SKELETON, "h36m17")
    kept = linear_map.valid & target.valid
    if keypoints.skeleton != SKELETON:
        alike = [name.endswith(_ALIKE) for name in skeletons.get("h36m17").joints]
        kept &= np.array(alike)
    points = skeleton_maps.apply(positions[::step].astype(np.float64) * 1000.0, target)
    return points[:, kept].reshape(-1, 3), [
        skeleton_maps.apply(pixels, linear_map)[:, kept].reshape(-1, 2)
        for pixels, _ in views
    ]
