"""Runs a table of the paper or a study of our own, and reports it.

python tools/experiment.py --table=2 --config=configs/ablations.py --data=records/cmu \
    --out=experiments/cmu --seeds=2 --minutes=240

--study=all is everything that runs on motion: Tables 1 and 2 and all studies.

What is done already is kept; the same command goes on where the last one stopped.
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf.studies import (
    benchmark_run,
    dataset_lookup,
    experiment_plan,
    motion_program,
    page,
    page_rendering,
    published,
    run_lines,
    run_queue,
    trained_run,
)

_LADDERS = ("1", "2")
_STUDIES = (
    *(name for name in motion_program.EXPERIMENTS if not name.startswith("table")),
    motion_program.EVERYTHING,
)
_Report = tuple[dict[str, Any], page.Page]


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_enum("table", None, list(published.TABLES), "Table of the paper.")
    flags.DEFINE_enum("study", None, list(_STUDIES), "Study of our own.")
    flags.DEFINE_list(
        "data", None, "Folders of records, or folders that hold folders of records."
    )
    flags.DEFINE_alias("records", "data")
    config_flags.DEFINE_config_file("config", None, "Settings that all runs share.")
    flags.DEFINE_string("out", "experiments", "Where runs and reports go.")
    flags.DEFINE_integer("seeds", 1, "Runs of each row.", lower_bound=1)
    flags.DEFINE_float(
        "minutes", None, "Time to stop after; 0 only reports.", lower_bound=0.0
    )
    flags.DEFINE_list("rows", None, "Only these rows of a table or study.")
    flags.DEFINE_list("withheld", None, "Subjects without 3D in table 2.")
    flags.DEFINE_string("workdir", None, "Trained model for tables 3 to 7 and 3dpw.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_bool("flip", False, "Average with the mirror image (tables 3 to 7).")
    flags.DEFINE_bool("skip_damaged", False, "Leave out clips whose truth is off.")
    flags.DEFINE_string("smpl_joints", None, "3DPW's 14 joints from SMPL, .npz.")
    flags.DEFINE_integer(
        "windows", 0, "Measure only so many windows; 0 is all.", lower_bound=0
    )


def main(argv: Sequence[str]) -> int:
    """Runs what is missing, shows the table and writes the report."""
    del argv
    given = flags.FLAGS
    if (given.table is None) == (given.study is None):
        received = "neither" if given.table is None else "both"
        raise errors.InputError(
            f"expected one of --table and --study. Received: {received}"
        )
    out = Path(given.out)
    if out.exists() and not out.is_dir():
        raise errors.InputError(f"--out: expected a folder. Received: a file, {out}")
    failed: tuple[str, ...] = ()
    reports: Iterator[_Report]
    if given.study is not None or given.table in _LADDERS:
        planned, failed = _worked_on(given.study or f"table{given.table}")
        reports = (part.report(command=_command()) for part in planned)
    else:
        reports = _benchmark()
    partial = False
    for result, made in reports:
        name = str(result["experiment"])
        out.mkdir(parents=True, exist_ok=True)
        trained_run.write(out / f"{name}.json", result)
        _say(f"\n{made.title}\n\n{run_lines.to_text(made)}\n")
        for path in page_rendering.write(out, name, made):
            _say(str(path))
        partial = partial or bool(result["partial"])
    if failed:
        raise errors.InputError(failed[0])
    return commands.PARTLY if partial else commands.DONE


def _benchmark() -> Iterator[_Report]:
    """Yields the report of one of the tables 3 to 7."""
    given = flags.FLAGS
    has_model = given.workdir is not None or given.preset is not None
    request = benchmark_run.Request(
        number=given.table,
        data=given.data or (),
        out=Path(given.out),
        model=commands.model_source() if has_model else None,
        config=given.config,
        minutes=given.minutes,
        flip=given.flip,
        skip_damaged=given.skip_damaged,
        max_windows=given.windows,
        smpl_joints=given.smpl_joints,
    )
    yield benchmark_run.run(request, command=_command(), say=_say)


def _worked_on(name: str) -> tuple[list[motion_program.Part], tuple[str, ...]]:
    """Works on the runs of experiments; returns these and what went wrong."""
    given = flags.FLAGS
    indexes = dataset_lookup.find(
        given.data or (),
        dataset_lookup.DATASETS["motion"],
        purpose=f"Experiment {name}",
    )
    if given.config is None:
        raise errors.InputError(
            "--config: expected settings such as configs/ablations.py. Received: none"
        )
    request = experiment_plan.Request(
        out=Path(given.out),
        shared=experiment_plan.shared_settings(given.config, indexes),
        indexes=indexes,
        seeds=given.seeds,
        max_windows=given.windows,
        withheld=tuple(given.withheld or ()),
    )
    planned = motion_program.parts(name, request)
    lines = experiment_plan.chosen(motion_program.in_order(planned), given.rows)
    progress = run_queue.work(
        experiment_plan.jobs(lines), minutes=given.minutes, say=_say
    )
    for left in progress.left:
        _say(f"not done: {left}; the same command goes on")
    return planned, progress.failed


def _command() -> str:
    """Returns the command as a reader would type it."""
    given = [word for word in sys.argv[1:] if not word.startswith("--minutes")]
    return shlex.join(["python", "tools/experiment.py", *given])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
