"""What an experiment's flags ask for, as lines of jobs."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import forecasting
from stpose_tf.models import receptive_field
from stpose_tf.studies import (
    forecast_study,
    ladders,
    occlusion_study,
    pose_strip,
    run_lines,
    speed_study,
    trained_run,
    withheld_records,
)

RUNS = "runs"
_RECORDS_2D = "records_2d"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted.

    Attributes:
        out: Folder of all experiments on one kind of data.
        shared: Settings that every run starts from; its records are set.
        indexes: Of these records.
        seeds: Repetitions.
        max_windows: Rows to measure; 0 is all.
        withheld: Subjects whose 3D Table 2 goes without; empty is every third.
    """

    out: Path
    shared: configs.ExperimentConfig
    indexes: Sequence[record_index.RecordIndex]
    seeds: int
    max_windows: int = 0
    withheld: tuple[str, ...] = ()


def shared_settings(
    given: configs.ExperimentConfig, indexes: Sequence[record_index.RecordIndex]
) -> configs.ExperimentConfig:
    """Returns the settings of all runs: with the records, measured on the same rows.

    A model of another reach would otherwise get other rows, so other noise.

    Raises:
        InputError: If evaluation rows are too short for the widest model.
    """
    config = copy.deepcopy(given)
    config.data.records = tuple(str(index.folder) for index in indexes)
    model = config.model
    reach = receptive_field.of_branch(
        max(ladders.FULL_STRIDES),
        blocks=model.blocks,
        kernel_size=model.kernel_size,
        causal=model.causal,
    )
    config.evaluation.context = max(config.evaluation.context, reach.past, reach.future)
    configs.validate(config)
    return config


def table_1(request: Request) -> list[run_lines.Line]:
    """Returns the lines of Table 1; rows are as long as each line's windows.

    One stride and five also give a window to be drawn.
    """
    report = (trained_run.REPORT, trained_run.report)
    strip = (pose_strip.STRIP, pose_strip.measure)
    return [
        _line(
            request,
            rung,
            request.shared,
            (report, strip) if rung in ladders.SPEED else (report,),
            rows_like_training=True,
        )
        for rung in ladders.TABLE_1.values()
    ]


def table_2(request: Request) -> list[run_lines.Line]:
    """Returns the lines of Table 2; writes the 2D-only records of its last one.

    Raises:
        InputError: If there are too few subjects, or a withheld one is unknown.
    """
    withheld = withheld_subjects(request)
    kept = withheld_records.withhold(request.shared, request.indexes, withheld)
    folder = request.out / _RECORDS_2D
    withheld_records.write(
        folder,
        request.indexes,
        withheld,
        exclude_clips=request.shared.data.exclude_clips,
    )
    with_2d = withheld_records.add(kept, folder)
    return [
        _line(
            request,
            rung,
            with_2d if rung.adds_2d else kept,
            (
                (trained_run.REPORT, trained_run.report),
                (pose_strip.STRIP, pose_strip.measure),
            ),
        )
        for rung in ladders.TABLE_2
    ]


def withheld_subjects(request: Request) -> tuple[str, ...]:
    """Returns whose 3D Table 2 goes without.

    Raises:
        InputError: If one is unknown, or validated on.
    """
    validation = request.shared.data.validation_subjects
    if not request.withheld:
        return withheld_records.subjects(request.indexes, validation)
    known = {name for index in request.indexes for name in index.subjects}
    wrong = [name for name in request.withheld if name not in known - set(validation)]
    if wrong:
        raise errors.InputError(
            f"--withheld: expected training subjects, some of "
            f"{', '.join(sorted(known - set(validation)))}. "
            f"Received: {', '.join(wrong)}"
        )
    return request.withheld


def occlusion(request: Request) -> list[run_lines.Line]:
    """Returns the lines of the occlusion benchmark."""
    measurements = (
        (occlusion_study.NAME, occlusion_study.measure),
        (pose_strip.STRIP, pose_strip.measure),
    )
    return [
        _line(request, rung, request.shared, measurements) for rung in ladders.OCCLUSION
    ]


def forecast(request: Request) -> list[run_lines.Line]:
    """Returns the forecaster's line."""
    stride = request.shared.evaluation.temporal_stride
    future = forecasting.future_frames(request.indexes[0].fps / stride)
    measurements = ((forecast_study.NAME, forecast_study.measure),)
    return [_line(request, ladders.forecast(future), request.shared, measurements)]


def speed(request: Request) -> list[run_lines.Line]:
    """Returns the lines of the speed study; their runs are Table 1's."""
    measurements = ((speed_study.NAME, speed_study.measure),)
    return [
        _line(request, rung, request.shared, measurements) for rung in ladders.SPEED
    ]


def chosen(
    lines: Sequence[run_lines.Line], names: Sequence[str] | None
) -> list[run_lines.Line]:
    """Returns the lines to run; all of them if none is named.

    Args:
        lines: Of the experiment.
        names: Of the rungs.

    Raises:
        InputError: If there is no such line.
    """
    if names is None:
        return list(lines)
    known = list(dict.fromkeys(line.rung.name for line in lines))
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise errors.InputError(
            f"--rows: expected some of {', '.join(known)}. "
            f"Received: {', '.join(wrong) or 'none'}"
        )
    return [line for name in names for line in lines if line.rung.name == name]


def jobs(lines: Sequence[run_lines.Line]) -> list[trained_run.Job]:
    """Returns the jobs, every line's first seed before any second."""
    most = max((len(line.jobs) for line in lines), default=0)
    return [
        line.jobs[seed]
        for seed in range(most)
        for line in lines
        if seed < len(line.jobs)
    ]


def about(
    request: Request, *, command: str, withheld: Sequence[str] = ()
) -> dict[str, Any]:
    """Returns what every report says about its data and its runs.

    Args:
        request: What was asked for.
        command: That asked for it.
        withheld: Subjects whose 3D no run was given.
    """
    shared = request.shared
    validation = shared.data.validation_subjects
    clips = [clip for index in request.indexes for clip in index.clips]
    people = sorted({clip.subject for clip in clips} - set(validation))
    rate = request.indexes[0].fps / shared.evaluation.temporal_stride
    data: Mapping[str, Any] = {
        "records": [
            f"{index.folder.name} ({index.dataset})" for index in request.indexes
        ],
        "trained on": people,
        "measured on": list(validation),
        "at": f"{rate:g} fps",
        **({"3D withheld of": list(withheld)} if withheld else {}),
    }
    runs: Mapping[str, Any] = {
        "settings": shared.name,
        "steps": shared.training.steps,
        "windows a step": 2 * shared.data.batch_size,
        "frames a window": shared.data.length,
        "heat maps": "x".join(map(str, shared.model.heatmap_size)),
        "seeds": request.seeds,
        "views measured": shared.evaluation.views or "all",
        "windows measured": request.max_windows or "all",
    }
    return {"command": command, "data": data, "runs": runs}


def _line(
    request: Request,
    rung: ladders.Rung,
    shared: configs.ExperimentConfig,
    measurements: tuple[tuple[str, trained_run.Measurement], ...],
    *,
    rows_like_training: bool = False,
) -> run_lines.Line:
    found = []
    for seed in range(request.seeds):
        config = rung.config(shared, seed=seed)
        configs.validate(config)
        found.append(
            trained_run.Job(
                folder=request.out / RUNS / f"{rung.name}-seed{seed}",
                config=config,
                measurements=measurements,
                rows_like_training=rows_like_training,
                max_windows=request.max_windows,
            )
        )
    return run_lines.Line(rung=rung, jobs=tuple(found))
