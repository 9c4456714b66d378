"""3DPW: people outdoors, filmed with a camera that is carried along.

A clip is one person of one sequence. A record's camera stands still, so a clip's world
moves with the camera: it is the camera's frame, set upright by the mean direction of
gravity over the clip, with its floor under the feet. Poses in the camera's frame are
exact in every frame; the person's path holds the camera's motion too, and new cameras
have nothing to shoot. The joints are SMPL's as the files give them; the 2D joints are
OpenPose's and no truth. The files do not name the people: a clip's subject is its
split.

Departs from the paper: joints come without the body model, so scores are of these
joints and not of those that literature regresses from the model's surface.
"""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import frame_rates
from stpose_tf.data.sources.planned_clip import PlannedClip
from stpose_tf.data.sources.recorded import recorded_clip, recovered_cameras
from stpose_tf.data.sources.smpl import three_dpw_scene
from stpose_tf.data.sources.smpl.three_dpw_scene import Scene
from stpose_tf.geometry import cameras

DATASET = "3dpw"
FPS = 30.0
SPLITS = ("train", "validation", "test")
KEYPOINTS = ("detected", "projected")
# OpenPose's 18 points in the order of COCO's 17; the neck is left out.
_FROM_OPENPOSE = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PersonInSequence:
    """A person of a sequence that was found.

    Attributes:
        path: The sequence's file.
        person: The person's number in it, from 0.
        clip_id: Such as `downtown_walking_00_0`.
        subject: The split.
        fps: Frames a second to give.
        step: Every `step`-th image is one of them.
        keypoints: `detected` or `projected`.
        input_skeleton: Of the keypoints.
    """

    path: Path
    person: int
    clip_id: str
    subject: str
    fps: float
    step: int
    keypoints: str
    input_skeleton: str

    @property
    def footage(self) -> tuple[Footage, ...]:
        """The sequence's images; a file of 2D may hold everybody or this person."""
        name = self.path.stem
        return (
            Footage(
                videos=(f"imageFiles/{name}", name),
                detections=(self.clip_id, name),
                step=self.step,
            ),
        )

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If the file cannot be read, or arrays are missing or do not
                fit; names the field.
        """
        scene = three_dpw_scene.read(self.path, self.person, step=self.step)
        world = recovered_cameras.with_up(scene.up())
        truth = recorded_clip.Truth(
            skeleton="smpl24",
            joints=scene.joints @ world,
            known=np.repeat(scene.valid[:, np.newaxis], 24, axis=1),
        )
        lift = np.array([0.0, 0.0, recorded_clip.lift_to_floor(truth)])
        camera = recovered_cameras.pinhole(
            scene.focal, scene.center, rotation=world, translation=-world @ lift
        )
        projected = self.keypoints == "projected"
        return recorded_clip.build(
            clip_id=self.clip_id,
            dataset=DATASET,
            subject=self.subject,
            action=re.sub(r"_\d+$", "", self.path.stem),
            fps=self.fps,
            seen_skeleton="smpl24" if projected else "coco17",
            sights=[
                _projected(scene, camera) if projected else _detected(scene, camera)
            ],
            input_skeleton=self.input_skeleton,
            truth=dataclasses.replace(truth, joints=truth.joints + lift),
            moving_camera=True,
        )


def find(
    path: Path,
    *,
    fps: float | None = None,
    subjects: tuple[str, ...] = (),
    keypoints: str = "detected",
    input_skeleton: str = "coco17",
) -> Iterator[PlannedClip | Skipped]:
    """Yields every person of every sequence; each file is opened to count them.

    Args:
        path: Holds `sequenceFiles/test/*.pkl`, `test/*.pkl` or `*.pkl`.
        fps: Frames a second to give, a whole part of 30; None is 30.
        subjects: Only these splits, `train`, `validation` or `test`; all if empty.
        keypoints: `detected` are OpenPose's, with its confidence; `projected` are the
            3D joints in the image.
        input_skeleton: Of the keypoints; those that do not follow from what the
            files give have confidence 0.

    Raises:
        InputError: If there is no .pkl file, the rate does not divide, or there are
            no such keypoints.
    """
    wanted = FPS if fps is None else fps
    step = frame_rates.step(FPS, wanted)
    if keypoints not in KEYPOINTS:
        raise errors.InputError(
            f"keypoints: expected one of {', '.join(KEYPOINTS)}. Received: {keypoints}"
        )
    files = _files(path)
    if not files:
        raise errors.InputError(
            f"{path}: expected sequenceFiles/test/*.pkl in it. Received: no .pkl file"
        )
    for file in files:
        split = file.parent.name
        if subjects and split not in subjects:
            continue
        try:
            people = three_dpw_scene.count_people(file)
        except errors.InputError as error:
            yield Skipped(name=file.stem, reason=str(error))
            continue
        for person in range(people):
            yield PersonInSequence(
                path=file,
                person=person,
                clip_id=f"{file.stem}_{person}",
                subject=split,
                fps=wanted,
                step=step,
                keypoints=keypoints,
                input_skeleton=input_skeleton,
            )


def _files(path: Path) -> list[Path]:
    """Returns the files of the splits, each by name, or else of the folder itself."""
    for folder in (path / "sequenceFiles", path):
        files = [
            file for split in SPLITS for file in sorted((folder / split).glob("*.pkl"))
        ]
        if files:
            return files
    return sorted(path.glob("*.pkl"))


def _detected(scene: Scene, camera: cameras.Camera) -> recorded_clip.Sight:
    """Returns OpenPose's keypoints in the order of `coco17`."""
    found = scene.detected.transpose(0, 2, 1)[:, _FROM_OPENPOSE]
    return recorded_clip.Sight(
        name="camera",
        keypoints=found[..., :2],
        confidence=np.clip(found[..., 2], 0.0, 1.0),
        labelled=np.zeros(found.shape[:2], bool),
        image_size=scene.image_size,
        camera=camera,
    )


def _projected(scene: Scene, camera: cameras.Camera) -> recorded_clip.Sight:
    """Returns the 24 joints in the image; those behind the camera are not seen."""
    depth = scene.joints[..., 2:]
    seen = scene.valid[:, np.newaxis] & (depth[..., 0] > 1.0)
    pixels = scene.joints[..., :2] / np.where(seen[..., np.newaxis], depth, 1.0)
    return recorded_clip.Sight(
        name="camera",
        keypoints=pixels * scene.focal + scene.center,
        confidence=seen.astype(np.float32),
        labelled=seen,
        image_size=scene.image_size,
        camera=camera,
    )
