"""Frames of a video with the people's keypoints over it, beside their 3D."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import extras
from stpose_tf.geometry import skeletons
from stpose_tf.results import pose_result
from stpose_tf.results.pose_result import PersonPoses, PoseResult
from stpose_tf.viz import drawing, skeleton_plot

Image = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float64]

_YAW, _PITCH = 0.5, 0.25  # rad: where the 3D is seen from
_APART = 1500.0  # mm between people whose places are not known
_SHARE = 0.8  # width of the 3D beside the video, in its heights
_FINER = 2  # the 3D is drawn larger and made smaller
_TILE = 500.0  # mm
_PAPER, _GRID, _INK = "#141823", "#343d52", "#e8ecf4"
_LEAST_SIZE = 2000.0  # mm
_FILLED = 0.85  # of the 3D beside the video


class OverlayFrames:
    """Draws the frames of one video, in any order.

    Args:
        result: Whom to draw.
        places: Of each person where the root is, camera frame, mm, `[time, 3]`; None
            if nobody knows.

    Raises:
        InputError: If Pillow is not installed.
    """

    def __init__(
        self, result: PoseResult, places: Sequence[pose_result.Array | None]
    ) -> None:
        self._draw: Any = extras.load("PIL.ImageDraw", extra="viz")
        self._image: Any = extras.load("PIL.Image", extra="viz")
        self._font: Any = extras.load("PIL.ImageFont", extra="viz")
        self._people = result.people
        self._keypoints = skeletons.get(result.keypoint_skeleton)
        self._joints = skeletons.get(result.skeleton)
        up = np.array([0.0, -1.0, 0.0])
        if result.ground is not None:
            up = result.ground.rotation[1]
        turn = _level(up)
        self._poses = [
            _placed(person, place, number) @ turn.T
            for number, (person, place) in enumerate(
                zip(result.people, places, strict=True)
            )
        ]
        every = [poses.reshape(-1, 3) for poses in self._poses]
        points = np.concatenate(every) if every else np.zeros((1, 3))
        self._floor = float(np.percentile(points[:, 1], 99))  # y points down
        if result.ground is not None:
            self._floor = float(result.ground.translation[1])
        flat = skeleton_plot.project(points, yaw=_YAW, pitch=_PITCH)[:, :2]
        low, high = np.percentile(flat, [1, 99], axis=0)
        self._middle = (low + high) / 2.0  # right and up, as seen
        self._sizes = np.maximum(high - low, _LEAST_SIZE)
        low, high = np.percentile(points, [1, 99], axis=0)
        self._stage = (np.floor(low / _TILE) * _TILE, np.ceil(high / _TILE) * _TILE)

    def draw(self, number: int, image: Image) -> Image:
        """Returns a frame with the keypoints in it and the 3D on its right.

        Args:
            number: Of the frame.
            image: RGB, uint8 `[height, width, 3]`.

        Returns:
            RGB, uint8 `[height, width + 0.8 height, 3]`.
        """
        height = image.shape[0]
        there = [
            (who, int(np.searchsorted(person.frames, number)))
            for who, person in enumerate(self._people)
            if number in person.frames
        ]
        seen = self._image.fromarray(np.ascontiguousarray(image))
        for who, row in there:
            self._draw_2d(seen, self._people[who], row)
        width = round(_SHARE * height)
        panel = self._panel(width, height, there)
        return np.concatenate([np.asarray(seen), np.asarray(panel)], axis=1)

    def _draw_2d(self, image: Any, person: PersonPoses, row: int) -> None:
        keypoints = person.keypoints[row]
        known = np.isfinite(keypoints[:, :2]).all(axis=1)
        if not known.any():
            return
        pen = self._draw.Draw(image)
        size = max(2, round(image.size[1] / 250))
        colors = _sides(self._keypoints)
        for first, second in self._keypoints.edges:
            if known[first] and known[second]:
                ends = [tuple(keypoints[k, :2]) for k in (first, second)]
                pen.line(ends, fill=colors[second], width=size)
        for (x, y, _), color in zip(
            keypoints[known], np.array(colors)[known], strict=True
        ):
            pen.ellipse([x - size, y - size, x + size, y + size], fill=str(color))
        top = keypoints[known][keypoints[known][:, 1].argmin()]
        pen.text(
            (top[0], top[1] - 3 * size),
            person.id,
            fill=_INK,
            font=self._font.load_default(8 * size),
            anchor="mb",
            stroke_width=2,
            stroke_fill="#000000",
        )

    def _panel(self, width: int, height: int, there: list[tuple[int, int]]) -> Any:
        wide, high = _FINER * width, _FINER * height
        panel = self._image.new("RGB", (wide, high), _PAPER)
        pen = self._draw.Draw(panel)
        scale = _FILLED * float((np.array([wide, high]) / self._sizes).min())
        view = (np.array([wide, high]) / 2.0, scale)
        self._draw_floor(pen, view)
        lines = []
        for who, row in there:
            lines += self._bones(self._poses[who][row], self._people[who], row, view)
        for _, start, end, color, hidden in sorted(lines, key=lambda line: -line[0]):
            thick = max(2, round((22.0 if hidden else 48.0) * scale))
            pen.line([start, end], fill=color, width=thick)
            radius = thick / 2.0
            for x, y in (start, end):
                pen.ellipse([x - radius, y - radius, x + radius, y + radius], color)
        return panel.resize((width, height), self._image.Resampling.BOX)

    def _draw_floor(self, pen: Any, view: tuple[Array, float]) -> None:
        (x0, _, z0), (x1, _, z1) = self._stage
        lines = [[[x, z0], [x, z1]] for x in np.arange(x0, x1 + 1.0, _TILE)]
        lines += [[[x0, z], [x1, z]] for z in np.arange(z0, z1 + 1.0, _TILE)]
        for ends in lines:
            points = np.insert(np.array(ends), 1, self._floor, axis=1)
            start, end = self._seen(points, view)[:, :2]
            pen.line([tuple(start), tuple(end)], fill=_GRID, width=_FINER)

    def _bones(
        self, pose: Array, person: PersonPoses, row: int, view: tuple[Array, float]
    ) -> list[tuple[float, tuple[float, ...], tuple[float, ...], str, bool]]:
        """Returns depth, ends, color and whether it was not seen, of each bone."""
        points = self._seen(pose, view)
        colors = _sides(self._joints)
        hidden = person.states[row] != pose_result.SEEN
        return [
            (
                float(points[[parent, child], 2].mean()),
                tuple(points[parent, :2].tolist()),
                tuple(points[child, :2].tolist()),
                colors[child],
                bool(hidden[child]),
            )
            for parent, child in self._joints.edges
        ]

    def _seen(self, points: Array, view: tuple[Array, float]) -> Array:
        """Returns px of the panel, and the depth."""
        middle, scale = view
        seen = skeleton_plot.project(points, yaw=_YAW, pitch=_PITCH)
        flat = (seen[..., :2] - self._middle) * np.array([scale, -scale]) + middle
        return np.concatenate([flat, seen[..., 2:]], axis=-1)


def _placed(person: PersonPoses, place: pose_result.Array | None, number: int) -> Array:
    poses = person.poses if person.smoothed is None else person.smoothed
    if place is None:
        return poses + np.array([_APART * number, 0.0, 0.0])
    return poses + place[:, np.newaxis]


def _level(up: Array) -> Array:
    """Returns the rotation that makes `up` the -y of a level camera, `[3, 3]`."""
    forward = np.array([0.0, 0.0, 1.0])
    forward = forward - (forward @ up) * up
    if np.linalg.norm(forward) < 0.1:  # the camera looks straight up or down
        forward = np.array([0.0, 1.0, 0.0]) - up[1] * up
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(-up, forward), -up, forward])


def _sides(skeleton: skeletons.Skeleton) -> list[str]:
    colors = drawing.sides(skeleton.num_joints, skeleton.left, skeleton.right)
    return [_INK if color == drawing.MIDDLE else color for color in colors]
