"""What each stage on the way from a video to 3D costs, in CPU time.

CPU seconds of all threads, one stage after the other, so that neither other programs
nor the number of cores matter. What is done once whatever the video's length, loading
and tracing, is left out: the video is run twice, and the second run counts.
"""

import contextlib
import gc
import io
import tempfile
from pathlib import Path

from stpose_tf import prediction, stage_clock
from stpose_tf.lifting import intrinsics, video_people
from stpose_tf.networks2d import heatmap_network, image_cutting, network_choice
from stpose_tf.people import blazepose_detector, person_tracker, sightings
from stpose_tf.results import pose_result
from stpose_tf.video import frame_source

DECODE, NETWORKS = "decode", "2D networks"


def measure(
    video: str, preset: Path, choice: network_choice.NetworkChoice
) -> tuple[dict[str, float], int]:
    """Returns CPU seconds of each stage, and how many frames the video has.

    Args:
        video: A video file or a folder of images.
        preset: The lifter's preset or work directory.
        choice: The 2D network.

    Raises:
        InputError: If one of them cannot be used.
    """
    image_cutting.use_one_thread()
    model = prediction.load(preset)
    network, detector = network_choice.load(choice), blazepose_detector.load()
    _run(video, model, network, detector)
    gc.collect()
    gc.freeze()  # as predict does
    clock = _run(video, model, network, detector)
    with contextlib.closing(frame_source.open_source(video)) as source:
        frames = sum(1 for _ in frame_source.frames(source))
    return {name: cpu for name, (_, cpu) in clock.seconds.items()}, frames


def lines(seconds: dict[str, float], frames: int) -> list[str]:
    """Returns what to say of `measure`'s answer, line by line."""
    total = sum(seconds.values())
    given = sum(seconds.get(name, 0.0) for name in (DECODE, NETWORKS))
    width = max(map(len, seconds))
    stages = [
        f"{name:{width}}{1000.0 * cpu / frames:10.2f} CPU ms per frame"
        f"{100.0 * cpu / total:6.1f} %"
        for name, cpu in seconds.items()
    ]
    rest = 100.0 * (total - given) / given
    return [*stages, f"all but decoding and the 2D networks: {rest:.1f} % of these"]


def _run(
    video: str,
    model: prediction.LoadedModel,
    network: heatmap_network.HeatmapNetwork,
    detector: sightings.PersonDetector,
) -> stage_clock.StageClock:
    """Returns the clock of one run over the video, whose results are dropped."""
    clock = stage_clock.StageClock()
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(
            contextlib.closing(frame_source.open_source(video, threaded=False))
        )
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        camera = intrinsics.assumed(source.image_size)
        run = prediction.Prediction(
            model,
            source=pose_result.Source(
                file=source.name, size=source.image_size, fps=source.fps
            ),
            camera=camera,
            wishes=prediction.Wishes(out=Path(folder)),
            clock=clock,
        )
        people = video_people.lift(
            source,
            person_tracker.PersonTracker(network, detector, fps=source.fps),
            model.lifter,
            picks=video_people.picks(
                network.skeleton, model.config.model.input_skeleton
            ),
            model_fps=model.facts.fps,
            camera=camera,
            clock=clock,
            overlapped=False,
        )
        run.write(people)
    return clock
