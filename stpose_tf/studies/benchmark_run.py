"""From what a user has to a row of Tables 3 to 7: records, a model, a measurement."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.studies import (
    benchmark_table,
    benchmark_training,
    dataset_lookup,
    experiment_plan,
    page,
    run_queue,
    trained_run,
)

_MISSING_MODEL = (
    "no trained model: name one by --workdir or --preset, or give --config and the "
    "records to train on"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is wanted.

    Attributes:
        number: Of the table.
        data: Where records lie.
        out: Folder of runs and reports.
        model: A trained model; None trains one.
        config: Settings to train one with; None if there is a model.
        minutes: Time for training; None is any, 0 trains nothing.
        flip: Average with the answer to the mirror image.
        skip_damaged: Leave out the clips whose truth is known to be off.
        max_windows: Rows to measure; 0 is all.
        smpl_joints: See `benchmark_table.measure`.
    """

    number: str
    data: Sequence[str]
    out: Path
    model: Path | None = None
    config: configs.ExperimentConfig | None = None
    minutes: float | None = None
    flip: bool = False
    skip_damaged: bool = False
    max_windows: int = 0
    smpl_joints: str | None = None


def run(
    request: Request, *, command: str, say: Callable[[str], None]
) -> tuple[dict[str, Any], page.Page]:
    """Returns the table's JSON values and its page.

    What was measured before with the same weights, records and options is kept.

    Args:
        request: What is wanted.
        command: For the report.
        say: Takes lines for the user.

    Raises:
        InputError: If the records to test on are missing, or neither a model nor a
            way to one is given; or the model does not fit the records; or an option
            has no meaning for the table.
    """
    number = request.number
    _expect_options(request)
    tested = dataset_lookup.find(
        request.data,
        dataset_lookup.DATASETS[benchmark_training.TESTED_ON[number]],
        purpose=f"Table {number}",
    )
    folders = [str(index.folder) for index in tested]
    model = request.model or _trained(request, say=say)
    about: dict[str, Any] = {
        "command": command,
        "data": {
            "tested on": [
                f"{index.folder.name} ({index.dataset}, {index.fps:g} fps)"
                for index in tested
            ]
        },
        "runs": {"model": "none" if model is None else str(model)},
    }
    if model is None:
        result = benchmark_table.collect(
            number, None, about={**about, "key": None}, reason=_MISSING_MODEL
        )
        return result, benchmark_table.make_page(result)
    options: dict[str, Any] = {
        "flip": request.flip,
        "skip_damaged": request.skip_damaged,
        "max_windows": request.max_windows,
        "smpl_joints": request.smpl_joints,
    }
    about["runs"] |= {name: value for name, value in options.items() if value}
    about["key"] = benchmark_table.key(number, model, folders, options)
    found = _measured_before(request.out / f"table{number}.json", about["key"])
    if found is None:
        found = benchmark_table.measure(number, str(model), folders, **options)
    result = benchmark_table.collect(number, found, about=about)
    return result, benchmark_table.make_page(result)


def _expect_options(request: Request) -> None:
    """Refuses what would change nothing and yet stand in the report."""
    given = {
        "--skip_damaged": request.skip_damaged and request.number not in ("3", "4"),
        "--windows": request.max_windows > 0 and request.number == "5",
        "--smpl_joints": request.smpl_joints is not None and request.number != "3dpw",
    }
    wrong = [name for name, is_wrong in given.items() if is_wrong]
    if wrong:
        raise errors.InputError(
            f"Table {request.number}: expected no {', '.join(wrong)}, which it has no "
            "use for. Received: one"
        )


def _trained(request: Request, *, say: Callable[[str], None]) -> Path | None:
    """Returns the run that the table is measured with, trained; None if it is not."""
    name = benchmark_training.run_name(request.number)
    folder = request.out / experiment_plan.RUNS / name
    if request.config is None:
        if trained_run.trained_steps(folder):
            return folder
        raise errors.InputError(
            f"Table {request.number}: {_MISSING_MODEL}. Received: neither"
        )
    records: Sequence[record_index.RecordIndex] = dataset_lookup.find(
        request.data,
        dataset_lookup.DATASETS[benchmark_training.TRAINED_ON[request.number]],
        purpose=f"Training for table {request.number}",
    )
    config = benchmark_training.training_config(request.number, request.config, records)
    configs.validate(config)
    job = trained_run.Job(folder=folder, config=config)
    progress = run_queue.work([job], minutes=request.minutes, say=say)
    if progress.failed:
        raise errors.InputError(progress.failed[0])
    return folder if progress.done else None


def _measured_before(path: Path, key: dict[str, Any]) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None  # measured again and written anew
    if not isinstance(content, dict) or content.get("key") != key:
        return None
    found: dict[str, Any] | None = content.get("found")
    return found
