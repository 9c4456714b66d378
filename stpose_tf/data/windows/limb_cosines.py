"""Motion as the cosines between all pairs of limbs, at one rate.

Neither rotation, place, body size nor limb lengths change them; a mirrored motion has
the same cosines between the opposite limbs.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from stpose_tf.geometry import skeletons

RATE = 40.0  # descriptors a second
LAG = 4  # descriptors until their averages share no frame
_BIN = LAG / RATE  # s that a descriptor averages
_SPARSE = 4  # every fourth is enough for the principal components
_COMPONENTS = 48  # principal components of the cosines; 24 lose too much of a walk


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A motion to compare.

    Attributes:
        clip_id: Its name.
        fps: Frames a second.
        poses: Joint positions in any one unit and frame, `[time, joints, 3]`.
    """

    clip_id: str
    fps: float
    poses: np.ndarray


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class LimbCosines:
    """How poses become descriptors: weighted cosines, in their principal components.

    Attributes:
        skeleton: The poses'.
        weights: Of the pairs of limbs; their squares sum to 1. Noise turns short
            limbs the most, so they count less.
        mirror: Where each pair of limbs finds the opposite pair.
        basis: Principal components, `[pairs, components]`.
    """

    skeleton: str
    weights: np.ndarray
    mirror: np.ndarray
    basis: np.ndarray

    @classmethod
    def of(cls, tracks: Sequence[Track], skeleton: str) -> "LimbCosines":
        """Returns what suits these tracks."""
        matrix = skeletons.get(skeleton).bone_matrix
        lengths = np.median(
            [
                np.median(np.linalg.norm(matrix @ track.poses, axis=-1), axis=0)
                for track in tracks
            ],
            axis=0,
        )
        shares = lengths / (lengths + lengths.max())
        first, second = np.triu_indices(len(shares), 1)
        weights = shares[first] * shares[second]
        weights /= np.linalg.norm(weights)
        mirror = _mirrored_pairs(skeleton)
        plain = cls(skeleton, weights, mirror, np.eye(len(weights)))
        values = np.concatenate(
            [
                plain.read(track, speed=1.0, mirrored=False)[::_SPARSE]
                for track in tracks
            ]
        )
        _, vectors = np.linalg.eigh(np.cov(values, rowvar=False))
        basis = vectors[:, ::-1][:, :_COMPONENTS]
        return dataclasses.replace(plain, basis=basis.astype(np.float32))

    def read(self, track: Track, *, speed: float, mirrored: bool) -> np.ndarray:
        """Returns the descriptors at `RATE`, float32 `[time, components]`."""
        bones = skeletons.get(self.skeleton).bone_matrix @ track.poses
        bones = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
        first, second = np.triu_indices(bones.shape[1], 1)
        cosines = (bones @ bones.swapaxes(-1, -2))[:, first, second]
        if mirrored:
            cosines = cosines[:, self.mirror]
        return _averages(cosines * self.weights @ self.basis, track.fps * speed)


def _averages(values: np.ndarray, fps: float) -> np.ndarray:
    """Returns means over `_BIN`, `RATE` times a second; frame i lasts i to i + 1."""
    width = max(_BIN * fps, 1.0)
    count = int((len(values) - width) / fps * RATE) + 1
    if count < 1:
        return values[:0]
    begins = np.arange(count) * fps / RATE
    sums = np.concatenate([np.zeros_like(values[:1], np.float64), values.cumsum(0)])

    def until(times: np.ndarray) -> np.ndarray:
        frames = np.minimum(times.astype(int), len(values) - 1)
        share = (times - frames)[:, None]
        return sums[frames] * (1 - share) + sums[frames + 1] * share

    return ((until(begins + width) - until(begins)) / width).astype(np.float32)


def _mirrored_pairs(skeleton: str) -> np.ndarray:
    """Returns where each pair of limbs finds the opposite pair."""
    tree = skeletons.get(skeleton)
    mirror = tree.mirror_permutation
    children = [child for _, child in tree.bones]
    bones = [children.index(mirror[child]) for child in children]
    first, second = np.triu_indices(len(bones), 1)
    places = np.zeros((len(bones), len(bones)), int)
    places[first, second] = places[second, first] = np.arange(len(first))
    return places[np.array(bones)[first], np.array(bones)[second]]
