"""Shards converted by an Apache Beam pipeline, on one machine or on many.

The workers see the input and the output under the same names, on a shared drive.
"""

import threading
from collections.abc import Sequence
from typing import Any

from stpose_tf import errors, extras
from stpose_tf.data.conversion import shard_conversion, worker_pool
from stpose_tf.data.conversion.shard_conversion import ShardTask

# Runners use threads, whereas sources keep files open between clips.
_ONE_AT_A_TIME = threading.Lock()


def run(tasks: Sequence[ShardTask], *, runner: str, options: Sequence[str]) -> None:
    """Converts all tasks and returns when the pipeline is done.

    Args:
        tasks: Any number.
        runner: Such as `DirectRunner`, `FlinkRunner`, `SparkRunner`.
        options: The runner's, such as `flink_master=localhost:8081`.

    Raises:
        InputError: If Apache Beam is missing or refuses the options.
        OSError: If a shard cannot be written.
    """
    beam, pipeline_options = _modules()
    words = [f"--runner={runner}", *(f"--{option}" for option in options)]
    try:
        given = pipeline_options.PipelineOptions(words)
        pipeline = beam.Pipeline(options=given)
    except (ValueError, SystemExit) as error:
        raise errors.InputError(
            f"--runner_option: expected options of {runner}. Received: {error}"
        ) from error
    if not tasks:
        return
    with pipeline:
        shards = pipeline | "shards" >> beam.Create(list(tasks), reshuffle=False)
        spread = shards | "spread" >> beam.Reshuffle()
        _ = spread | "convert" >> beam.Map(convert)


def convert(task: ShardTask) -> None:
    """Converts one shard in a worker of the runner, and counts for its monitoring."""
    beam, _ = _modules()
    worker_pool.one_thread()
    clips = beam.metrics.Metrics.counter("stpose_tf", "clips")
    frames = beam.metrics.Metrics.counter("stpose_tf", "frames")

    def tell(name: str, count: int) -> None:
        del name
        clips.inc()
        frames.inc(count)

    with _ONE_AT_A_TIME:
        shard_conversion.convert(task, tell=tell)


def _modules() -> tuple[Any, Any]:
    beam, options = (
        extras.load(name, extra="beam", asker="--runner")
        for name in ("apache_beam", "apache_beam.options.pipeline_options")
    )
    return beam, options
