"""Runs a table of the paper or a study of our own, and reports it.

python tools/experiment.py --table=2 --config=configs/ablations.py --data=records/cmu \
    --out=experiments/cmu --seeds=2 --minutes=240

What is done already is kept; the same command goes on where the last one stopped.
"""

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf.studies import (
    benchmark_run,
    dataset_lookup,
    experiment_plan,
    forecast_study,
    ladder_table,
    occlusion_study,
    page,
    page_rendering,
    published,
    run_lines,
    run_queue,
    speed_study,
    trained_run,
)

_STUDIES = (occlusion_study.NAME, forecast_study.NAME, speed_study.NAME)
_LADDERS = ("1", "2")
_Plan = Callable[[experiment_plan.Request], list[run_lines.Line]]
_Collect = Callable[..., dict[str, Any]]
_Show = Callable[[Mapping[str, Any]], page.Page]


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
    command = _command()
    if given.study is not None or given.table in _LADDERS:
        result, made = _ladder(command)
    else:
        result, made = benchmark_run.run(_benchmark(), command=command, say=_say)
    name = str(result["experiment"])
    out.mkdir(parents=True, exist_ok=True)
    trained_run.write(out / f"{name}.json", result)
    _say(f"\n{run_lines.to_text(made)}\n")
    for path in page_rendering.write(out, name, made):
        _say(str(path))
    return commands.PARTLY if result["partial"] else commands.DONE


def _benchmark() -> benchmark_run.Request:
    """Returns what the flags ask for of tables 3 to 7."""
    given = flags.FLAGS
    has_model = given.workdir is not None or given.preset is not None
    return benchmark_run.Request(
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


def _ladder(command: str) -> tuple[dict[str, Any], page.Page]:
    """Works on the runs of a ladder and returns what is there then."""
    given = flags.FLAGS
    name = given.study or f"table{given.table}"
    experiments: dict[str, tuple[_Plan, _Collect, _Show]] = {
        "table1": (experiment_plan.table_1, _collect_table, ladder_table.make_page),
        "table2": (experiment_plan.table_2, _collect_table, ladder_table.make_page),
        occlusion_study.NAME: (
            experiment_plan.occlusion,
            occlusion_study.collect,
            occlusion_study.make_page,
        ),
        forecast_study.NAME: (
            experiment_plan.forecast,
            forecast_study.collect,
            forecast_study.make_page,
        ),
        speed_study.NAME: (
            experiment_plan.speed,
            speed_study.collect,
            speed_study.make_page,
        ),
    }
    plan, collect, show = experiments[name]
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
    lines = plan(request)
    wanted = experiment_plan.jobs(experiment_plan.chosen(lines, given.rows))
    progress = run_queue.work(wanted, minutes=given.minutes, say=_say)
    for left in progress.left:
        _say(f"not done: {left}; the same command goes on")
    about = experiment_plan.about(
        request,
        command=command,
        withheld=experiment_plan.withheld_subjects(request) if name == "table2" else (),
    )
    result = collect(lines, about=about)
    return result, show(result)


def _collect_table(
    lines: Sequence[run_lines.Line], *, about: Mapping[str, Any]
) -> dict[str, Any]:
    return ladder_table.collect(flags.FLAGS.table, lines, about=about)


def _command() -> str:
    """Returns the command as a reader would type it."""
    given = [word for word in sys.argv[1:] if not word.startswith("--minutes")]
    return shlex.join(["python", "tools/experiment.py", *given])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
