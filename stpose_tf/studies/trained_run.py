"""One run of a study: a model trained to its end, then measured, each once.

What is there already is not done again: a work directory is resumed where it stopped,
and a measurement whose file lies there is kept.
"""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import evaluator, generator_views
from stpose_tf.training import checkpoints, run, workdir

REPORT = "report"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a measurement is given.

    Attributes:
        generator: The trained generator.
        config: Of its run.
        indexes: The records.
        max_windows: Rows to measure; 0 is all.
    """

    generator: generator_views.Generator
    config: configs.ExperimentConfig
    indexes: Sequence[record_index.RecordIndex]
    max_windows: int


Measurement = Callable[[Bench], dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run that is to be there when it is done; picklable.

    Attributes:
        folder: Its work directory.
        config: Its settings.
        measurements: Functions of modules, by the name of the file they fill.
        rows_like_training: Whether rows are as long as the training windows, so that
            the model is shown no more time than it was trained on.
        max_windows: Rows to measure; 0 is all. The number is part of the file's name.
    """

    folder: Path
    config: configs.ExperimentConfig
    measurements: tuple[tuple[str, Measurement], ...] = ()
    rows_like_training: bool = False
    max_windows: int = 0

    def file(self, name: str) -> Path:
        """Returns where a measurement of that name lies."""
        part = f"-{self.max_windows}-windows" if self.max_windows else ""
        return self.folder / f"{name}{part}.json"

    def is_done(self) -> bool:
        """Returns whether the model is trained and every measurement lies there."""
        return trained_steps(self.folder) >= self.config.training.steps and all(
            self.file(name).is_file() for name, _ in self.measurements
        )


def do(job: Job) -> bool:
    """Trains and measures what is missing; returns whether nothing is left to do.

    Raises:
        InputError: If the settings, the records or the work directory cannot be used.
    """
    workdir_settings(job)
    if trained_steps(job.folder) < job.config.training.steps:
        outcome = run.train(job.config, job.folder)
        if not outcome.finished:
            return False
    missing = [one for one in job.measurements if not job.file(one[0]).is_file()]
    if missing:
        bench = _bench(job)
        for name, measure in missing:
            write(job.file(name), measure(bench))
    return True


def report(bench: Bench) -> dict[str, Any]:
    """Measures a model under all conditions that its records allow."""
    found = evaluator.evaluate(
        bench.generator,
        bench.config,
        bench.indexes,
        split="validation",
        conditions=evaluator.available(bench.indexes),
        max_windows=bench.max_windows,
    )
    return found.to_dict()


def read(job: Job, name: str) -> dict[str, Any] | None:
    """Returns what a measurement found; None if it was not made.

    Raises:
        InputError: If the file is damaged.
    """
    path = job.file(name)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise errors.InputError(
            f"{path}: expected JSON (remove the file to measure again). "
            f"Received: {error}"
        ) from error
    if not isinstance(content, dict):
        raise errors.InputError(f"{path}: expected an object. Received: {content!r}")
    return content


def write(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON, all of it or nothing."""
    text = json.dumps(content, indent=1, allow_nan=False)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(f"{text}\n", encoding="utf-8")
    partial.replace(path)


def trained_steps(folder: Path) -> int:
    """Returns the last step that a run's log tells of; 0 without a model."""
    log = folder / workdir.LOG
    if not log.is_file() or not (folder / workdir.BEST).is_dir():
        return 0
    steps = 0
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            steps = int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            break
    return steps


def workdir_settings(job: Job) -> None:
    """Refuses a work directory that holds a run of other settings.

    Raises:
        InputError: Names the first setting that differs.
    """
    if (job.folder / workdir.CONFIG).is_file():
        workdir.prepare(job.folder, job.config)


def _bench(job: Job) -> Bench:
    generator, config = checkpoints.load_generator(job.folder)
    shown: generator_views.Generator = generator
    if job.rows_like_training:
        # A quarter of a row on both sides of what is scored: half of each row counts.
        shown = generator_views.ShortContext(
            generator=generator, frames=config.data.length // 4
        )
        config.evaluation.context = 0
        config.evaluation.length = config.data.length
        rows = job.config.evaluation.batch_size * job.config.evaluation.length
        config.evaluation.batch_size = max(1, rows // config.evaluation.length)
    return Bench(
        generator=shown,
        config=config,
        indexes=pipeline.open_records(config),
        max_windows=job.max_windows,
    )
