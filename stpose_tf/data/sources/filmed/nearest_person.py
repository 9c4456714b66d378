"""Which of the people that a detector saw is the one whom a data set speaks of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stpose_tf.data.clip import Clip, View
from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.recorded import multi_view_clip
from stpose_tf.geometry import skeleton_maps

_ORDER = "h36m17"
# Mean distance of keypoints from the joints that they stand for, as a share of the
# person's larger side, beyond which they are another person's or no person's.
_FARTHEST = 0.4
_LEAST_SHARE = 0.5  # of the frames in which somebody was seen


class Seen(NamedTuple):
    """A person in all frames of a clip.

    Attributes:
        keypoints: In px, `[time, keypoints, 2]`, NaN where there is none.
        confidence: 0 to 1, 0 where there is none, `[time, keypoints]`.
    """

    keypoints: np.ndarray
    confidence: np.ndarray


def places(clip: Clip, view: View) -> np.ndarray:
    """Returns where a view has the person, in `h36m17`, px, `[time, 17, 2]`.

    They are the projected joints where those and the camera are known, else the data
    set's own keypoints; NaN where neither is.
    """
    if clip.pose_world is not None and view.camera is not None:
        pixels = multi_view_clip.project(clip.pose_world, view.camera)
        if clip.pose_valid is not None:
            pixels = np.where(clip.pose_valid[..., np.newaxis], pixels, np.nan)
        return pixels
    own = Seen(view.keypoints, view.confidence)
    return _in_order(own, clip.input_skeleton)


def choose(
    people: Sequence[Seen],
    *,
    skeleton: str,
    person: np.ndarray,
    where: str,
    drifts: bool = False,
) -> Seen:
    """Returns the person, frame by frame whoever is nearest and near enough.

    Where the data set does not say where the person is, it is whoever was nearest
    before. Somebody who is alone in the file is taken in all frames.

    Args:
        people: Whom the detector saw.
        skeleton: The order of their keypoints.
        person: What `places` returned.
        where: The file, for the error.
        drifts: Whether the nearest one is right however far away.

    Raises:
        InputError: If there is nobody, or nobody near the person in most frames.
    """
    if not people:
        raise refusal.error(where, "a person in the frames of the clip", "none")
    shares = np.stack([_distances(one, skeleton, person) for one in people])
    nearest = np.argmin(shares, axis=0)
    best = shares.min(axis=0)
    compared = np.isfinite(best)
    near = best <= (np.inf if drifts else _FARTHEST)
    if not compared.any():
        raise refusal.error(
            where, "keypoints that can be compared with the data set's", "none"
        )
    if near[compared].mean() < _LEAST_SHARE:
        raise refusal.error(
            where,
            "the person of the clip in most frames",
            f"keypoints {np.median(best[compared]):.1f} times the person's size away "
            "at half of them",
        )
    if len(people) == 1:
        return people[0]
    frames = np.arange(len(best))
    unknown = ~np.isfinite(person).all(axis=-1).any(axis=-1)
    last = np.maximum.accumulate(np.where(unknown, 0, frames))
    taken = near[last]
    rows = nearest[last]
    keypoints = np.stack([one.keypoints for one in people])[rows, frames]
    confidence = np.stack([one.confidence for one in people])[rows, frames]
    return Seen(
        np.where(taken[:, np.newaxis, np.newaxis], keypoints, np.nan),
        np.where(taken[:, np.newaxis], confidence, 0.0),
    )


def _distances(seen: Seen, skeleton: str, person: np.ndarray) -> np.ndarray:
    """Returns the mean distance as a share of the person's size, `[time]`.

    Infinite where nothing can be compared.
    """
    known = np.isfinite(person).all(axis=-1)
    lowest = np.where(known[..., np.newaxis], person, np.inf).min(axis=1)
    highest = np.where(known[..., np.newaxis], person, -np.inf).max(axis=1)
    size = np.maximum((highest - lowest).max(axis=-1), 1.0)
    gaps = np.linalg.norm(_in_order(seen, skeleton) - person, axis=-1)
    both = np.isfinite(gaps)
    count = both.sum(axis=1)
    total = np.where(both, gaps, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1) / size, np.inf)


def _in_order(seen: Seen, skeleton: str) -> np.ndarray:
    linear_map = skeleton_maps.linear_map(skeleton, _ORDER)
    present = seen.confidence > 0.0
    known = skeleton_maps.apply_to_valid(present, linear_map)
    finite = np.where(present[..., np.newaxis], seen.keypoints, 0.0)
    mapped = skeleton_maps.apply(finite.astype(np.float64), linear_map)
    return np.where(known[..., np.newaxis], mapped, np.nan)
