"""What ONNX person detectors put out, told apart by names and shapes.

Known are, each as its authors export it, with persons as COCO's first class:

*   YOLOX (Ge et al. 2021): one output `[1, cells, 5 + classes]` with a row for each
    cell of strides 8, 16 and 32, undecoded. Wants blue, green, red, 0 to 255, padded.
*   MMDeploy (RTMDet, YOLOX and others): `dets` `[1, people, 5]` (corners and score) and
    `labels` `[1, people]`. Padded; how pixels are normalized cannot be told.
*   RT-DETR, D-FINE, DEIM: `labels`, `boxes` (corners in px of the image) and `scores`,
    from `images` and `orig_target_sizes`. Wants 0 to 1, stretched.
*   DETR and its like as Transformers exports them: `logits` and `pred_boxes` (center
    and size over the image's). 80 classes (RT-DETR, D-FINE): 0 to 1, stretched. 91 and
    a last class for nobody, 92 (DETR), or 91 alone: ImageNet's normalization. RF-DETR
    calls the same two `labels` and `dets`.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping

import numpy as np

from stpose_tf.networks2d import network_choice

_STRIDES = (8, 16, 32)
_SIZES_INPUT = "orig_target_sizes"
_IMAGENET, _UNIT, _BYTES = (
    network_choice.NORMALIZATIONS[name] for name in ("imagenet", "unit", "bytes")
)

Outputs = Mapping[str, np.ndarray]
People = tuple[np.ndarray, np.ndarray]
"""Corners `[people, 4]` in px of the network's image or over its size, and scores."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How a kind of detector is fed and read.

    Attributes:
        name: Short.
        read: From outputs, and height and width of the network's image, to people.
        normalization: Mean and standard deviation of pixels from 0 to 1, in the order
            of the network's channels; None if only the user knows.
        bgr: Whether its channels are blue, green, red.
        padded: Whether the frame keeps its shape, in the upper left corner.
        px_of: What the corners count: `"input"` px of the network's image, `"frame"`
            px, or `"unit"` shares of the image.
    """

    name: str
    read: Callable[[Outputs, tuple[int, int]], People]
    normalization: tuple[tuple[float, ...], tuple[float, ...]] | None
    bgr: bool = False
    padded: bool = False
    px_of: str = "input"


def recognize(
    outputs: Outputs, inputs: Collection[str], size: tuple[int, int]
) -> Convention | None:
    """Returns the convention of a network, None if it is none of those.

    Args:
        outputs: Of one run, by name.
        inputs: Names of its inputs.
        size: Height and width of the image that went in.
    """
    shapes = {name: array.shape for name, array in outputs.items()}
    if {"labels", "boxes", "scores"} <= shapes.keys() and _SIZES_INPUT in inputs:
        return Convention(
            name="rt-detr", read=_read_decoded, normalization=_UNIT, px_of="frame"
        )
    if {"logits", "pred_boxes"} <= shapes.keys():
        return _detr(shapes["logits"], "logits", "pred_boxes")
    if {"dets", "labels"} <= shapes.keys():
        if len(shapes["labels"]) == 3:
            return _detr(shapes["labels"], "labels", "dets")
        if shapes["dets"][-1] == 5:
            return Convention(
                name="mmdeploy", read=_read_dets, normalization=None, padded=True
            )
    if len(shapes) == 1:
        (shape,) = shapes.values()
        if len(shape) == 3 and shape[1] == len(_cells(size)) and shape[2] > 5:
            return Convention(
                name="yolox",
                read=_read_yolox,
                normalization=_BYTES,
                bgr=True,
                padded=True,
            )
    return None


def _detr(shape: tuple[int, ...], logits: str, boxes: str) -> Convention | None:
    if len(shape) != 3 or shape[-1] not in (80, 91, 92):
        return None
    classes = shape[-1]
    person = 0 if classes == 80 else 1  # of COCO's own numbers

    def read(outputs: Outputs, size: tuple[int, int]) -> People:
        del size
        values = outputs[logits][0].astype(np.float64)
        if classes == 92:
            shares = np.exp(values - values.max(axis=-1, keepdims=True))
            scores = shares[:, person] / shares.sum(axis=-1)
        else:
            scores = 1.0 / (1.0 + np.exp(-np.clip(values[:, person], -60.0, 60.0)))
        return _corners(outputs[boxes][0].astype(np.float64)), scores

    return Convention(
        name="detr",
        read=read,
        normalization=_UNIT if classes == 80 else _IMAGENET,
        px_of="unit",
    )


def _read_decoded(outputs: Outputs, size: tuple[int, int]) -> People:
    del size
    persons = outputs["labels"][0] == 0
    return outputs["boxes"][0][persons], outputs["scores"][0][persons]


def _read_dets(outputs: Outputs, size: tuple[int, int]) -> People:
    del size
    found = outputs["dets"][0][outputs["labels"][0] == 0]
    return found[:, :4], found[:, 4]


def _read_yolox(outputs: Outputs, size: tuple[int, int]) -> People:
    (rows,) = outputs.values()
    values = rows[0].astype(np.float64)
    cells = _cells(size)
    center = (values[:, :2] + cells[:, :2]) * cells[:, 2:]
    extent = np.exp(np.clip(values[:, 2:4], -20.0, 20.0)) * cells[:, 2:]
    boxes = _corners(np.concatenate([center, extent], axis=1))
    return boxes, values[:, 4] * values[:, 5]


def _cells(size: tuple[int, int]) -> np.ndarray:
    """Returns column, row and stride of each cell, `[cells, 3]`."""
    found = []
    for stride in _STRIDES:
        rows, columns = np.indices((size[0] // stride, size[1] // stride))
        places = np.stack([columns.ravel(), rows.ravel()], axis=-1)
        found.append(np.insert(places, 2, stride, axis=1))
    return np.concatenate(found).astype(np.float64)


def _corners(boxes: np.ndarray) -> np.ndarray:
    """Returns left, top, right and bottom of centers and sizes, `[people, 4]`."""
    half = boxes[:, 2:] / 2.0
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
