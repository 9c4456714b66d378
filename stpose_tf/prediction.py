"""A trained model on one video's people, and what it leaves behind."""

import dataclasses
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from absl import logging

from stpose_tf import config as configs
from stpose_tf import errors, stage_clock
from stpose_tf.lifting import intrinsics, pose_lifter
from stpose_tf.lifting.stretch import LiftedStretch
from stpose_tf.results import person_assembly, pose_result, poses_json, result_folder
from stpose_tf.results.pose_result import PersonPoses
from stpose_tf.training import checkpoints

EVERYBODY, LARGEST = "all", "largest"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedModel:
    """A preset ready to use.

    Attributes:
        lifter: The network.
        config: Of its training.
        facts: What results say of it.
        slowest_fps: The lowest rate that it was trained at.
    """

    lifter: pose_lifter.PoseLifter
    config: configs.ExperimentConfig
    facts: pose_result.ModelFacts
    slowest_fps: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user wants of a prediction.

    Attributes:
        out: Folder of the results.
        formats: Which of `result_folder.FORMATS`, too.
        person: `EVERYBODY`, `LARGEST` or an id.
        ground: Whether the floor is to be found.
        smooth: Whether to give smoothed poses, too.
    """

    out: Path
    formats: tuple[str, ...] = ()
    person: str = EVERYBODY
    ground: bool = False
    smooth: bool = False


def load(preset: Path) -> LoadedModel:
    """Returns the model of a preset or a work directory.

    Raises:
        InputError: If there is none, or its parts do not fit together.
    """
    generator, config = checkpoints.load_generator(preset)
    said = checkpoints.load_preprocessor(preset)
    weights = checkpoints.preset_folder(preset) / checkpoints.WEIGHTS
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    lifter = pose_lifter.PoseLifter(generator)
    lifter.prepare()
    return LoadedModel(
        lifter=lifter,
        config=config,
        facts=pose_result.ModelFacts(
            preset=config.name, sha256=digest, fps=float(said["fps"])
        ),
        slowest_fps=float(min(said["trained_fps"])),
    )


def no_such_person(wanted: str, ids: Sequence[str]) -> errors.InputError:
    """Returns the error of a person who is not there."""
    return errors.InputError(
        f"--person: expected {EVERYBODY}, {LARGEST} or one of "
        f"{', '.join(ids[:8]) or 'nobody'}. Received: {wanted}"
    )


def check_person(wanted: str, ids: Sequence[str]) -> None:
    """Refuses a person who cannot be in a video, before it is read.

    Args:
        wanted: `EVERYBODY`, `LARGEST` or an id.
        ids: All that there are; empty where people are to be counted from 1.

    Raises:
        InputError: If the id is none of them.
    """
    if wanted in (EVERYBODY, LARGEST) or wanted in ids:
        return
    if ids:
        raise no_such_person(wanted, ids)
    if not re.fullmatch("[1-9][0-9]{0,8}", wanted):
        raise errors.InputError(
            f"--person: expected {EVERYBODY}, {LARGEST} or a number from 1, as people "
            f"are counted. Received: {wanted}"
        )


def number_of(wanted: str, ids: Sequence[str]) -> int | None:
    """Returns the number of the one who is wanted, from 1; None if all are.

    Args:
        wanted: What `check_person` lets pass.
        ids: Likewise.
    """
    if wanted in (EVERYBODY, LARGEST):
        return None
    return ids.index(wanted) + 1 if ids else int(wanted)


class Prediction:
    """One run of a model on one video.

    Args:
        model: The model.
        source: What is looked at.
        camera: Of the video.
        wishes: What is wanted.
        clock: Counts the time of places and files.
    """

    def __init__(
        self,
        model: LoadedModel,
        *,
        source: pose_result.Source,
        camera: intrinsics.Intrinsics,
        wishes: Wishes,
        clock: stage_clock.StageClock,
    ) -> None:
        self._wishes, self._clock = wishes, clock
        self._camera = camera
        self._assembly = person_assembly.Assembly(
            keypoint_skeleton=model.config.model.input_skeleton,
            skeleton=model.config.model.output_skeleton,
            camera=camera,
            smooth=wishes.smooth,
        )
        self._result = pose_result.PoseResult(
            source=source,
            skeleton=model.config.model.output_skeleton,
            keypoint_skeleton=model.config.model.input_skeleton,
            camera=camera,
            model=model.facts,
            people=(),
        )
        if source.fps < 0.99 * model.slowest_fps:
            logging.warning(
                "%g frames a second are fewer than the model knows (%g): fast motion "
                "will be worse",
                source.fps,
                model.slowest_fps,
            )

    def write(
        self, people: Iterable[tuple[str, list[LiftedStretch]]]
    ) -> tuple[pose_result.PoseResult, list[pose_result.Array | None]]:
        """Writes the results of people, who come one after the other.

        Who has come is in the folder even if the rest is interrupted; the folder is
        made when the first of them has come, or all. An error leaves nothing.

        Args:
            people: Ids and stretches in order of time.

        Returns:
            What was written, and where each of its people is, if only under the
            assumed camera.

        Raises:
            InputError: If the people cannot be found to the end, or the one who is
                wanted is not among them.
        """
        folder = self._wishes.out
        is_new = not folder.exists()
        placed: list[PersonPoses] = []
        try:
            for name, stretches in people:
                if stretches:
                    self._add(name, stretches, placed)
        except errors.InputError:
            if placed:  # A part of a video that cannot be read is no result.
                result_folder.remove(folder, itself=is_new)
            raise
        if not placed:
            logging.warning("%s: nobody is in it", self._result.source.file)
        chosen = self._chosen(placed)
        result = self._of(chosen)
        if self._wishes.ground:
            with self._clock.stage("places"):
                result = self._grounded(result, chosen)
        places = [person.roots for person in chosen]
        with self._clock.stage("write"):
            if not placed:
                result_folder.prepare(folder)
            for path in result_folder.write(
                result, folder, formats=self._wishes.formats, places=places
            ):
                sys.stdout.write(f"{path}\n")
        return result, places

    def _add(
        self, name: str, stretches: list[LiftedStretch], placed: list[PersonPoses]
    ) -> None:
        """Adds a person and writes those who have come so far."""
        folder = self._wishes.out
        with self._clock.stage("places"):
            person = self._assembly.person(name, stretches)
        with self._clock.stage("write"):
            if not placed:
                result_folder.prepare(folder)
            placed.append(person)
            placed.sort(key=lambda p: (int(p.frames[0]), len(p.id), p.id))
            result = self._of(self._chosen(placed, so_far=True))
            poses_json.write(result, folder / result_folder.JSON)

    def _chosen(
        self, placed: Sequence[PersonPoses], *, so_far: bool = False
    ) -> list[PersonPoses]:
        wanted = self._wishes.person
        if wanted == EVERYBODY or not placed:
            return list(placed)
        if wanted == LARGEST:
            return [max(placed, key=_area)]
        found = [person for person in placed if person.id == wanted]
        if not found and not so_far:
            raise no_such_person(wanted, [person.id for person in placed])
        return found

    def _of(self, people: Sequence[PersonPoses]) -> pose_result.PoseResult:
        """Returns the result, without places where the camera is only assumed."""
        shown = tuple(people)
        if self._camera.origin == intrinsics.ASSUMED and not self._wishes.ground:
            shown = tuple(dataclasses.replace(person, roots=None) for person in people)
        return dataclasses.replace(self._result, people=shown)

    def _grounded(
        self, result: pose_result.PoseResult, people: Sequence[PersonPoses]
    ) -> pose_result.PoseResult:
        if self._camera.origin == intrinsics.ASSUMED:
            logging.warning(
                "--ground: a field of view of %g degrees is assumed (--fov); places "
                "are as good as that",
                intrinsics.USUAL_VIEW,
            )
        ground = self._assembly.floor(people)
        if ground is None:
            logging.warning("--ground: nobody stands anywhere; there is no floor")
        return dataclasses.replace(result, ground=ground)


def _area(person: PersonPoses) -> float:
    """Returns how much of the video a person fills: px^2, summed over the frames."""
    seen = person.keypoints[..., 2:] > 0.0
    places = person.keypoints[..., :2]
    lowest = places.min(axis=1, where=seen, initial=1e9)
    highest = places.max(axis=1, where=seen, initial=-1e9)
    sides = (highest - lowest).clip(0.0)
    return float(sides.prod(axis=-1).sum())
