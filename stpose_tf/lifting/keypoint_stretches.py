"""People whose 2D keypoints are known, as stretches with heat maps rendered of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from absl import logging

from stpose_tf import errors
from stpose_tf.augment import peak_components
from stpose_tf.data.detections import person_tracks
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.geometry import crops, heatmaps, skeletons
from stpose_tf.lifting.stretch import Heatmaps, Stretch

LEAST_CONFIDENCE = 0.2
_TRUNK = ("shoulder", "hip")
_FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
LARGEST_FACE = 0.75  # of the trunk; larger ones are other keypoints
_FEWEST_FRAMES = 5


def stretches(
    person: person_tracks.PersonTrack,
    *,
    fps: float,
    longest_gap: float,
    least_confidence: float = LEAST_CONFIDENCE,
) -> Iterator[Stretch]:
    """Yields the parts of a video in which a person is seen.

    Args:
        person: The person's keypoints.
        fps: Frames a second.
        longest_gap: How long a person may be lost, in s; after more a new stretch
            begins.
        least_confidence: Keypoints with less are as if absent.
    """
    confidence = np.where(
        person.confidence >= least_confidence, person.confidence, 0.0
    ).astype(np.float32)
    there = np.flatnonzero((confidence > 0.0).any(axis=1))
    if not len(there):
        return
    frames = person.frames[there]
    breaks = np.flatnonzero(np.diff(frames) - 1 > longest_gap * fps) + 1
    for part in np.split(there, breaks):
        first, last = int(person.frames[part[0]]), int(person.frames[part[-1]])
        numbers = np.arange(first, last + 1)
        keypoints = np.full((len(numbers), *person.keypoints.shape[1:]), np.nan)
        heights = np.zeros(keypoints.shape[:2], np.float32)
        places = person.frames[part] - first
        shown = confidence[part]
        keypoints[places] = np.where(
            shown[..., np.newaxis] > 0.0, person.keypoints[part], np.nan
        )
        heights[places] = shown
        visible = heights > 0.0
        yield Stretch(
            frames=numbers,
            times=numbers / fps,
            keypoints=keypoints,
            confidence=heights,
            visible=visible,
            crops=recorded_view.tight_crop(keypoints, visible),
        )


def area(person: person_tracks.PersonTrack) -> float:
    """Returns how much of the video a person fills: px^2, summed over the frames."""
    there = (person.confidence > 0.0)[..., np.newaxis]
    lowest = np.where(there, person.keypoints, np.inf).min(axis=1)
    highest = np.where(there, person.keypoints, -np.inf).max(axis=1)
    sides = np.where(np.isfinite(lowest), highest - lowest, 0.0)
    return float(sides.prod(axis=-1).sum())


def rendered(stretch: Stretch, size: tuple[int, int], *, sigma: float) -> Heatmaps:
    """Returns what renders a stretch's heat maps: one Gaussian as high as its keypoint.

    Args:
        stretch: With the keypoints in the order of the model.
        size: Height and width of a heat map.
        sigma: Standard deviation of a Gaussian in heat-map px.
    """

    def render(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        visible = stretch.visible[rows]
        crop = stretch.crops[rows]
        middle = crop[:, np.newaxis, :2]
        places = np.where(visible[..., np.newaxis], stretch.keypoints[rows], middle)
        unit = crops.image_to_unit(tf.constant(places, tf.float32), crop)
        on_map = heatmaps.unit_to_heatmap(unit, size)
        peaks = peak_components.from_keypoints(on_map, sigma=sigma)
        heights = np.where(visible, stretch.confidence[rows], 0.0)
        peaks = peak_components.scale_heights(peaks, tf.constant(heights, tf.float32))
        # The other components are noise that nothing adds here.
        maps: npt.NDArray[np.float32] = heatmaps.render(peaks[..., :1, :], size).numpy()
        return maps

    return render


def check_order(detections: person_tracks.Detections, *, where: str) -> None:
    """Refuses keypoints whose faces are as large as their trunks.

    Files rarely say which order their keypoints have. In a wrong one the points called
    eyes and ears lie all over the body.

    Args:
        detections: In any order.
        where: What to call them in an error.

    Raises:
        InputError: If most frames look so.
    """
    points = (
        np.concatenate([person.keypoints, person.confidence[..., np.newaxis]], axis=-1)
        for person in detections.people
    )
    faces = face_over_trunk(points, detections.skeleton)
    if faces > LARGEST_FACE:
        names = skeletons.get(detections.skeleton).joints
        raise errors.InputError(
            f"{where}: expected keypoints in the order of {detections.skeleton}: "
            f"{', '.join(names[:5])}, ... (another order is named with --skeleton). "
            f"Received: faces {faces:.1f} times as large as trunks"
        )


def warn_of_order(
    people: Iterable[npt.NDArray[Any]], skeleton: str, *, flag: str
) -> None:
    """Warns of keypoints whose faces are as large as their trunks.

    Args:
        people: x, y and confidence of each, `[frames, keypoints, 3]`.
        skeleton: Name of their order.
        flag: What says it.
    """
    faces = face_over_trunk(people, skeleton)
    if faces > LARGEST_FACE:
        logging.warning(
            "Faces are %.1f times as large as trunks; is the keypoints' order (%s) the "
            "right one?",
            faces,
            flag,
        )


def face_over_trunk(people: Iterable[npt.NDArray[Any]], skeleton: str) -> float:
    """Returns the usual size of faces over that of trunks, of keypoints in an order.

    Args:
        people: x, y and confidence of each, `[frames, keypoints, 3]`.
        skeleton: Name of the order.

    Returns:
        The median over the frames that show both; 0 where they are too few, or the
        order has no faces.
    """
    names = skeletons.get(skeleton).joints
    needed = (*_FACE, *(f"{s}_{p}" for s in ("left", "right") for p in _TRUNK))
    if not set(needed) <= set(names):
        return 0.0
    ratios = [np.zeros(0)]
    index = [names.index(name) for name in needed]
    for keypoints in people:
        known = (keypoints[:, index, 2] > 0.0).all(axis=1)
        points = keypoints[known][:, index, :2]
        face = points[:, : len(_FACE)]
        apart = face[:, :, np.newaxis] - face[:, np.newaxis]
        trunk = points[:, len(_FACE) :].reshape(-1, 2, 2, 2).mean(axis=1)
        length = np.linalg.norm(trunk[:, 0] - trunk[:, 1], axis=-1)
        width = np.linalg.norm(apart, axis=-1).max(axis=(1, 2), initial=0.0)
        ratios.append(width / np.maximum(length, 1.0))
    every = np.concatenate(ratios)
    return float(np.median(every)) if len(every) >= _FEWEST_FRAMES else 0.0
