"""Tables 1 and 2 as ladders of runs: what they found, and the page that shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from stpose_tf.evaluation import markdown_table
from stpose_tf.studies import (
    ladders,
    page,
    pose_strip,
    published,
    run_lines,
    trained_run,
)

_MAPS = (("clean", "detector-like maps"), ("noise_free", "clean maps"))
_DRAWN = (
    *("Base", "+multi-stride TCN", "+Temporal KCS", "+2D Data"),
    *(rung.label for rung in ladders.SPEED),
)
_METRICS = (("mpjpe_mm", "P #1"), ("p_mpjpe_mm", "P #2"))
_LABELS = {"table1": "embedding, T, strides, interval", "table2": "row"}


def collect(
    number: str, lines: Sequence[run_lines.Line], *, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the experiment's JSON values from what lies in the runs' folders.

    Args:
        number: Of the paper's table, `1` or `2`.
        lines: All of the table, in its order.
        about: Data, settings and command.
    """
    table = published.TABLES[number]
    found, gaps = run_lines.collect(lines, trained_run.REPORT, keep=_kept)
    for line in found:
        line["published"] = list(table.rows[line["label"]])
    drawn = [line for line in lines if line.rung.label in _DRAWN]
    strips, _ = run_lines.collect(drawn, pose_strip.STRIP)
    return {
        "schema": run_lines.SCHEMA,
        "experiment": f"table{number}",
        "title": f"Table {number}. {table.title}",
        **about,
        "partial": gaps,
        "lines": found,
        "strips": strips,
    }


def make_page(result: Mapping[str, Any]) -> page.Page:
    """Returns the report of what `collect` returned."""
    blocks = run_lines.introduction(
        result,
        "The paper's numbers are of Human3.6M, ours of the data below: the columns "
        "compare as ladders, not as numbers.",
    )
    lines = {line["label"]: line for line in result["lines"]}
    named = _LABELS[result["experiment"]]
    if result["experiment"] == "table1":
        blocks += [
            _table([lines[label] for label in labels], named, heading=f"Sweep: {name}")
            for name, labels in ladders.SWEEPS.items()
        ]
        charts = tuple(
            _sweep_chart(name, [lines[label] for label in labels])
            for name, labels in ladders.SWEEPS.items()
        )
        heading = "Error against each parameter"
    else:
        blocks.append(_table(list(lines.values()), named, heading="The ladder"))
        charts = tuple(
            _ladder_chart(place, list(lines.values())) for place in range(len(_METRICS))
        )
        heading = "Error of each step"
    blocks.append(
        page.Charts(
            charts=charts,
            heading=heading,
            caption="Dashed: the paper's, on Human3.6M. Bars: sample standard "
            "deviation over the seeds.",
        )
    )
    blocks += pose_strip.strips(
        [(line["label"], run_lines.first(line)) for line in result["strips"]]
    )
    blocks.append(_every_run(result["lines"], named))
    return page.Page(
        title=result["title"], blocks=tuple(blocks), command=result["command"]
    )


def _kept(report: run_lines.Found) -> run_lines.Found:
    return {
        "parameters": report["model"]["parameters"],
        "frames": report["frames"],
        "conditions": {
            name: found["mean_of_actions"]
            for name, found in report["conditions"].items()
        },
        "subjects": {
            name: {key: values[key] for key, _ in _METRICS}
            for name, values in report["conditions"]["clean"]["subjects"].items()
        },
    }


def _table(
    lines: Sequence[Mapping[str, Any]], named: str, *, heading: str
) -> page.Table:
    header = [named, *(f"paper {title}" for _, title in _METRICS)]
    header += [f"{maps}, {title}" for _, maps in _MAPS for _, title in _METRICS]
    rows = []
    for line in lines:
        measured = [run["found"] for run in line["runs"] if run["found"] is not None]
        rows.append(
            (
                line["label"],
                *(markdown_table.number(value, 1) for value in line["published"]),
                *(
                    run_lines.spread(line, "conditions", condition, metric).text()
                    for condition, _ in _MAPS
                    for metric, _ in _METRICS
                ),
                f"{len(measured)} of {len(line['runs'])}",
                f"{measured[0]['parameters']:,}" if measured else "",
            )
        )
    return page.Table(
        header=(*header, "seeds", "weights"),
        rows=tuple(rows),
        heading=heading,
        caption="mm; mean of the actions' means, ± sample standard deviation over "
        f"the seeds. {run_lines.NO_NUMBER}",
    )


def _every_run(lines: Sequence[Mapping[str, Any]], named: str) -> page.Table:
    rows = []
    for line in lines:
        for run in line["runs"]:
            found = run["found"] or {"conditions": {}, "subjects": {}}
            numbers = found["conditions"].get("clean", {})
            people = [
                f"{name} {run_lines.number(values['mpjpe_mm'])}"
                for name, values in found["subjects"].items()
            ]
            rows.append(
                (
                    line["label"],
                    str(run["seed"]),
                    run["state"],
                    f"{run['steps']:,} of {run['of_steps']:,}",
                    *(run_lines.number(numbers.get(key)) for key, _ in _METRICS),
                    "; ".join(people),
                )
            )
    titles = (title for _, title in _METRICS)
    return page.Table(
        header=(named, "seed", "state", "steps", *titles, "P #1 by subject"),
        rows=tuple(rows),
        heading="Every run",
        caption="Detector-like maps, mm.",
    )


def _ladder_chart(place: int, lines: Sequence[Mapping[str, Any]]) -> page.Chart:
    metric, title = _METRICS[place]
    return page.Chart(
        title=title,
        x_label="",
        y_label="mm",
        series=_series(lines, [float(n) for n in range(len(lines))], metric, place),
        ticks=tuple(line["label"] for line in lines),
    )


def _sweep_chart(name: str, lines: Sequence[Mapping[str, Any]]) -> page.Chart:
    words = [line["label"].split()[list(ladders.SWEEPS).index(name)] for line in lines]
    named = name == "strides"
    places = [float(n if named else word) for n, word in enumerate(words)]
    return page.Chart(
        title=name,
        x_label=name,
        y_label="P #1, mm",
        series=_series(lines, places, _METRICS[0][0], 0),
        ticks=tuple(words) if named else (),
        logarithmic=name in ("embedding", "temporal length"),
    )


def _series(
    lines: Sequence[Mapping[str, Any]],
    places: Sequence[float],
    metric: str,
    published_column: int,
) -> tuple[page.Series, ...]:
    """Returns the curves of both kinds of maps, and the paper's."""
    ours = [
        run_lines.series(
            maps,
            places,
            [run_lines.spread(line, "conditions", name, metric) for line in lines],
        )
        for name, maps in _MAPS
    ]
    paper = page.Series(
        name="paper, Human3.6M",
        x=tuple(places),
        y=tuple(line["published"][published_column] for line in lines),
        reference=True,
    )
    return (*ours, paper)
