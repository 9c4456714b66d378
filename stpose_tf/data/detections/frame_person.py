"""One person in one frame, checked."""

import dataclasses

import numpy as np

from stpose_tf import errors

_LARGEST_PX = 1e6
LARGEST_FRAME = 10**8


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FramePerson:
    """What a detector says of one person in one frame.

    Attributes:
        frame: From 0.
        keypoints: In px, float32, `[keypoints, 2]`; NaN where there is none.
        confidence: 0 to 1, float32, `[keypoints]`; 0 where there is none.
        id: The person's, where the file has ids.
        box: Left, top, right and bottom in px.
    """

    frame: int
    keypoints: np.ndarray
    confidence: np.ndarray
    id: str | None = None
    box: tuple[float, float, float, float] | None = None


def make(
    frame: int,
    *,
    places: np.ndarray,
    confidence: np.ndarray,
    where: str,
    person: str | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> FramePerson:
    """Returns a person in a frame; absent keypoints become NaN with confidence 0.

    A keypoint is absent if its place is NaN or its confidence is not above 0;
    confidence above 1 is 1.

    Args:
        frame: From 0.
        places: In px, `[keypoints, 2]`.
        confidence: `[keypoints]`.
        where: What to call it in an error.
        person: The person's id.
        box: Left, top, right and bottom in px; left out unless finite.

    Raises:
        InputError: If a place is infinite or far from any image, a confidence is not
            finite, or the frame is out of range.
    """
    if not 0 <= frame <= LARGEST_FRAME:
        raise errors.InputError(
            f"{where}: expected a frame number from 0. Received: {frame}"
        )
    keypoints, confidence = cleaned(places, confidence, where=where)
    return FramePerson(
        frame=frame,
        keypoints=keypoints,
        confidence=confidence,
        id=person,
        box=box if box is not None and np.isfinite(box).all() else None,
    )


def cleaned(
    places: np.ndarray, confidence: np.ndarray, *, where: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns keypoints and confidence in which absent ones are NaN and 0.

    Args:
        places: In px, NaN where there is none, `[..., keypoints, 2]`.
        confidence: `[..., keypoints]`; NaN is 0 where there is no place either.
        where: What to call them in an error.

    Raises:
        InputError: If a place is infinite or far from any image, or a confidence is
            not finite.
    """
    places = np.asarray(places, np.float64)
    confidence = np.asarray(confidence, np.float64)
    nothing = np.isnan(places).any(axis=-1) & np.isnan(confidence)
    confidence = np.where(nothing, 0.0, confidence)
    far = np.abs(places) > _LARGEST_PX
    if far.any():
        raise errors.InputError(
            f"{where}: expected keypoints in px. Received: {places[far][0]:g}"
        )
    if not np.isfinite(confidence).all():
        raise errors.InputError(
            f"{where}: expected finite confidences. "
            f"Received: {confidence[~np.isfinite(confidence)][0]}"
        )
    present = np.isfinite(places).all(axis=-1) & (confidence > 0.0)
    keypoints = np.where(present[..., np.newaxis], places, np.nan)
    confidence = np.where(present, confidence.clip(0.0, 1.0), 0.0)
    return keypoints.astype(np.float32), confidence.astype(np.float32)
