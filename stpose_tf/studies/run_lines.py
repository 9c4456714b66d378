"""Lines of an experiment: a configuration, its repetitions and what they found."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stpose_tf.evaluation import markdown_table
from stpose_tf.studies import ladders, page, repetitions, trained_run

SCHEMA = "stpose.experiment/1"
NO_NUMBER = "A cell is empty where nothing was measured."
MEASURED, UNFINISHED, NOT_RUN = "measured", "unfinished", "not run"

Found = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rung of a ladder with its repetitions.

    Attributes:
        rung: What it changes.
        jobs: One for each seed.
    """

    rung: ladders.Rung
    jobs: tuple[trained_run.Job, ...]


def collect(
    lines: Sequence[Line],
    measurement: str,
    *,
    keep: Callable[[Found], Found] = dict,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Returns what lies in the runs' folders as JSON values, and what is missing.

    Args:
        lines: In the order of the table.
        measurement: Name of the measurement.
        keep: Takes out of it what the experiment needs.
    """
    found, gaps = [], []
    for line in lines:
        runs = [
            _run(seed, job, measurement, keep) for seed, job in enumerate(line.jobs)
        ]
        whole = sum(run["state"] == MEASURED for run in runs)
        if whole < len(runs):
            gaps.append(f"{line.rung.label}: {whole} of {len(runs)} runs")
        found.append({"name": line.rung.name, "label": line.rung.label, "runs": runs})
    windows = {job.max_windows for line in lines for job in line.jobs} - {0}
    gaps += [f"every run was measured on {count} windows only" for count in windows]
    return found, gaps


def spread(line: Mapping[str, Any], *path: str | int) -> repetitions.Spread:
    """Returns one number of a line over its seeds.

    Args:
        line: What `collect` returned of it.
        *path: Keys that lead to the number in what was kept.
    """
    return repetitions.of(
        [_at(run["found"], path) for run in line["runs"] if run["state"] == MEASURED]
    )


def first(line: Mapping[str, Any]) -> Found | None:
    """Returns what the first measured repetition found; None if there is none."""
    for run in line["runs"]:
        if run["state"] == MEASURED:
            found: Found = run["found"]
            return found
    return None


def series(
    name: str,
    places: Sequence[float],
    spreads: Sequence[repetitions.Spread],
    *,
    dashed: bool = False,
    color: int | None = None,
) -> page.Series:
    """Returns means with their spread as a curve."""
    return page.Series(
        name=name,
        x=tuple(places),
        y=tuple(one.mean for one in spreads),
        spread=tuple(one.stddev for one in spreads),
        dashed=dashed,
        color=color,
    )


def introduction(result: Mapping[str, Any], text: str) -> list[page.Block]:
    """Returns the blocks that say what was run on what, and what is missing.

    Args:
        result: An experiment's JSON values with `data`, `runs` and `partial`.
        text: What a reader must know first.
    """
    items = tuple(f"{name}: {_shown(result[name])}" for name in ("data", "runs"))
    blocks: list[page.Block] = [page.Text(text=text, items=items)]
    if result["partial"]:
        blocks.append(
            page.Text(
                text="Partial: not everything that was asked for was measured.",
                items=tuple(result["partial"]),
                warning=True,
            )
        )
    return blocks


def number(value: float | None, decimals: int = 1) -> str:
    """Returns a number as text; empty where there is none."""
    return "" if value is None else markdown_table.number(value, decimals)


def to_text(made: page.Page) -> str:
    """Returns the tables of a page, Markdown, for a terminal."""
    parts = []
    for block in made.blocks:
        if isinstance(block, page.Text) and block.warning:
            parts.append("\n".join([block.text, *(f"  {i}" for i in block.items)]))
        if isinstance(block, page.Table):
            parts.append(
                f"{block.heading}\n\n{markdown_table.render(block.header, block.rows)}"
            )
    return "\n\n".join(parts)


def _run(
    seed: int,
    job: trained_run.Job,
    measurement: str,
    keep: Callable[[Found], Found],
) -> dict[str, Any]:
    steps = trained_run.trained_steps(job.folder)
    entry: dict[str, Any] = {
        "run": job.folder.name,
        "seed": seed,
        "steps": steps,
        "of_steps": job.config.training.steps,
        "found": None,
    }
    found = trained_run.read(job, measurement)
    if found is None or steps < job.config.training.steps:
        return {**entry, "state": UNFINISHED if steps else NOT_RUN}
    return {**entry, "state": MEASURED, "found": keep(found)}


def _at(found: Any, path: Sequence[str | int]) -> float | None:
    for key in path:
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int):
            found = found[key]
        else:
            return None
    return None if found is None else float(found)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_shown(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return f"{value:,}" if isinstance(value, int) else str(value)
