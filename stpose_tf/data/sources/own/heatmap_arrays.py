"""Raw heat maps of a 2D network, .npy or .npz, one clip of one person a file.

An .npz file holds `heatmaps` in the layout `tkhw` (time, keypoints, height, width) or
`thwk`, and may hold `layout`, `skeleton` or `joint_names`, `fps`, `image_size` (width,
height), and what the maps cover of the image: `boxes` (left, top, right, bottom in px,
`[time, 4]` or `[4]`); without boxes it is the whole image.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.containers import named_files, npz_arrays
from stpose_tf.data.detections import keypoint_orders
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.own import heatmap_boxes, heatmap_stream
from stpose_tf.data.sources.own.heatmap_stream import HeatmapStream
from stpose_tf.geometry import crops, heatmaps

DATASET = "heatmap_arrays"
SUFFIXES = (".npz", ".npy")
_OUTPUT = "h36m17"
_KEY = "heatmaps"
_FACTS = ("layout", "skeleton", "joint_names", "fps", "image_size", "boxes")
_OVERSHOOT = 1.5  # a peak above this is no confidence
_BYTE = 255.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapFacts:
    """What the user says of the files; it goes before what they say themselves.

    Attributes:
        layout: One of `heatmap_stream.LAYOUTS`.
        skeleton: Name of the keypoints' order.
        fps: Frames a second.
        image_size: Width and height in px.
        peak: The value that stands for a confidence of 1.
        origin: Whether a map's first pixel begins at the box's edge, `edge`, or has its
            center there, `center`, as HRNet's code has it.
        labels_above: Keypoints of more confidence are taken as truth; None takes none.

    Raises:
        InputError: If the origin or the peak is unusable.
    """

    layout: str | None = None
    skeleton: str | None = None
    fps: float | None = None
    image_size: tuple[int, int] | None = None
    peak: float | None = None
    origin: str = "edge"
    labels_above: float | None = None

    def __post_init__(self) -> None:
        if self.origin not in heatmap_boxes.ORIGINS:
            raise errors.InputError(
                f"origin: expected one of {', '.join(heatmap_boxes.ORIGINS)}. "
                f"Received: {self.origin}"
            )
        if self.peak is not None and not 0.0 < self.peak < float("inf"):
            raise errors.InputError(
                f"peak: expected a positive number. Received: {self.peak}"
            )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapClip:
    """One file of heat maps; see `find`.

    Attributes:
        clip_id: The file's name.
        subject: The file's folder, or its name.
        path: The file.
        facts: What the user says.
        fps: The wanted rate; None is the file's.
    """

    clip_id: str
    subject: str
    path: Path
    facts: HeatmapFacts
    fps: float | None

    def read(self) -> Clip:
        """Returns the clip; its keypoints are the maps' peaks.

        Raises:
            InputError: If the file is damaged, or its layout, skeleton, rate or image's
                size is unknown or cannot be right.
        """
        arrays = _arrays(self.path)
        layout = self.facts.layout or _text(arrays, "layout")
        key = _KEY if self.path.suffix.lower() == ".npz" else None
        stream = heatmap_stream.find(self.path, key, layout)
        order = _order(arrays, stream, self.facts)
        rate = self.facts.fps or _number(arrays, "fps", self.path)
        step = frame_rates.step(rate, rate if self.fps is None else self.fps)
        image_size = self.facts.image_size or _size(arrays, self.path)
        boxes = heatmap_boxes.checked(
            arrays.get("boxes", np.array([0, 0, *image_size])), stream
        )
        crop = heatmap_boxes.crop(boxes[::step], stream, origin=self.facts.origin)
        peak = self.facts.peak or (_BYTE if np.dtype(stream.dtype).kind == "u" else 1.0)
        found, encoded = _decoded(stream, order, step=step, peak=peak)
        unit = heatmaps.heatmap_to_unit(tf.constant(found[..., :2]), encoded.size)
        keypoints = np.asarray(crops.unit_to_image(unit, tf.constant(crop)))
        confidence = found[..., 2].clip(0.0, 1.0).astype(np.float32)
        labels = self.facts.labels_above
        view = View(
            keypoints=keypoints.astype(np.float32),
            confidence=confidence,
            labelled=confidence > (np.inf if labels is None else labels),
            crop=crop,
            image_size=image_size,
            heatmaps=encoded,
        )
        return Clip(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action="motion",
            fps=rate / step,
            input_skeleton=order.skeleton,
            output_skeleton=_OUTPUT,
            pose_world=None,
            pose_valid=None,
            keypoints_world=None,
            views=(view,),
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    layout: str | None = None,
    skeleton: str | None = None,
    source_fps: float | None = None,
    image_size: tuple[int, int] | None = None,
    peak: float | None = None,
    origin: str = "edge",
    labels_above: float | None = None,
) -> Iterator[HeatmapClip | Skipped]:
    """Yields every file, in order of the names.

    Args:
        path: A file, or a folder of files.
        fps: Frames a second to give; None is the files'.
        subjects: Only these; a file's is its folder below `path`, or its name.
        layout: One of `heatmap_stream.LAYOUTS`, where a file does not say it.
        skeleton: Name of the keypoints' order, where a file does not say it.
        source_fps: Frames a second, where a file does not say it.
        image_size: Width and height in px, where a file does not say it.
        peak: The value that stands for a confidence of 1; None is 1, or 255 for
            unsigned integers.
        origin: One of `heatmap_boxes.ORIGINS`.
        labels_above: Keypoints of more confidence are taken as truth; None takes none.

    Raises:
        InputError: If there is no file, or an option is unusable.
    """
    facts = HeatmapFacts(
        layout=layout,
        skeleton=skeleton,
        fps=source_fps,
        image_size=image_size,
        peak=peak,
        origin=origin,
        labels_above=labels_above,
    )
    for file, clip_id in named_files.find(path, SUFFIXES, kind="heat maps"):
        subject = clip_id.partition("/")[0] if "/" in clip_id else file.stem
        if subjects and subject not in subjects:
            continue
        yield HeatmapClip(
            clip_id=clip_id, subject=subject, path=file, facts=facts, fps=fps
        )


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if path.suffix.lower() != ".npz":
        return {}
    held = npz_arrays.names(path)
    return npz_arrays.read(path, [name for name in _FACTS if name in held])


def _text(arrays: dict[str, np.ndarray], name: str) -> str:
    return str(arrays[name]) if name in arrays else ""


def _number(arrays: dict[str, np.ndarray], name: str, path: Path) -> float:
    try:
        value = float(arrays[name].item()) if name in arrays else 0.0
    except (ValueError, TypeError):
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise errors.InputError(
            f"{path}: {name}: expected a positive number, from the file or from the "
            f"user. Received: {_text(arrays, name)[:40] or 'none'}"
        )
    return value


def _size(arrays: dict[str, np.ndarray], path: Path) -> tuple[int, int]:
    values = arrays.get("image_size", np.zeros(0)).reshape(-1)
    whole = values.dtype.kind in "iuf" and np.isfinite(values).all()
    if len(values) != 2 or not whole or (values < 1).any():
        raise errors.InputError(
            f"{path}: image_size: expected width and height in px, from the file or "
            f"from the user. Received: {values.tolist()[:4] or 'none'}"
        )
    return int(values[0]), int(values[1])


def _order(
    arrays: dict[str, np.ndarray], stream: HeatmapStream, facts: HeatmapFacts
) -> keypoint_orders.KeypointOrder:
    where = f"{stream.path}: layout {stream.layout}"
    if "joint_names" in arrays:
        names = [str(name) for name in arrays["joint_names"].reshape(-1)]
        if len(names) != stream.keypoints:
            raise errors.InputError(
                f"{where}: expected {stream.keypoints} joint_names. "
                f"Received: {len(names)}"
            )
        return keypoint_orders.by_names(names, where=where, skeleton=facts.skeleton)
    skeleton = facts.skeleton or _text(arrays, "skeleton") or None
    return keypoint_orders.by_count(stream.keypoints, where=where, skeleton=skeleton)


def _decoded(
    stream: HeatmapStream,
    order: keypoint_orders.KeypointOrder,
    *,
    step: int,
    peak: float,
) -> tuple[np.ndarray, heatmap_codec.EncodedHeatmaps]:
    """Returns (x, y, height) of the peaks, `[time, keypoints, 3]`, and the maps.

    Goes through the file twice: the compressed maps' range must be known first.
    """
    ranges, peaks = [], []
    for part in _square_parts(stream, order, step=step, peak=peak):
        ranges.append(heatmap_codec.ranges(part))
        peaks.append(np.asarray(heatmaps.decode(part)))
    found = np.concatenate(peaks)
    highest = float(found[..., 2].max())
    if highest > _OVERSHOOT:
        raise errors.InputError(
            f"{stream.path}: expected peaks up to 1, or the value that stands for 1 "
            f"(peak) from the user. Received: {highest * peak:g}"
        )
    lowest = np.min([pair[:, 0] for pair in ranges], axis=0)
    highests = np.max([pair[:, 1] for pair in ranges], axis=0)
    parts = _square_parts(stream, order, step=step, peak=peak)
    return found, heatmap_codec.encode(parts, np.stack([lowest, highests], axis=-1))


def _square_parts(
    stream: HeatmapStream,
    order: keypoint_orders.KeypointOrder,
    *,
    step: int,
    peak: float,
) -> Iterator[np.ndarray]:
    """Yields the skeleton's maps, 1 for a sure keypoint, padded to squares."""
    height, width = stream.size
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    margins = [(0, 0), (top, side - height - top), (left, side - width - left), (0, 0)]
    for part in stream.parts(step):
        maps = part if order.picks is None else part[..., list(order.picks)]
        yield np.pad(maps / np.float32(peak), margins)
