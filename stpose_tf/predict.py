"""3D people from a video, or from its 2D keypoints.

python tools/predict.py --preset=DIR --video=clip.mp4 --out=out
python tools/predict.py --preset=DIR --keypoints=pose.json --size=1920x1080 --out=out
"""

import gc
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors, extras, prediction, stage_clock
from stpose_tf.data.detections import keypoint_flags, person_tracks
from stpose_tf.lifting import (
    intrinsics,
    keypoint_people,
    keypoint_stretches,
    stretch,
    video_people,
)
from stpose_tf.networks2d import image_cutting, network_choice, network_flags
from stpose_tf.people import people_finder, people_flags
from stpose_tf.results import drawn_video, pose_result, result_folder
from stpose_tf.video import camera_frames, frame_source

_OF_KEYPOINTS = (*keypoint_flags.NAMES, "least_confidence")
_OF_VIDEO = (
    "network",
    *network_flags.OPTIONS,
    *people_flags.NAMES,
    "overlay",
    "pictures",
)


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_string("video", None, "A video, an image folder or a camera's number.")
    network_flags.define(
        "network", network_choice.DEFAULT, "What finds keypoints in the video:"
    )
    people_flags.define()
    keypoint_flags.define()
    flags.DEFINE_float("fps", None, "Frames a second; else the file's, or 30.")
    flags.DEFINE_float(
        "least_confidence",
        keypoint_stretches.LEAST_CONFIDENCE,
        "Keypoints with less are as if absent.",
    )
    flags.DEFINE_string("out", None, "Folder of the results.", required=True)
    flags.DEFINE_bool("overwrite", False, "Write into a folder that is not empty.")
    flags.DEFINE_string("person", prediction.EVERYBODY, "largest, all or an id.")
    flags.DEFINE_list("intrinsics", None, "fx,fy,cx,cy in px.")
    flags.DEFINE_float("fov", None, "Degrees across the image; instead of intrinsics.")
    flags.DEFINE_bool("ground", False, "Put the floor under the feet.")
    flags.DEFINE_bool("overlay", True, "Draw the people into the video.")
    flags.DEFINE_integer(
        "pictures", 0, "Also draw so many frames into a small picture.", lower_bound=0
    )
    flags.DEFINE_bool("smooth", False, "Also give the poses without their jitter.")
    flags.DEFINE_list(
        "formats", [], f"Also write some of {', '.join(result_folder.FORMATS)}."
    )


def main(argv: Sequence[str]) -> None:
    """Finds the people, lifts each of them and writes the results."""
    del argv
    given, clock = flags.FLAGS, stage_clock.StageClock()
    unknown = [name for name in given.formats if name not in result_folder.FORMATS]
    if unknown:
        raise errors.InputError(
            f"--formats: expected some of {', '.join(result_folder.FORMATS)}. "
            f"Received: {', '.join(unknown)}"
        )
    if (given.keypoints is None) == (given.video is None):
        raise errors.InputError(
            "expected one of --video and --keypoints. "
            f"Received: {'none' if given.video is None else 'both'}"
        )
    _refuse_unused()
    result_folder.check(Path(given.out), overwrite=given.overwrite)
    source = commands.model_source()
    if given.keypoints is not None:
        result = _from_keypoints(source, clock)
    else:
        result = _from_video(source, clock)
    frames = sum(len(person.frames) for person in result.people)
    sys.stderr.writelines(f"{line}\n" for line in clock.lines(frames))


def _from_keypoints(
    preset: Path, clock: stage_clock.StageClock
) -> pose_result.PoseResult:
    with clock.stage("read keypoints"):
        found = keypoint_flags.read()
        keypoint_stretches.check_order(found, where=flags.FLAGS.keypoints)
    with clock.stage("load model"):
        model = prediction.load(preset)
    found = person_tracks.in_skeleton(found, model.config.model.input_skeleton)
    people = _chosen(found.people)
    assert found.image_size is not None
    assert found.fps is not None
    camera = _camera(found.image_size)

    def lifted() -> Iterator[tuple[str, list[stretch.LiftedStretch]]]:
        for person in people:
            with clock.stage("3D"):
                parts = list(
                    keypoint_people.lift(
                        person,
                        model.lifter,
                        fps=found.fps or 0.0,
                        model_fps=model.facts.fps,
                        camera=camera,
                        sigma=model.config.data.heatmap_sigma,
                        least_confidence=flags.FLAGS.least_confidence,
                    )
                )
            yield person.id, parts

    run = prediction.Prediction(
        model,
        source=pose_result.Source(
            file=Path(flags.FLAGS.keypoints).name,
            size=found.image_size,
            fps=found.fps,
        ),
        camera=camera,
        wishes=_wishes(),
        clock=clock,
    )
    result, _ = run.write(lifted())
    return result


def _from_video(preset: Path, clock: stage_clock.StageClock) -> pose_result.PoseResult:
    given = flags.FLAGS
    if given.overlay or given.pictures:
        extras.load("PIL.ImageDraw", extra="viz")  # Not after an hour of work.
    boxes = people_flags.boxes()
    prediction.check_person(given.person, boxes.names if boxes else ())
    if boxes and given.person in boxes.names:
        boxes = boxes.of_person(given.person)
    names = boxes.names if boxes else ()
    source = frame_source.open_source(given.video, fps=given.fps)
    try:
        if boxes:
            boxes = boxes.within(source.image_size)
            boxes.warn_beyond(source.expected_frames)
        with clock.stage("load model"):
            model = prediction.load(preset)
        with clock.stage("load 2D networks"):
            image_cutting.use_one_thread()
            network = network_choice.load(network_flags.choice("network"))
            finder = people_flags.finder(network, boxes, fps=source.fps)
        gc.freeze()  # What is loaded stays: nobody need look through it again.
        camera = _camera(source.image_size)
        run = prediction.Prediction(
            model,
            source=pose_result.Source(
                file=source.name, size=source.image_size, fps=source.fps
            ),
            camera=camera,
            wishes=_wishes(),
            clock=clock,
        )
        wanted = prediction.number_of(given.person, names)
        one = None if wanted is None else people_finder.OnePerson(finder, wanted)

        def lifted() -> Iterator[tuple[str, list[stretch.LiftedStretch]]]:
            try:
                for number, stretches in video_people.lift(
                    source,
                    one or finder,
                    model.lifter,
                    picks=video_people.picks(
                        network.skeleton, model.config.model.input_skeleton
                    ),
                    model_fps=model.facts.fps,
                    camera=camera,
                    clock=clock,
                ):
                    yield names[int(number) - 1] if names else number, stretches
            except KeyboardInterrupt:
                if not isinstance(source, camera_frames.CameraFrames):
                    raise  # A camera has no other end.
            if one is not None and one.seen and wanted not in one.seen:
                ids = [str(number) for number in sorted(one.seen)]
                raise prediction.no_such_person(given.person, ids)

        result, places = run.write(lifted())
    finally:
        source.close()
    if network.name not in network_choice.NAMES:
        keypoint_stretches.warn_of_order(
            [person.keypoints for person in result.people],
            result.keypoint_skeleton,
            flag="--network_skeleton",
        )
    wanted_pictures = given.overlay or given.pictures
    if wanted_pictures and result.people and Path(given.video).exists():
        with clock.stage("overlay"):
            for path in drawn_video.write(
                result,
                places,
                lambda: frame_source.open_source(given.video, fps=given.fps),
                Path(given.out),
                whole=given.overlay,
                pictures=given.pictures,
            ):
                sys.stdout.write(f"{path}\n")
    return result


def _refuse_unused() -> None:
    """Refuses flags that the other kind of input has."""
    from_video = flags.FLAGS.keypoints is None
    kind = "--video" if from_video else "--keypoints"
    for name in _OF_KEYPOINTS if from_video else _OF_VIDEO:
        if flags.FLAGS[name].present:
            raise errors.InputError(
                f"--{name}: expected nothing of it with {kind}. "
                f"Received: {flags.FLAGS[name].value}"
            )


def _wishes() -> prediction.Wishes:
    given = flags.FLAGS
    return prediction.Wishes(
        out=Path(given.out),
        formats=tuple(given.formats),
        person=given.person,
        ground=given.ground,
        smooth=given.smooth,
    )


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


def _chosen(
    people: Sequence[person_tracks.PersonTrack],
) -> Sequence[person_tracks.PersonTrack]:
    """Returns the people to lift; the others need not wait for it."""
    wanted = flags.FLAGS.person
    named = [person for person in people if person.id == wanted]
    if wanted == prediction.EVERYBODY or not people or named:
        return named or people
    if wanted == prediction.LARGEST:
        return [max(people, key=keypoint_stretches.area)]
    raise prediction.no_such_person(wanted, [person.id for person in people])


if __name__ == "__main__":
    commands.run(define_flags, main)
