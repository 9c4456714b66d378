"""Tables 3 to 7 and the 3DPW number: a model under the field's protocols."""

import copy
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import (
    angle_forecasts,
    evaluator,
    generator_views,
    lsp14,
    protocol_measurement,
    protocols,
)
from stpose_tf.studies import (
    benchmark_details,
    benchmark_training,
    page,
    pose_strip,
    published,
    run_lines,
    trained_run,
)
from stpose_tf.training import checkpoints

# Which protocols a table shows.
PROTOCOLS: Mapping[str, tuple[str, ...]] = {
    "3": ("h36m_p1",),
    "4": ("h36m_p2",),
    "5": (),
    "6": ("humaneva_p2",),
    "7": ("mpi_inf_3dhp",),
    "3dpw": ("3dpw_joints14",),
}
_FORECAST_ACTIONS = ("Walking", "Eating", "Smoking", "Discussion")
_OUR_ROW = "STPose-TF, measured here"
_LSP = "3dpw_lsp14"


def measure(
    number: str,
    model: str,
    folders: Sequence[str],
    *,
    flip: bool = False,
    skip_damaged: bool = False,
    max_windows: int = 0,
    smpl_joints: str | None = None,
) -> dict[str, Any]:
    """Returns what a trained model scores in a table.

    Args:
        number: Of the table.
        model: Its work directory or preset.
        folders: Records to test on.
        flip: Average with the answer to the mirror image.
        skip_damaged: Leave out the clips whose truth is known to be off.
        max_windows: Rows to measure, spread over all; 0 measures every frame.
        smpl_joints: True joints of 3DPW's literature, see `lsp14.load_truths`.
    """
    generator, config = checkpoints.load_generator(model)
    trained = copy.deepcopy(config.data)
    config.data.records = tuple(folders)
    config.data.exclude_clips = config.data.validation_subjects = ()
    config.data.ratios = ()
    indexes = pipeline.open_records(config)
    shown = protocol_measurement.flipped(generator, config) if flip else generator
    if number == "5":
        found = angle_forecasts.measure(
            shown, config, indexes, actions=_FORECAST_ACTIONS
        )
        missing = [name for name in _FORECAST_ACTIONS if name not in found]
        lines = [f"no recordings of {', '.join(missing)}"] if missing else []
        lines += benchmark_training.trained_on(
            trained, indexes, may=angle_forecasts.TRAIN_SUBJECTS
        )
        people = {angle_forecasts.TEST_SUBJECT}
        tested = [
            index.with_clips(clip for clip in index.clips if clip.subject in people)
            for index in indexes
        ]
        return {
            "angles": found,
            "partial": lines,
            pose_strip.STRIP: _strip(generator, config, tested),
        }
    chosen = [protocols.get(name) for name in PROTOCOLS[number]]
    (result,) = protocol_measurement.measure(
        generator,
        config,
        indexes,
        protocol=chosen,
        flip=flip,
        skip_damaged=skip_damaged,
        max_windows=max_windows,
    )
    tested = protocol_measurement.select(indexes, chosen[0], skip_damaged=skip_damaged)
    content = result.to_dict()
    content["partial"] += benchmark_training.trained_on(
        trained, indexes, may=chosen[0].train_subjects
    )
    content[pose_strip.STRIP] = _strip(generator, config, tested)
    if smpl_joints is not None:
        predictor = evaluator.Predictor(shown, config, tested, split="all")
        content[_LSP] = lsp14.score(
            predictor.sequences(
                protocol_measurement.condition(chosen[0], tested),
                max_windows=max_windows,
            ),
            lsp14.load_truths(Path(smpl_joints)),
            names=[clip.id for clip in evaluator.all_clips(tested)],
            stride=config.evaluation.temporal_stride,
        )
    return content


def _strip(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    tested: Sequence[record_index.RecordIndex],
) -> dict[str, Any]:
    bench = trained_run.Bench(
        generator=generator, config=config, indexes=tested, max_windows=0
    )
    return pose_strip.measure(bench, split="all", detector_noise=False)


def key(
    number: str, model: Path, folders: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns what a measurement depends on: the same key, the same numbers."""
    weights = checkpoints.preset_folder(model) / checkpoints.WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return {
        "table": number,
        "model": str(model),
        "weights": digest[:16],
        "records": list(folders),
        **options,
    }


def collect(
    number: str,
    found: Mapping[str, Any] | None,
    *,
    about: Mapping[str, Any],
    reason: str = "",
) -> dict[str, Any]:
    """Returns the experiment's JSON values.

    Args:
        number: Of the table.
        found: What `measure` returned; None if there is no model yet.
        about: Data, runs, command, and the measurement's `key`.
        reason: Why there is none.
    """
    table = published.TABLES[number]
    return {
        "schema": run_lines.SCHEMA,
        "experiment": f"table{number}",
        "title": f"{'' if number == '3dpw' else f'Table {number}. '}{table.title}",
        **about,
        "partial": [reason] if found is None else list(found["partial"]),
        "found": found,
    }


def make_page(result: Mapping[str, Any]) -> page.Page:
    """Returns the report of what `collect` returned."""
    number = str(result["experiment"]).removeprefix("table")
    names = PROTOCOLS[number]
    about = (
        protocols.get(names[0]).definition
        if names
        else "Angles of both predictions and truths are those of joints without twist "
        "about the bones; the published ones come from recorded rotations. Mean over "
        "eight seeded windows of each action of subject 5, over all views."
    )
    blocks = run_lines.introduction(result, f"Ours: {about}.".replace("..", "."))
    found = result["found"]
    blocks.append(_table(number, found))
    if found is not None:
        blocks += _details(number, found)
    return page.Page(
        title=result["title"], blocks=tuple(blocks), command=result["command"]
    )


def _table(number: str, found: Mapping[str, Any] | None) -> page.Table:
    table = published.TABLES[number]
    decimals = 2 if number == "5" else 1
    rows = [
        (name, *(run_lines.number(value, decimals) for value in values))
        for name, values in table.rows.items()
    ]
    ours = [run_lines.number(value, decimals) for value in _ours(number, found)]
    header = list(table.columns)
    if number == "3dpw":  # another choice of joints is another number
        header = [f"{header[0]}, literature's joints", "jointPositions' 14 joints"]
        rows = [(*row, "") for row in rows]
    return page.Table(
        header=("", *header),
        rows=(*rows, (_OUR_ROW, *ours)),
        heading=table.title,
        caption=f"{table.unit}; the paper's rows as published. {run_lines.NO_NUMBER}",
        emphasized=(len(rows),),
    )


def _ours(number: str, found: Mapping[str, Any] | None) -> list[float | None]:
    """Returns our numbers in the order of the table's columns."""
    columns = published.TABLES[number].columns
    if found is None:
        return [None] * (len(columns) + (number == "3dpw"))
    if number == "5":
        places = [column.split() for column in columns]
        return [found["angles"].get(a, {}).get(horizon) for a, horizon in places]
    (metric, *_) = protocols.get(PROTOCOLS[number][0]).metrics
    average = found["average"][metric]
    if number == "3dpw":
        return [found.get(_LSP, {}).get(metric), average]
    if number == "7":
        return [average]
    cells = [found["cells"].get(column, {}).get(metric) for column in columns[:-1]]
    return [*cells, average]


def _details(number: str, found: Mapping[str, Any]) -> list[page.Block]:
    """Returns everything that was measured, curves and a strip."""
    strips = pose_strip.strips([(_OUR_ROW, found.get(pose_strip.STRIP))])
    if not PROTOCOLS[number]:
        return [benchmark_details.of_horizons(number, found["angles"]), *strips]
    protocol = protocols.get(PROTOCOLS[number][0])
    metric = protocol.metrics[0]
    chart = benchmark_details.of_cells(number, found["cells"], metric=metric)
    return [
        benchmark_details.in_full(protocol, found),
        *([chart] if chart else []),
        *strips,
    ]
