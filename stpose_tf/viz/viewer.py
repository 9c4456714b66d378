"""One HTML file that shows 3D poses: turn, zoom, play; no network, no server."""

import base64
import dataclasses
import html
import importlib.resources
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.geometry import skeletons

Array = npt.NDArray[np.floating]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ViewerClip:
    """One sequence of the viewer; poses in the camera frame, mm.

    Attributes:
        name: What the list of sequences calls it.
        fps: Rate of its frames.
        skeleton: Names and tree of its joints.
        predictions: `[time, joints, 3]`, NaN where there is nobody.
        truths: `[time, joints, 3]`, NaN where unknown; None if there is none.
        occluded: Joints that were hidden from the network, `[time, joints]`.
        roots: Where the root is, `[time, 3]`; None leaves it in one place.
        up: Where up is in the camera frame; the default is an upright camera.
        first_frame: Number of the first frame.
        frame_step: From one frame's number to the next.
        floor: How high the floor is along `up` in mm; None puts it under the feet.
        labels: Pairs of a joint and what to write above it.
    """

    name: str
    fps: float
    skeleton: skeletons.Skeleton
    predictions: Array
    truths: Array | None = None
    occluded: npt.NDArray[np.bool_] | None = None
    roots: Array | None = None
    up: tuple[float, float, float] = (0.0, -1.0, 0.0)
    first_frame: int = 0
    frame_step: int = 1
    floor: float | None = None
    labels: Sequence[tuple[int, str]] = ()


def write(clips: Sequence[ViewerClip], path: Path, *, title: str = "STPose") -> None:
    """Writes the viewer of `clips` to `path`."""
    path.write_text(to_html(clips, title=title), encoding="utf-8")


def to_html(clips: Sequence[ViewerClip], *, title: str = "STPose") -> str:
    """Returns the viewer of `clips` as one self-contained page.

    Raises:
        InputError: If there is no clip, or one whose arrays do not fit together.
    """
    if not clips:
        raise errors.InputError("viewer: expected a sequence to show. Received: none")
    payload = json.dumps(
        {"clips": [_clip(clip) for clip in clips]}, allow_nan=False, ensure_ascii=True
    )
    template = importlib.resources.files("stpose_tf.viz") / "viewer.html"
    page = template.read_text(encoding="utf-8")
    page = page.replace("__TITLE__", html.escape(title))
    # A name that holds "</script>" must not end the element it stands in.
    return page.replace("__PAYLOAD__", payload.replace("<", "\\u003c"))


def upright(up: Sequence[float]) -> npt.NDArray[np.float64]:
    """Returns the rotation from the camera frame to the viewer's, `[3, 3]`.

    The viewer's y is up and the camera looks along its -z, so that the first view is
    the camera's. A rotation: left stays left.
    """
    y = np.asarray(up, np.float64) / np.linalg.norm(up)
    forward = np.array([0.0, 0.0, 1.0])
    if abs(y @ forward) > 0.99:  # the camera looks straight up or down
        forward = np.array([0.0, 1.0, 0.0])
    z = -(forward - (forward @ y) * y)
    z /= np.linalg.norm(z)
    return np.stack([np.cross(y, z), y, z])


def _clip(clip: ViewerClip) -> dict[str, Any]:
    skeleton = clip.skeleton
    shape = (len(clip.predictions), skeleton.num_joints, 3)
    _expect_shape(clip, "predictions", clip.predictions, shape)
    _expect_shape(clip, "truths", clip.truths, shape)
    _expect_shape(clip, "occluded", clip.occluded, shape[:2])
    _expect_shape(clip, "roots", clip.roots, (shape[0], 3))
    if not shape[0]:
        raise errors.InputError(f"viewer: expected frames in {clip.name}. Received: 0")
    rotation = upright(clip.up)
    roots = 0.0 if clip.roots is None else np.asarray(clip.roots)[:, np.newaxis]
    predictions = (np.asarray(clip.predictions, np.float64) + roots) @ rotation.T
    truths = None
    if clip.truths is not None:
        truths = (np.asarray(clip.truths, np.float64) + roots) @ rotation.T
    shown = predictions
    if truths is not None:
        shown = np.where(np.isfinite(truths), truths, predictions)
    there = np.asarray(np.isfinite(shown).all(axis=-1))
    if not there.any():
        raise errors.InputError(
            f"viewer: expected somebody in {clip.name}. Received: nobody"
        )
    heights = np.where(there, shown[..., 1], np.inf).min(axis=1)
    # Two frames in a hundred may reach through the floor: one glitch must not drop it.
    floor = clip.floor
    if floor is None:
        floor = float(np.percentile(heights[np.isfinite(heights)], 2))
    middle = shown[there].mean(axis=0)
    reach = np.percentile(np.linalg.norm(shown[there] - middle, axis=-1), 98)
    return {
        "name": clip.name,
        "fps": float(clip.fps),
        "frames": shape[0],
        "firstFrame": clip.first_frame,
        "frameStep": clip.frame_step,
        "joints": list(skeleton.joints),
        "bones": [[int(parent), int(child)] for parent, child in skeleton.edges],
        "sides": _sides(skeleton),
        "middle": [float(value) for value in middle],
        "reach": float(reach),
        "labels": [[int(joint), text] for joint, text in clip.labels],
        "floor": floor,
        "prediction": _base64(predictions, "<f4"),
        "truth": None if truths is None else _base64(truths, "<f4"),
        "occluded": None if clip.occluded is None else _base64(clip.occluded, "u1"),
    }


def _sides(skeleton: skeletons.Skeleton) -> str:
    sides = ["C"] * skeleton.num_joints
    for joint in skeleton.left:
        sides[joint] = "L"
    for joint in skeleton.right:
        sides[joint] = "R"
    return "".join(sides)


def _base64(values: npt.NDArray[Any], dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode()


def _expect_shape(
    clip: ViewerClip,
    field: str,
    values: npt.NDArray[Any] | None,
    shape: tuple[int, ...],
) -> None:
    if values is not None and np.shape(values) != shape:
        raise errors.InputError(
            f"viewer: expected {field} of {clip.name} to be {list(shape)}. "
            f"Received: {list(np.shape(values))}"
        )
