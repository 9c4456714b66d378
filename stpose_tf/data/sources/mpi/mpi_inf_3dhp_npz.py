"""MPI-INF-3DHP re-packed in `data_train_3dhp.npz` and `data_test_3dhp.npz`.

They hold the joints of the standard body in the frame of each camera, and no cameras;
see `uncalibrated_clip`.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import finite_numbers, refusal, untrusted_pickle
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.mpi import mpi_annotations, mpi_footage
from stpose_tf.data.sources.mpi.mpi_annotations import Annotations
from stpose_tf.data.sources.planned_clip import PlannedClip
from stpose_tf.data.sources.recorded import uncalibrated_clip

DATASET = "mpi_inf_3dhp_npz"
FPS = 25.0
TRAIN, TEST = "data_train_3dhp.npz", "data_test_3dhp.npz"
_KEY = "data"
_LARGEST = 8 << 30  # bytes of the archive's one entry; its arrays are read one by one
_LARGEST_CLIP = 1 << 30  # bytes
_Stored = untrusted_pickle.StoredArray | np.ndarray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PackedSequence:
    """A sequence that was found in an archive.

    Attributes:
        path: The archive.
        key: Its name there, such as `S1 Seq1`.
        clip_id: Such as `S1_Seq1`.
        subject: Such as `S1`; in the test set the sequence.
        fps: Frames a second to give.
        step: Every `step`-th frame of the archive is one of them.
        cameras: What the archive calls the views; none in the test set.
        input_skeleton: Of the keypoints.
    """

    path: Path
    key: str
    clip_id: str
    subject: str
    fps: float
    step: int
    cameras: tuple[str, ...]
    input_skeleton: str

    @property
    def footage(self) -> tuple[Footage, ...]:
        """What each camera filmed, wherever the videos of these archives are."""
        found = mpi_footage.held_out(self.clip_id, step=self.step)
        if self.cameras:
            found = mpi_footage.train(self.clip_id, self.cameras, step=self.step)
        return tuple(dataclasses.replace(one, videos=()) for one in found)

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If the archive cannot be read, arrays are missing or of
                another shape, or 2D and 3D do not fit.
        """
        entry = _scan(self.path).get(self.key)
        if self.path.name == TEST:
            scene, image_size = uncalibrated_clip.SCENES[self.clip_id]
            cameras = {"camera": entry}
        else:
            scene = self.clip_id.partition("_")[2].lower()
            image_size = uncalibrated_clip.LARGE
            named = _cameras(f"{self.path}: {self.key}", entry)
            cameras = {f"camera {name}": arrays for name, arrays in named.items()}
        return uncalibrated_clip.build(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=scene,
            fps=self.fps,
            seen=list(self._annotations(cameras).items()),
            image_size=image_size,
            input_skeleton=self.input_skeleton,
        )

    def _annotations(self, cameras: Mapping[str, Any]) -> dict[str, Annotations]:
        """Returns what each camera saw; reads the file from front to back."""
        parts: dict[tuple[str, str], _Stored] = {}
        for camera, arrays in cameras.items():
            where = f"{self.path}: {self.key}, {camera}"
            parts[camera, "data_2d"] = _array(where, arrays, "data_2d")
            parts[camera, "data_3d"] = _array(where, arrays, "data_3d")
            if self.path.name == TEST:
                parts[camera, "valid"] = _array(where, arrays, "valid")
        size = sum(_bytes(stored) for stored in parts.values())
        if size > _LARGEST_CLIP:
            raise refusal.error(
                self.path, f"{_LARGEST_CLIP} bytes in {self.key}", f"{size}"
            )
        found = {}
        with untrusted_pickle.npz_stream(self.path, _KEY) as stream:
            for name in sorted(parts, key=lambda name: _offset(parts[name])):
                found[name] = untrusted_pickle.read_array(stream, parts[name])
        lengths = {len(array) for array in found.values()}
        if len(lengths) > 1:
            counts = " and ".join(map(str, sorted(lengths)))
            raise refusal.error(
                self.path, f"as many frames in all of {self.key}", counts
            )
        return {
            camera: self._checked(
                camera,
                found[camera, "data_2d"],
                points=found[camera, "data_3d"],
                valid=found.get((camera, "valid")),
            )
            for camera in cameras
        }

    def _checked(
        self,
        camera: str,
        pixels: np.ndarray,
        *,
        points: np.ndarray,
        valid: np.ndarray | None,
    ) -> Annotations:
        where = f"{self.key}, {camera}"
        for name, array, width in (("data_2d", pixels, 2), ("data_3d", points, 3)):
            if array.shape != (len(array), 17, width) or not len(array):
                raise refusal.error(
                    self.path,
                    f"[frames, 17, {width}] in {name} of {where}",
                    str(array.shape),
                )
        marks = np.ones(len(pixels), bool)
        if valid is not None:
            if valid.size != len(pixels):
                raise refusal.error(
                    self.path, f"[frames] in valid of {where}", str(valid.shape)
                )
            marks = valid.reshape(-1) > 0.5
        if not marks.any():
            raise refusal.error(self.path, f"a valid frame in {where}", "none")
        for name, array in (("data_2d", pixels), ("data_3d", points)):
            finite_numbers.check(self.path, f"{name} of {where}", array, used=marks)
        keep = slice(None, None, self.step)
        pixels, points = pixels.astype(np.float64), points.astype(np.float64)
        points[~marks] = 0.0
        return Annotations(
            pixels=pixels[keep],
            points=points[keep],
            universal=points[keep],
            valid=marks[keep],
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    input_skeleton: str = mpi_annotations.SKELETON,
) -> Iterator[PlannedClip | Skipped]:
    """Yields the sequences of one archive, or of both in a folder.

    Args:
        path: `data_train_3dhp.npz`, `data_test_3dhp.npz` or a folder with them.
        fps: Frames a second to give; None is 25. Sequences of another rate, of which
            it is no part, are skipped.
        subjects: Only these, such as `S1` or `TS1`; all of them if empty.
        input_skeleton: Of the keypoints; those that the joints do not give have
            confidence 0.

    Raises:
        InputError: If there is no such file, or it holds no sequence.
    """
    files = [path / TRAIN, path / TEST] if path.is_dir() else [path]
    files = [file for file in files if file.is_file() and file.name in (TRAIN, TEST)]
    if not files:
        raise refusal.error(path, f"{TRAIN} or {TEST}", "neither")
    for file in files:
        entries = _scan(file)
        for key in sorted(entries):
            clip_id = "_".join(key.split())
            subject = clip_id.partition("_")[0]
            if subjects and subject not in subjects:
                continue
            rate = FPS
            cameras: tuple[str, ...] = ()
            try:
                if file.name == TEST and clip_id not in uncalibrated_clip.SCENES:
                    raise refusal.error(file, "TS1 to TS6", key[:80])
                if file.name == TRAIN:
                    rate, cameras = _facts(f"{file}: {key}", entries[key])
                wanted = FPS if fps is None else fps
                step = frame_rates.step(rate, wanted)
            except errors.InputError as error:
                yield Skipped(name=clip_id, reason=str(error))
                continue
            yield PackedSequence(
                path=file,
                key=key,
                clip_id=clip_id,
                subject=subject,
                fps=wanted,
                step=step,
                cameras=cameras,
                input_skeleton=input_skeleton,
            )


def _scan(path: Path) -> dict[str, Any]:
    """Returns the archive's sequences with their large arrays left in the file."""
    found = untrusted_pickle.npz_scan(path, _KEY, largest_bytes=_LARGEST)
    if not isinstance(found, dict) or not found:
        what = untrusted_pickle.kind(found)
        raise refusal.error(path, f"sequences by name in {_KEY}", what)
    return {str(key): entry for key, entry in found.items()}


def _facts(where: str, entry: Any) -> tuple[float, tuple[str, ...]]:
    """Returns the frames a second that stand behind the cameras, and their names."""
    cameras = tuple(_cameras(where, entry))
    rate = entry[1]
    if isinstance(rate, np.ndarray) and rate.size == 1:
        rate = rate.item()
    if not isinstance(rate, int | float | np.number) or not 0 < rate < 1000:
        raise refusal.error(where, "frames a second after the cameras", repr(rate))
    return float(rate), cameras


def _cameras(where: str, entry: Any) -> dict[str, Any]:
    pair = isinstance(entry, list | tuple | np.ndarray) and len(entry) == 2
    if not pair or not isinstance(entry[0], dict) or not entry[0]:
        raise refusal.error(
            where, "a list of cameras by name and a rate", type(entry).__name__
        )
    return {str(name): arrays for name, arrays in entry[0].items()}


def _array(where: str, arrays: Any, name: str) -> _Stored:
    array = arrays.get(name) if isinstance(arrays, dict) else None
    if (
        isinstance(array, np.ndarray | untrusted_pickle.StoredArray)
        and np.dtype(array.dtype).kind in "biuf"
        and array.shape
    ):
        return array
    received = ", ".join(arrays) if isinstance(arrays, dict) else type(arrays).__name__
    raise refusal.error(where, f"numbers in {name}", received)


def _bytes(stored: _Stored) -> int:
    return stored.nbytes if isinstance(stored, np.ndarray) else stored.length


def _offset(stored: _Stored) -> int:
    return -1 if isinstance(stored, np.ndarray) else stored.offset
