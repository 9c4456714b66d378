"""3D people from a video's 2D keypoints.

python tools/predict.py --preset=DIR --keypoints=pose.json --size=1920x1080 --out=out
"""

import dataclasses
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags, logging

from stpose_tf import commands, errors, stage_clock
from stpose_tf import config as configs
from stpose_tf.data.detections import detection_file, person_tracks
from stpose_tf.lifting import intrinsics, keypoint_stretches, pose_lifter, stretch
from stpose_tf.results import (
    person_assembly,
    pose_result,
    poses_json,
    result_folder,
)
from stpose_tf.training import checkpoints

_EVERYBODY, _LARGEST = "all", "largest"


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_string("keypoints", None, "2D keypoints: a file or OpenPose's folder.")
    flags.DEFINE_enum(
        "format", None, list(detection_file.FORMATS), "Of the keypoints; else found."
    )
    flags.DEFINE_string("skeleton", None, "Order of the keypoints; else found.")
    flags.DEFINE_string("entry", None, "Which video of a file that holds several.")
    flags.DEFINE_string("size", None, "The image's, as 1920x1080; else the file's.")
    flags.DEFINE_float("fps", None, "Frames a second; else the file's, or 30.")
    flags.DEFINE_float(
        "least_confidence",
        keypoint_stretches.LEAST_CONFIDENCE,
        "Keypoints with less are as if absent.",
    )
    flags.DEFINE_string("out", None, "Folder of the results.", required=True)
    flags.DEFINE_bool("overwrite", False, "Write into a folder that is not empty.")
    flags.DEFINE_string("person", _EVERYBODY, "largest, all or an id.")
    flags.DEFINE_list("intrinsics", None, "fx,fy,cx,cy in px.")
    flags.DEFINE_float("fov", None, "Degrees across the image; instead of intrinsics.")
    flags.DEFINE_bool("ground", False, "Put the floor under the feet.")
    flags.DEFINE_bool("smooth", False, "Also give the poses without their jitter.")
    flags.DEFINE_list(
        "formats", [], f"Also write some of {', '.join(result_folder.FORMATS)}."
    )


def main(argv: Sequence[str]) -> None:
    """Reads the keypoints, lifts each person and writes the results."""
    del argv
    given, clock = flags.FLAGS, stage_clock.StageClock()
    unknown = [name for name in given.formats if name not in result_folder.FORMATS]
    if unknown:
        raise errors.InputError(
            f"--formats: expected some of {', '.join(result_folder.FORMATS)}. "
            f"Received: {', '.join(unknown)}"
        )
    if given.keypoints is None:
        raise errors.InputError("expected --keypoints. Received: none")
    out = Path(given.out)
    result_folder.check(out, overwrite=given.overwrite)
    source = commands.model_source()
    with clock.stage("read keypoints"):
        detections = _detections()
    with clock.stage("load model"):
        generator, config = checkpoints.load_generator(source)
        model = _facts(source, config)
    detections = person_tracks.in_skeleton(detections, config.model.input_skeleton)
    size, fps = detections.image_size, detections.fps
    assert size is not None
    assert fps is not None
    camera = _camera(size)
    assembly = person_assembly.Assembly(
        keypoint_skeleton=detections.skeleton,
        skeleton=config.model.output_skeleton,
        camera=camera,
        smooth=given.smooth,
    )
    result = pose_result.PoseResult(
        source=pose_result.Source(file=Path(given.keypoints).name, size=size, fps=fps),
        skeleton=config.model.output_skeleton,
        keypoint_skeleton=detections.skeleton,
        camera=camera,
        model=model,
        people=(),
    )
    _warn_of_rate(fps, source)
    lifter = pose_lifter.PoseLifter(generator)
    people = _chosen(detections.people)
    if not people:
        logging.warning("%s: nobody is in it", given.keypoints)
    result_folder.prepare(out)
    placed: list[pose_result.PersonPoses] = []
    for person in people:
        with clock.stage("3D"):
            lifted = list(_lifted(person, lifter, config, fps, camera, model.fps))
        with clock.stage("places"):
            if lifted:
                placed.append(assembly.person(person.id, lifted))
        with clock.stage("write"):
            # Who is done stays, whatever comes after.
            result = dataclasses.replace(result, people=_published(placed, camera))
            poses_json.write(result, out / result_folder.JSON)
    if given.ground:
        with clock.stage("places"):
            result = _grounded(result, placed, assembly)
    with clock.stage("write"):
        for path in result_folder.write(
            result,
            out,
            formats=given.formats,
            places=[person.roots for person in placed],
        ):
            sys.stdout.write(f"{path}\n")
    frames = sum(len(person.frames) for person in placed)
    sys.stderr.writelines(f"{line}\n" for line in clock.lines(frames))


def _detections() -> person_tracks.Detections:
    """Returns the keypoints, with the image's size and a rate.

    Raises:
        InputError: If they cannot be read or are not what they are said to be.
    """
    given = flags.FLAGS
    size = None if given.size is None else _size(given.size)
    found = detection_file.read(
        given.keypoints,
        given.format,
        skeleton=given.skeleton,
        image_size=size,
        fps=given.fps,
        video=given.entry,
    )
    keypoint_stretches.check_order(found, where=given.keypoints)
    if found.image_size is None:
        raise errors.InputError(
            f"{given.keypoints}: expected --size=WIDTHxHEIGHT of the image, for the "
            "file does not say it. Received: none"
        )
    if found.fps is None:
        logging.warning("%s: 30 frames a second are assumed (--fps)", given.keypoints)
        found = dataclasses.replace(found, fps=30.0)
    return found


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise errors.InputError(
            f"--size: expected WIDTHxHEIGHT in px, as 1920x1080. Received: {text}"
        )
    return int(width), int(height)


def _camera(size: tuple[int, int]) -> intrinsics.Intrinsics:
    given = flags.FLAGS
    if given.intrinsics is not None and given.fov is not None:
        raise errors.InputError(
            "expected one of --intrinsics and --fov. Received: both"
        )
    if given.intrinsics is not None:
        try:
            fx, fy, cx, cy = map(float, given.intrinsics)
        except ValueError:
            raise errors.InputError(
                "--intrinsics: expected fx,fy,cx,cy in px. "
                f"Received: {','.join(given.intrinsics)}"
            ) from None
        return intrinsics.given(fx, fy, cx, cy)
    if given.fov is not None:
        return intrinsics.from_field_of_view(given.fov, size)
    return intrinsics.assumed(size)


def _facts(source: Path, config: configs.ExperimentConfig) -> pose_result.ModelFacts:
    weights = checkpoints.preset_folder(source) / checkpoints.WEIGHTS
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    fps = float(checkpoints.load_preprocessor(source)["fps"])
    return pose_result.ModelFacts(preset=config.name, sha256=digest, fps=fps)


def _warn_of_rate(fps: float, source: Path) -> None:
    slowest = min(checkpoints.load_preprocessor(source)["trained_fps"])
    if fps < 0.99 * slowest:
        logging.warning(
            "%g frames a second are fewer than the model knows (%g): fast motion will "
            "be worse",
            fps,
            slowest,
        )


def _chosen(
    people: Sequence[person_tracks.PersonTrack],
) -> Sequence[person_tracks.PersonTrack]:
    wanted = flags.FLAGS.person
    named = [person for person in people if person.id == wanted]
    if wanted == _EVERYBODY or not people or named:
        return named or people
    if wanted == _LARGEST:
        return [max(people, key=keypoint_stretches.area)]
    names = ", ".join(person.id for person in people[:8])
    raise errors.InputError(
        f"--person: expected {_EVERYBODY}, {_LARGEST} or one of {names}. "
        f"Received: {wanted}"
    )


def _lifted(
    person: person_tracks.PersonTrack,
    lifter: pose_lifter.PoseLifter,
    config: configs.ExperimentConfig,
    fps: float,
    camera: intrinsics.Intrinsics,
    model_fps: float,
) -> Iterator[stretch.LiftedStretch]:
    height, width, _ = lifter.heatmap_shape
    for one in keypoint_stretches.stretches(
        person,
        fps=fps,
        # Every frame then sees one with the person in it.
        longest_gap=lifter.context / model_fps,
        least_confidence=flags.FLAGS.least_confidence,
    ):
        render = keypoint_stretches.rendered(
            one, (height, width), sigma=config.data.heatmap_sigma
        )
        yield stretch.lift(one, render, lifter, camera=camera, model_fps=model_fps)


def _published(
    placed: Sequence[pose_result.PersonPoses], camera: intrinsics.Intrinsics
) -> tuple[pose_result.PersonPoses, ...]:
    """Returns the people, their places left out where the camera is only assumed."""
    if camera.origin != intrinsics.ASSUMED or flags.FLAGS.ground:
        return tuple(placed)
    return tuple(dataclasses.replace(person, roots=None) for person in placed)


def _grounded(
    result: pose_result.PoseResult,
    placed: Sequence[pose_result.PersonPoses],
    assembly: person_assembly.Assembly,
) -> pose_result.PoseResult:
    if result.camera.origin == intrinsics.ASSUMED:
        logging.warning(
            "--ground: a field of view of %g degrees is assumed (--fov); places are as "
            "good as that",
            intrinsics.USUAL_VIEW,
        )
    ground = assembly.floor(placed)
    if ground is None:
        logging.warning("--ground: nobody stands anywhere; there is no floor")
    return dataclasses.replace(result, ground=ground)


if __name__ == "__main__":
    commands.run(define_flags, main)
