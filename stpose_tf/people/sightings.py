"""What a person detector says of one frame."""

import dataclasses
from typing import Protocol

import numpy as np

from stpose_tf.networks2d.heatmap_network import HeatmapNetwork


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sightings:
    """People in one frame, the surest first.

    Attributes:
        boxes: Left, top, right and bottom in px of the image, `[people, 4]`.
        scores: 0 to 1, `[people]`.
        rolls: By how much they lean, rad from upright, clockwise, `[people]`.
    """

    boxes: np.ndarray
    scores: np.ndarray
    rolls: np.ndarray

    def __len__(self) -> int:
        """Number of people."""
        return len(self.boxes)


class PersonDetector(Protocol):
    """Finds people in a frame."""

    @property
    def name(self) -> str:
        """Short, for logs and results."""
        ...

    def __call__(self, frame: np.ndarray) -> Sightings:
        """Returns the people in an RGB frame, uint8 `[height, width, 3]`."""
        ...


def crops(sightings: Sightings, network: HeatmapNetwork) -> np.ndarray:
    """Returns the crops that a 2D network looks at people in.

    Args:
        sightings: The people.
        network: Says how large its crops are and whether they turn with the people.

    Returns:
        Center x, center y, side in px and roll in rad, `[people, 4]`.
    """
    boxes = np.asarray(sightings.boxes, np.float64).reshape(-1, 4)
    center = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    height, width = network.input_size
    sizes = (boxes[:, 2:] - boxes[:, :2]) / [width / height, 1.0]
    side = network.margin * sizes.max(axis=1)
    roll = sightings.rolls if network.upright else np.zeros(len(boxes))
    return np.concatenate([center, side[:, None], roll[:, None]], axis=1)


def suppressed(sightings: Sightings, *, overlap: float) -> Sightings:
    """Returns the sightings without those that overlap a surer one.

    Args:
        sightings: In any order.
        overlap: Largest allowed intersection over union.
    """
    order = np.argsort(-sightings.scores, kind="stable")
    boxes = np.asarray(sightings.boxes, np.float64).reshape(-1, 4)
    kept: list[int] = []
    for person in order:
        if all(iou(boxes[person], boxes[other]) <= overlap for other in kept):
            kept.append(int(person))
    return chosen(sightings, kept)


def chosen(sightings: Sightings, which: list[int]) -> Sightings:
    """Returns some of the sightings, in that order."""
    return Sightings(
        boxes=sightings.boxes[which],
        scores=sightings.scores[which],
        rolls=sightings.rolls[which],
    )


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the intersection of boxes over their union.

    Args:
        first: Left, top, right and bottom, `[..., 4]`.
        second: Likewise.
    """
    low = np.maximum(first[..., :2], second[..., :2])
    high = np.minimum(first[..., 2:], second[..., 2:])
    both = np.maximum(high - low, 0.0).prod(axis=-1)
    areas = sum((one[..., 2:] - one[..., :2]).prod(axis=-1) for one in (first, second))
    return np.asarray(both / np.maximum(areas - both, 1e-9))
