"""Turns data sets into records: finds their clips and writes them as TFRecords.

python tools/build_records.py --source=procedural --output=records/made_up
"""

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.data import source_options
from stpose_tf.data.conversion import (
    beam_engine,
    conversion_plan,
    conversion_run,
    worker_pool,
)
from stpose_tf.data.conversion.conversion_progress import Progress
from stpose_tf.data.conversion.shard_conversion import ClipSettings
from stpose_tf.data.records import inventory, record_folder
from stpose_tf.data.source_registry import SOURCES, Source
from stpose_tf.filming.detected_heatmaps import DetectedHeatmaps
from stpose_tf.networks2d import network_flags

_NONE, _RENDERED = "none", "rendered"
_HEATMAP_SIZE = (64, 64)
_DEFINE: Mapping[str, Callable[[str, Any, str], Any]] = {
    "text": flags.DEFINE_string,
    "path": flags.DEFINE_string,
    "size": flags.DEFINE_string,
    "number": flags.DEFINE_float,
    "whole": flags.DEFINE_integer,
    "wholes": flags.DEFINE_list,
    "switch": flags.DEFINE_boolean,
}
_DIRECT = "DirectRunner"
_VIDEOS = "videos"


def define_flags() -> None:
    """Defines the command's flags."""
    what = "; ".join(f"{source.name}: {source.what}" for source in SOURCES.values())
    flags.DEFINE_enum("source", None, list(SOURCES), f"What to read. {what}.")
    flags.DEFINE_string("input", None, "The source's folder or file.")
    flags.DEFINE_string("output", None, "Folder to write.")
    flags.DEFINE_list("subjects", None, "Only these subjects; else all of them.")
    flags.DEFINE_float(
        "fps",
        None,
        "Frames a second, of which the source's rate is a multiple. Else the source's "
        "own rate; 60 for cmu_asf_amc.",
        lower_bound=1e-3,
    )
    network_flags.define(
        "heatmaps",
        _NONE,
        f"Store heat maps: {_RENDERED}, what a detector would see of virtual views, or "
        "the recorded keypoints drawn; or what a 2D network sees in the clips' videos. "
        "Heat maps that the source has are always stored. A network is one of",
    )
    flags.DEFINE_string(
        "videos", None, "Folder of the videos for a 2D network; else the input."
    )
    flags.DEFINE_integer(
        "views", 4, "Virtual cameras, where the source has none.", lower_bound=1
    )
    flags.DEFINE_integer(
        "seed",
        0,
        "Of virtual cameras and made-up motion.",
        lower_bound=0,
        upper_bound=2**31 - 1,
    )
    for option in source_options.OPTIONS:
        _DEFINE[option.kind](option.name, None, option.help)
    flags.DEFINE_boolean("overwrite", False, "Replace the records of the output.")
    flags.DEFINE_integer(
        "shards", None, "Files; else one for 25 clips, 4 to 256.", lower_bound=1
    )
    flags.DEFINE_integer(
        "jobs", None, "Processes; else as many as cores.", lower_bound=1
    )
    flags.DEFINE_string(
        "runner", None, f"Apache Beam's, such as {_DIRECT}; else local processes."
    )
    flags.DEFINE_multi_string(
        "runner_option", [], "One of the runner's, such as flink_master=localhost:8081."
    )


def main(argv: Sequence[str]) -> int:
    """Writes the records and says what they hold."""
    del argv
    given = flags.FLAGS
    for name in ("source", "output"):
        if getattr(given, name) is None:
            raise errors.InputError(f"--{name}: expected a value. Received: none")
    source = SOURCES[given.source]
    _check_flags(source)
    worker_pool.one_thread()
    network = _network(source)
    try:
        with _terminable():
            outcome = _convert(source, Path(given.output), network)
    except OSError as error:
        raise errors.InputError(
            f"--output: expected a folder that can be written. Received: {error}"
        ) from error
    _say(inventory.describe(outcome.index, heatmap_bytes=outcome.heatmap_bytes))
    if outcome.skipped:
        _say(inventory.describe_skipped(outcome.skipped))
    return commands.PARTLY if outcome.skipped else commands.DONE


def run() -> None:
    """Runs the command."""
    commands.run(define_flags, main)


def _convert(
    source: Source, output: Path, network: DetectedHeatmaps | None
) -> conversion_run.Outcome:
    given = flags.FLAGS
    record_folder.check(output, overwrite=given.overwrite)
    subjects = tuple(given.subjects or ())
    found = source.find()(
        _input(source),
        fps=source.fps if given.fps is None else given.fps,
        subjects=subjects,
        **_options(source),
    )
    plan = conversion_plan.make(found, subjects=subjects)
    settings = ClipSettings(
        dataset=source.name,
        num_views=given.views,
        seed=given.seed,
        heatmap_size=_HEATMAP_SIZE if given.heatmaps == _RENDERED else None,
        heatmap_source=network,
    )
    with conversion_run.kept_shards(output) as partial:
        tasks = plan.tasks(partial, settings=settings, shards=given.shards)
        progress = Progress(len(plan.clips), say=_tell)
        try:
            return conversion_run.write(
                plan,
                tasks,
                folder=output,
                engine=_engine(progress),
                begin=progress.begin,
            )
        except KeyboardInterrupt:
            kept = len(list(partial.glob("[0-9]*.json")))
            if kept:
                _tell(
                    f"{kept} of {len(tasks)} shards are finished and kept in "
                    f"{partial}; the same command goes on from there"
                )
            raise


def _network(source: Source) -> DetectedHeatmaps | None:
    """Returns what looks at the videos, once it is known that it can."""
    given = flags.FLAGS
    if given.heatmaps in (_NONE, _RENDERED):
        if source.name == _VIDEOS:
            raise errors.InputError(
                f"--heatmaps: expected a 2D network with --source={_VIDEOS}, such as "
                f"blazepose. Received: {given.heatmaps}"
            )
        return None
    videos = None
    if source.name != _VIDEOS:
        videos = _input(source) if given.videos is None else Path(given.videos)
        assert videos is not None, source  # What is filmed is read from somewhere.
        if given.videos is None and videos.is_file():
            videos = videos.parent
        if not videos.is_dir():
            raise errors.InputError(
                f"--videos: expected a folder. Received: no {videos}"
            )
    network = DetectedHeatmaps(
        network=network_flags.choice("heatmaps"), videos=videos, size=_HEATMAP_SIZE
    )
    network.check(detector=source.name == _VIDEOS)
    return network


def _engine(progress: Progress) -> conversion_run.Engine:
    given = flags.FLAGS
    if given.runner is None:
        jobs = given.jobs or os.cpu_count() or 1
        return functools.partial(worker_pool.run, jobs=jobs, tell=progress.add)
    return functools.partial(
        beam_engine.run, runner=given.runner, options=given.runner_option
    )


def _input(source: Source) -> Path | None:
    given = flags.FLAGS.input
    if not source.takes_input:
        return None
    if given is None:
        raise errors.InputError("--input: expected a path. Received: none")
    if not Path(given).exists():
        raise errors.InputError(f"--input: expected a path. Received: no {given}")
    return Path(given)


def _options(source: Source) -> dict[str, Any]:
    """Returns the keywords that the source takes and that are not left to it."""
    given = {
        option.name: option.value(flags.FLAGS[option.name].value)
        for option in source_options.of(source.name)
        if flags.FLAGS[option.name].present
    }
    if source.name == "procedural":
        given["seed"] = flags.FLAGS.seed
    return given


def _check_flags(source: Source) -> None:
    """Refuses flags that would be without effect."""
    taken = {option.name for option in source_options.of(source.name)}
    refused = {option.name for option in source_options.OPTIONS} - taken
    if source.has_cameras:
        refused |= {"views", "seed"}
    if not source.takes_input:
        refused.add("input")
    if flags.FLAGS.heatmaps in (_NONE, _RENDERED):
        by_heatmaps = {"videos", *network_flags.OPTIONS}
    elif not source.has_videos:
        raise errors.InputError(
            f"--heatmaps: expected {_NONE} or {_RENDERED} with --source={source.name}, "
            f"whose clips have no videos. Received: {flags.FLAGS.heatmaps}"
        )
    else:
        by_heatmaps = {"detections", "maps"} & taken
    if source.name == _VIDEOS:
        refused.add("videos")
    for name in sorted(refused | by_heatmaps):
        if flags.FLAGS[name].present:
            why = source_options.why_refused(
                name, has_cameras=source.has_cameras, taken=name in taken
            )
            where = f"--source={source.name}"
            if name in by_heatmaps:
                where += f" and --heatmaps={flags.FLAGS.heatmaps}"
            raise errors.InputError(
                f"--{name}: expected none with {where}, {why}. "
                f"Received: {flags.FLAGS[name].value}"
            )
    flag, where = "runner_option", "with"
    if flags.FLAGS.runner is not None:
        flag, where = "jobs", "without"
    if flags.FLAGS[flag].present:
        raise errors.InputError(
            f"--{flag}: expected it {where} --runner only. "
            f"Received: {flags.FLAGS[flag].value}"
        )


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Lets a termination clean up as an interruption from the keyboard does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(text: str) -> None:
    """Says how it goes; the result alone goes to standard output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    run()
