"""AMASS: motion capture as SMPL's rotations, of SMPL+H and of SMPL-X.

Where joints are follows only with a body. Without the user's body model the rotations
move an approximate skeleton, see `smpl_body`: poses are then close to the truth, not
the truth, and feet do not stand exactly on the floor.
"""

import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf.data.containers import finite_numbers, npz_arrays, refusal
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.bodies import floor_height, head_points
from stpose_tf.data.sources.planned_clip import PlannedClip
from stpose_tf.data.sources.smpl import smpl_body
from stpose_tf.data.sources.smpl.smpl_body import RestBody
from stpose_tf.geometry import skeletons

_RATES = ("mocap_framerate", "mocap_frame_rate")  # SMPL+H, SMPL-X
_LARGEST = 512 << 20  # bytes of an array of a clip, which is an hour of one
_BODY = 66  # columns: the root's and 21 joints' rotations
# Files of a subject's body, not of motion.
_NO_MOTION = re.compile(r"shape|.*_stagei")
_ENDING = re.compile(r"_(poses|stageii)$")
# From Human3.6M's nose to the top of the head, of the latter's height above SMPL's.
_FACE = 115.0 / 170.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RotationFile:
    """A file of motion that was found.

    Attributes:
        path: The file.
        clip_id: The folders and the file's name.
        subject: The data set and its subject: the two folders that it lies in.
        fps: Frames a second to give; None is the file's own, rounded.
        body_model: The user's body model, a file or a folder; None is approximate.
    """

    path: Path
    clip_id: str
    subject: str
    fps: float | None
    body_model: Path | None

    def read(self) -> Motion:
        """Returns the motion.

        Raises:
            InputError: If the file or the body model cannot be read, an array is
                missing or does not fit, or the rate does not divide.
        """
        known = npz_arrays.names(self.path)
        rate = _rate(self.path, known)
        fps = rate if self.fps is None else self.fps
        step = frame_rates.step(rate, fps)
        rotations, places = _motion(self.path, known)
        rotations, places = rotations[::step], places[::step]
        body = self._body(known)
        turns, joints = pose(rotations, body)
        joints += places[:, np.newaxis]
        points, keypoints = _points(turns, joints, body)
        return Motion(
            clip_id=self.clip_id,
            subject=self.subject,
            action=_action(self.path.stem),
            fps=fps,
            joints_world=points.astype(np.float32),
            keypoints_world=keypoints.astype(np.float32),
        )

    def _body(self, known: tuple[str, ...]) -> RestBody:
        if self.body_model is None:
            return smpl_body.approximate()
        gender, shape = "neutral", np.zeros(0)
        if "gender" in known:
            gender = _text(npz_arrays.read(self.path, ("gender",))["gender"])
        if "betas" in known:
            shape = _numbers(self.path, "betas")
            shape = shape if shape.ndim == 1 else shape.reshape(-1, shape.shape[-1])[0]
        return _modelled(
            smpl_body.model_file(self.body_model, gender), tuple(shape.tolist())
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    body_model: Path | None = None,
) -> Iterator[PlannedClip | Skipped]:
    """Yields every file of motion in or below a folder; opens none.

    Args:
        path: Holds `CMU/01/01_01_poses.npz` or `..._stageii.npz`, at any depth.
        fps: Frames a second to give, a whole part of each file's; None is each
            file's own, rounded. The data sets in it have different ones.
        subjects: Only these, such as `CMU_01`; all of them if empty.
        body_model: The user's own body model, an .npz file or a folder of them; see
            `smpl_body.model_file`. None moves an approximate skeleton.

    Raises:
        InputError: If there is no such file at all.
    """
    files = sorted(
        file
        for file in path.rglob("*.npz")
        if not _NO_MOTION.fullmatch(file.stem) and file.is_file()
    )
    if not files:
        raise refusal.error(path, "AMASS's .npz files in or below it", "none")
    seen: set[str] = set()
    for file in files:
        folders = file.relative_to(path).parts[:-1]
        subject = "_".join(folders[-2:]) or path.resolve().name
        if subjects and subject not in subjects:
            continue
        clip_id = "_".join([*folders, _ENDING.sub("", file.stem)])
        if clip_id in seen:
            reason = f"{file}: expected a name of its own. Received: {clip_id} again"
            yield Skipped(name=clip_id, reason=reason)
            continue
        seen.add(clip_id)
        yield RotationFile(
            path=file,
            clip_id=clip_id,
            subject=subject,
            fps=fps,
            body_model=body_model,
        )


def pose(rotations: np.ndarray, body: RestBody) -> tuple[np.ndarray, np.ndarray]:
    """Returns how the joints are turned and where they are, by forward kinematics.

    Args:
        rotations: Of each joint against its parent, axis times angle in rad,
            `[time, 22, 3]`.
        body: At rest.

    Returns:
        Rotations from the body at rest to the world, `[time, 22, 3, 3]`, and
        positions in mm, the root's where it is at rest, `[time, 22, 3]`.
    """
    local = _matrices(rotations)
    turns, joints = np.empty_like(local), np.empty_like(rotations)
    parents = skeletons.get("smpl24").parents or ()
    for joint in range(len(smpl_body.JOINTS)):
        parent = parents[joint]
        if parent < 0:
            turns[:, joint], joints[:, joint] = local[:, joint], body.joints[joint]
            continue
        turns[:, joint] = turns[:, parent] @ local[:, joint]
        offset = body.joints[joint] - body.joints[parent]
        joints[:, joint] = joints[:, parent] + turns[:, parent] @ offset
    return turns, joints


def _matrices(vectors: np.ndarray) -> np.ndarray:
    """Returns the rotations by |v| rad about v, `[..., 3, 3]` (Rodrigues)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., np.newaxis, np.newaxis]
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1)
    cross = cross.reshape(*x.shape, 3, 3)
    # sin(a) / a and (1 - cos(a)) / a^2, finite at 0.
    first = np.sinc(angle / np.pi)
    second = np.sinc(angle / (2.0 * np.pi)) ** 2 / 2.0
    return np.eye(3) + first * cross + second * (cross @ cross)


def _points(
    turns: np.ndarray, joints: np.ndarray, body: RestBody
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the points of `h36m17` and of `coco17` in mm, `[time, 17, 3]` each."""
    places = {name: joints[:, row] for row, name in enumerate(smpl_body.JOINTS)}
    head = turns[:, smpl_body.JOINTS.index("head")]
    # Columns to the front, left and top of the head.
    face = head[..., [2, 0, 1]]
    places["hip"] = (places["left_hip"] + places["right_hip"]) / 2.0
    places["spine"] = (places["spine1"] + places["spine2"]) / 2.0
    places["thorax"] = places["neck"]
    places["head"] = places["head"] + head @ body.head_top
    places["nose"] = head_points.nose(places["thorax"], places["head"], face[..., 0])
    points = np.stack([places[n] for n in skeletons.get("h36m17").joints], axis=1)
    if body.approximate:
        points = points + floor_height.lift(points)
    length = _FACE * float(body.head_top[1])
    return points, head_points.with_face(points, face, length)


def _motion(path: Path, known: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rotations of 22 joints, `[time, 22, 3]`, and the root's place, mm."""
    if "poses" in known or "root_orient" not in known:
        rotations = _numbers(path, "poses")
    else:
        parts = [_numbers(path, name) for name in ("root_orient", "pose_body")]
        if {part.ndim for part in parts} != {2} or len(parts[0]) != len(parts[1]):
            shapes = " and ".join(str(part.shape) for part in parts)
            raise refusal.error(path, "as many root_orient as pose_body", shapes)
        rotations = np.concatenate(parts, axis=1)
    places = _numbers(path, "trans")
    frames = len(rotations)
    if rotations.ndim != 2 or rotations.shape[1] < _BODY or not frames:
        raise refusal.error(
            path, f"(frames, {_BODY} or more) in poses", rotations.shape
        )
    if places.shape != (frames, 3):
        raise refusal.error(path, f"({frames}, 3) in trans", places.shape)
    return rotations[:, :_BODY].reshape(frames, -1, 3), 1000.0 * places


def _numbers(path: Path, name: str) -> np.ndarray:
    array = npz_arrays.read(path, (name,), largest_bytes=_LARGEST)[name]
    if array.dtype.kind not in "iuf":
        raise refusal.error(path, f"numbers in {name}", array.dtype)
    finite_numbers.check(path, name, array)
    return array.astype(np.float64)


def _rate(path: Path, known: tuple[str, ...]) -> float:
    """Returns frames a second; a rate just beside a whole number is that number."""
    name = next((name for name in _RATES if name in known), None)
    if name is None:
        raise refusal.error(path, " or ".join(_RATES), ", ".join(known))
    array = _numbers(path, name)
    rate = float(array.flat[0]) if array.size == 1 else 0.0
    if not 1.0 <= rate <= 10_000.0:
        raise refusal.error(path, f"frames a second in {name}", array.ravel()[:3])
    return float(round(rate)) if abs(rate - round(rate)) < 1e-3 * rate else rate


def _text(array: np.ndarray) -> str:
    """Returns a text that may be stored as bytes, in lower case."""
    value = array.ravel()[0] if array.size else ""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip().lower()


@functools.lru_cache(maxsize=4)
def _modelled(path: Path, shape: tuple[float, ...]) -> RestBody:
    return smpl_body.from_model(path, np.array(shape))


def _action(stem: str) -> str:
    """Returns the words of a file's name, or `motion` where it has only numbers."""
    words = _ENDING.sub("", stem).strip("_0123456789 ")
    return words if any(map(str.isalpha, words)) else "motion"
