"""Penn Action: short videos with 2D joints and whether they are visible; no 3D.

The files give no rate, 30 is taken; a clip's subject is its part of the split, `train`
or `test`, for the files do not say who moves. Pixels are counted from 0 here, from 1
in the files.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.containers import finite_numbers, matlab_file, refusal
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.planned_clip import PlannedClip
from stpose_tf.data.sources.recorded import recorded_clip
from stpose_tf.geometry import skeletons

DATASET = "penn_action"
SKELETON = "penn13"
FPS = 30.0
_LARGEST = 64 << 20  # bytes of a file, inflated
_MOST_FRAMES = 100_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LabelledVideo:
    """A file of labels that was found.

    Attributes:
        path: Such as `labels/0001.mat`.
        clip_id: Such as `0001`.
        subject: `train` or `test`.
        fps: Frames a second to give.
        step: Every `step`-th frame is one of them.
        swap_left_right: Whether left joints are called right and right ones left.
        input_skeleton: Of the keypoints.
    """

    path: Path
    clip_id: str
    subject: str
    fps: float
    step: int
    swap_left_right: bool
    input_skeleton: str

    @property
    def footage(self) -> tuple[Footage, ...]:
        """The folder of images `frames/0001`, the first of which is `000001.jpg`."""
        return (
            Footage(
                videos=(f"frames/{self.clip_id}", self.clip_id),
                detections=(self.clip_id,),
                step=self.step,
                first_image=1,
            ),
        )

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If the file cannot be read, or an array is missing or does
                not fit; names it.
        """
        names = ("x", "y", "visibility", "dimensions", "action")
        fields = matlab_file.read(self.path, names, largest_bytes=_LARGEST)
        pixels, visible = _joints(self.path, fields)
        if self.swap_left_right:
            order = skeletons.get(SKELETON).mirror_permutation
            pixels, visible = pixels[:, order], visible[:, order]
        pixels, visible = pixels[:: self.step], visible[:: self.step]
        if not visible.any():
            raise refusal.error(self.path, "a visible joint", "none")
        return recorded_clip.build(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=_text(self.path, "action", fields["action"]),
            fps=self.fps,
            seen_skeleton=SKELETON,
            sights=[
                recorded_clip.Sight(
                    name="camera",
                    keypoints=pixels,
                    confidence=visible.astype(np.float32),
                    labelled=visible,
                    image_size=_image_size(self.path, fields["dimensions"]),
                )
            ],
            input_skeleton=self.input_skeleton,
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    swap_left_right: bool = False,
    source_fps: float = FPS,
    input_skeleton: str = SKELETON,
) -> Iterator[PlannedClip | Skipped]:
    """Yields every file of labels; each is opened for the split that it belongs to.

    Args:
        path: Holds `labels/0001.mat` or `0001.mat`.
        fps: Frames a second to give, a whole part of the source's; None is all.
        subjects: Only `train` or only `test`; both if empty.
        swap_left_right: Whether to exchange the names left and right, about which
            users of this data set do not agree; the default is that of its authors.
        source_fps: What rate to take the videos for.
        input_skeleton: Of the keypoints; those that the 13 joints do not give have
            confidence 0.

    Raises:
        InputError: If there is no file of labels, or the rate does not divide.
    """
    wanted = source_fps if fps is None else fps
    step = frame_rates.step(source_fps, wanted)
    folder = path / "labels" if (path / "labels").is_dir() else path
    files = sorted(folder.glob("*.mat"))
    if not files:
        raise refusal.error(path, "labels/0001.mat in it", "no .mat file")
    for file in files:
        try:
            subject = _split(file)
        except errors.InputError as error:
            yield Skipped(name=file.stem, reason=str(error))
            continue
        if subjects and subject not in subjects:
            continue
        yield LabelledVideo(
            path=file,
            clip_id=file.stem,
            subject=subject,
            fps=wanted,
            step=step,
            swap_left_right=swap_left_right,
            input_skeleton=input_skeleton,
        )


def _split(path: Path) -> str:
    mark = matlab_file.read(path, ("train",), largest_bytes=_LARGEST)["train"]
    number = float(mark.flat[0]) if mark.size == 1 and mark.dtype.kind in "biuf" else 0
    if number not in (1.0, -1.0):
        raise refusal.error(path, "1 or -1 in train", str(mark.ravel()[:3].tolist()))
    return "train" if number > 0 else "test"


def _joints(path: Path, fields: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Returns pixels, counted from 0, `[time, 13, 2]`, and which are visible."""
    joints = skeletons.get(SKELETON).num_joints
    frames = len(fields["x"])
    for name in ("x", "y", "visibility"):
        array = fields[name]
        if array.shape != (frames, joints) or not 0 < frames <= _MOST_FRAMES:
            expected = f"({frames or 'frames'}, {joints}) in {name}"
            raise refusal.error(path, expected, str(array.shape))
        if array.dtype.kind not in "biuf":
            raise refusal.error(path, f"numbers in {name}", str(array.dtype))
    visible = fields["visibility"].astype(np.float64) > 0.5
    pixels = np.stack([fields["x"], fields["y"]], axis=-1).astype(np.float64) - 1.0
    gated = np.where(visible[..., np.newaxis], pixels, 0.0)
    finite_numbers.check(path, "x and y of visible joints", gated)
    return pixels, visible


def _image_size(path: Path, dimensions: np.ndarray) -> tuple[int, int]:
    """Returns width and height; the file has height, width and frames."""
    numeric = dimensions.dtype.kind in "biuf" and dimensions.size >= 2
    height, width = dimensions.ravel()[:2].astype(float) if numeric else (0.0, 0.0)
    if not (1 <= width < 1e5 and 1 <= height < 1e5):
        raise refusal.error(
            path, "height and width in dimensions", str(dimensions.ravel()[:3].tolist())
        )
    return round(width), round(height)


def _text(path: Path, name: str, array: np.ndarray) -> str:
    text = str(array.ravel()[0]).strip() if array.size == 1 else ""
    if array.dtype.kind not in "US" or not text:
        raise refusal.error(path, f"a text in {name}", str(array.ravel()[:3].tolist()))
    return text
