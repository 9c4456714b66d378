"""BlazePose's person detector, also for people who are small in the frame.

The network was made for one person near the camera: it sees a frame at 224x224. Given
tiles as well as the frame it also finds people of a fifth of the frame's height.
It says for each person where the middle of the hips is and how large a circle about
it holds the body, which way up.
"""

from pathlib import Path

import numpy as np

from stpose_tf import stage_clock
from stpose_tf.networks2d import (
    blazepose,
    image_cutting,
    litert_model,
    model_files,
    placement,
)
from stpose_tf.people import sightings, tiling
from stpose_tf.people.sightings import Sightings

_SIDE = 224
_BOXES = 2254
_OVERLAP = 0.3  # inside a tile; the network's own choice
_SAME = 0.35  # among tiles
_SMALLEST, _LARGEST = 0.1, 0.65  # radius over the tile's side


class BlazePoseDetector:
    """Finds people with BlazePose's detector.

    Args:
        content: The network's file; `load` finds it.
        least_score: Of a person.
        shares: Sides of the tiles over the frame's shorter side.
        threads: Threads of one run.
    """

    name = "blazepose"

    def __init__(
        self,
        content: bytes,
        *,
        least_score: float = 0.5,
        shares: tuple[float, ...] = (1.0, 0.6),
        threads: int = 1,
    ) -> None:
        self._network = litert_model.LitertModel(
            content,
            name="blazepose_detector",
            input_shape=(1, _SIDE, _SIDE, 3),
            output_shapes=((1, _BOXES, 12), (1, _BOXES, 1)),
            threads=threads,
        )
        self._anchors = anchors()
        self._least_score = least_score
        self._shares = shares

    def __call__(self, frame: np.ndarray) -> Sightings:
        """Returns the people in an RGB frame, uint8 `[height, width, 3]`.

        The box of a person is the square around the circle that holds the body.
        """
        regions = tiling.tiles((frame.shape[1], frame.shape[0]), self._shares)
        circles, scores = [], []
        images = image_cutting.cut(frame, regions, (_SIDE, _SIDE))
        for matrix, image in zip(placement.of_unit(regions), images, strict=True):
            found, sure = self.circles(image)
            if len(found):
                circles.append(placement.apply(matrix, found.reshape(-1, 2)))
                scores.append(sure)
        points = np.concatenate([np.zeros((0, 2)), *circles]).reshape(-1, 2, 2)
        crops = blazepose.crop_of_circle(points[:, 0], points[:, 1])
        half = crops[:, 2:3] / (2.0 * blazepose.MARGIN)
        people = Sightings(
            boxes=np.concatenate([crops[:, :2] - half, crops[:, :2] + half], axis=1),
            scores=np.concatenate([np.zeros(0), *scores]),
            rolls=crops[:, 3],
        )
        return sightings.suppressed(people, overlap=_SAME)

    def circles(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the people in one tile.

        Args:
            image: RGB, uint8 `[224, 224, 3]`.

        Returns:
            The circles' centers and tops in unit coordinates, `[people, 2, 2]`, and
            scores, `[people]`.
        """
        with stage_clock.counted("2D networks"):
            raw, logits = self._network(image.astype(np.float32) / 127.5 - 1.0)
        scores = 1.0 / (1.0 + np.exp(-np.clip(logits[0, :, 0], -60.0, 60.0)))
        sure = np.flatnonzero(scores >= self._least_score)
        if not len(sure):
            return np.zeros((0, 2, 2)), np.zeros(0)
        sure = sure[np.argsort(-scores[sure], kind="stable")]
        anchored = self._anchors[sure]
        faces = raw[0, sure, :4].reshape(-1, 2, 2).astype(np.float64) / _SIDE
        center, size = anchored + faces[:, 0], faces[:, 1]
        boxes = np.concatenate([center - size / 2, center + size / 2], axis=1)
        points = raw[0, sure, 4:8].reshape(-1, 2, 2) / _SIDE + anchored[:, None]
        merged, best = _merged(boxes, points, scores[sure])
        radius = np.linalg.norm(merged[:, 1] - merged[:, 0], axis=-1)
        hips = merged[:, 0]
        good = ((hips >= 0.0) & (hips <= 1.0)).all(axis=1)
        good &= (radius >= _SMALLEST) & (radius <= _LARGEST)
        return merged[good], best[good]


def load(
    path: Path | None = None, *, least_score: float = 0.5, threads: int = 1
) -> BlazePoseDetector:
    """Returns the detector of a file, else from where `model_files` finds it."""
    content = model_files.load("blazepose_detector", path)
    return BlazePoseDetector(content, least_score=least_score, threads=threads)


def anchors() -> np.ndarray:
    """Returns the centers that the network's boxes count from, unit, `[2254, 2]`.

    Grids of 28, 14 and 7 cells a side with 2, 2 and 6 boxes in a cell, row by row.
    """
    found = []
    for cells, boxes in ((28, 2), (14, 2), (7, 6)):
        rows, columns = np.divmod(np.arange(cells * cells), cells)
        centers = (np.stack([columns, rows], axis=-1) + 0.5) / cells
        found.append(np.repeat(centers, boxes, axis=0))
    return np.concatenate(found)


def _merged(
    boxes: np.ndarray, points: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the points of boxes that overlap, averaged by their scores.

    Args:
        boxes: The surest first, `[boxes, 4]`.
        points: `[boxes, points, 2]`.
        scores: `[boxes]`.
    """
    left = np.arange(len(boxes))
    merged, best = [], []
    while len(left):
        overlaps = sightings.iou(boxes[left[0]], boxes[left])
        group = left[(overlaps > _OVERLAP) | (left == left[0])]
        left = np.setdiff1d(left, group)
        merged.append(np.average(points[group], axis=0, weights=scores[group]))
        best.append(scores[group[0]])
    return np.array(merged).reshape(-1, 2, 2), np.array(best)
