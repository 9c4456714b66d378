"""Clips of Human3.6M: one sequence in its four cameras."""

from pathlib import Path
from typing import Protocol

import numpy as np

from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.human36m import h36m_cameras, h36m_sequences
from stpose_tf.data.sources.recorded import multi_view_clip
from stpose_tf.data.sources.recorded.multi_view_clip import Shot

DATASET = "h36m"
SKELETON = "h36m17"
METADATA = "metadata.xml"


class Keypoints(Protocol):
    """2D keypoints of a sequence, not read yet.

    Attributes:
        skeleton: Their order.
        exact: Whether they are the projected truth.
    """

    @property
    def skeleton(self) -> str: ...

    @property
    def exact(self) -> bool: ...

    def read(
        self, *, num_frames: int, num_views: int, step: int = 1
    ) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Returns each camera's keypoints and, where it is known, confidence.

        Raises:
            InputError: If they cannot be read, or are fewer frames.
        """
        ...


def build(
    joints: np.ndarray,
    keypoints: Keypoints | None,
    *,
    subject: str,
    sequence: str,
    step: int,
    metadata: Path | None,
) -> Clip:
    """Returns the clip.

    Args:
        joints: `h36m17` in mm at 50 frames a second, `[time, 17, 3]`.
        keypoints: None takes the projected joints.
        subject: Such as `S9`.
        sequence: Its canonical name.
        step: Every which frame to keep.
        metadata: The data set's `metadata.xml`; None takes the packaged cameras.

    Raises:
        InputError: If the cameras are unknown, 2D cannot be read, or it does not fit
            the 3D.
    """
    name = f"{subject}/{sequence}"
    rigs = h36m_cameras.rigs(metadata)
    if subject not in rigs:
        raise refusal.error(
            name, f"a subject with known cameras, {', '.join(rigs)}", subject
        )
    skeleton, exact, shots = SKELETON, True, _shots(rigs[subject])
    if keypoints is not None:
        skeleton, exact = keypoints.skeleton, keypoints.exact
        seen = keypoints.read(num_frames=len(joints), num_views=len(shots), step=step)
        shots = [
            shot._replace(keypoints=pixels, confidence=confidence)
            for shot, (pixels, confidence) in zip(shots, seen, strict=True)
        ]
    damaged = (subject, sequence) in h36m_sequences.DAMAGED
    return multi_view_clip.build(
        clip_id=name,
        dataset=DATASET,
        subject=subject,
        action=h36m_sequences.action(sequence),
        fps=h36m_sequences.FPS / step,
        joints=joints[::step],
        joints_skeleton=SKELETON,
        shots=shots,
        input_skeleton=skeleton,
        exact=exact,
        largest_miss=np.inf if damaged else multi_view_clip.LARGEST_MISS,
    )


def _shots(rig: h36m_cameras.Rig) -> list[Shot]:
    return [
        Shot(name=name, image_size=size, camera=camera)
        for name, size, camera in zip(
            h36m_cameras.NAMES, h36m_cameras.IMAGE_SIZES, rig, strict=True
        )
    ]
