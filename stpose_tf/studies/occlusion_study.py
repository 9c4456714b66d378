"""The occlusion benchmark for networks trained with and without occlusion."""

from collections.abc import Mapping, Sequence
from typing import Any

from stpose_tf.evaluation import occlusion_benchmark
from stpose_tf.studies import page, pose_strip, run_lines, trained_run

NAME = "occlusion"
_PLAIN, _FILLED = "network", "interpolated"
_FILLED_LABEL = "{}, missing 2D interpolated"
_COLUMNS = (
    ("visible_mpjpe_mm", "MPJPE of visible joints, mm", ""),
    ("occluded_mpjpe_mm", "MPJPE of occluded joints, mm", "occluded_joints"),
    ("mpjve_mm_per_second", "Velocity error, mm/s", ""),
    ("mpjpe_mm", "MPJPE of all joints, mm", ""),
)


def measure(bench: trained_run.Bench) -> dict[str, Any]:
    """Returns the benchmark's numbers, as the input is and with missing 2D filled."""
    return {
        kind: occlusion_benchmark.measure(
            bench.generator,
            bench.config,
            bench.indexes,
            split="validation",
            interpolated=kind == _FILLED,
            max_windows=bench.max_windows,
        )
        for kind in (_PLAIN, _FILLED)
    }


def collect(
    lines: Sequence[run_lines.Line], *, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the experiment's JSON values.

    Args:
        lines: With and without occlusion training, and Base.
        about: Data, settings and command.
    """
    found, gaps = run_lines.collect(lines, NAME)
    strips, _ = run_lines.collect(lines, pose_strip.STRIP)
    return {
        "schema": run_lines.SCHEMA,
        "experiment": NAME,
        "title": "Occlusion benchmark",
        **about,
        "partial": gaps,
        "lines": found,
        "strips": strips,
    }


def make_page(result: Mapping[str, Any]) -> page.Page:
    """Returns the report of what `collect` returned."""
    blocks = run_lines.introduction(
        result,
        "After arXiv 2504.10350 and the paper's Figure 5. All models see the same "
        "rows, the same detector noise and the same occlusions; visible and occluded "
        "joints are counted without the root. Interpolation fills each missing "
        "keypoint linearly between its neighbors in time.",
    )
    methods = _methods(result["lines"])
    rows = _rows(result["lines"])
    for key, title, count in _COLUMNS:
        blocks.append(_table(methods, rows, key, title, count))
    for key, title in (
        ("mpjpe_mm", "All joints against severity"),
        ("occluded_mpjpe_mm", "Occluded joints against severity"),
    ):
        charts = _charts(methods, rows, key)
        if charts:
            blocks.append(
                page.Charts(
                    charts=charts,
                    heading=title,
                    caption="Severity 0 is the input as detected. Bars: sample "
                    "standard deviation over the seeds.",
                )
            )
    blocks += pose_strip.strips(
        [(line["label"], run_lines.first(line)) for line in result["strips"]]
    )
    return page.Page(
        title=result["title"], blocks=tuple(blocks), command=result["command"]
    )


_Method = tuple[str, Mapping[str, Any], str]  # label, line, kind of measurement


def _methods(lines: Sequence[Mapping[str, Any]]) -> list[_Method]:
    found: list[_Method] = [(line["label"], line, _PLAIN) for line in lines]
    found += [(_FILLED_LABEL.format(line["label"]), line, _FILLED) for line in lines]
    return found


def _rows(lines: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Returns the benchmark's rows by name, from the first run that has them."""
    for line in lines:
        one = run_lines.first(line)
        if one is not None:
            rows: dict[str, Mapping[str, Any]] = one[_PLAIN]
            return rows
    return {}


def _table(
    methods: Sequence[_Method],
    rows: Mapping[str, Mapping[str, Any]],
    key: str,
    title: str,
    count: str,
) -> page.Table:
    lines = [
        (
            name,
            *(
                run_lines.spread(line, kind, name, key).text()
                for _, line, kind in methods
            ),
            *([run_lines.number(row[count], 0)] if count else []),
        )
        for name, row in rows.items()
    ]
    labels = [label for label, _, _ in methods]
    return page.Table(
        header=("", *labels, *(["joints"] if count else [])),
        rows=tuple(lines),
        heading=title,
        caption="Over all frames. Interpolation changes nothing where no keypoint is "
        f"missing, and is not measured there. {run_lines.NO_NUMBER}",
    )


def _charts(
    methods: Sequence[_Method], rows: Mapping[str, Mapping[str, Any]], key: str
) -> tuple[page.Chart, ...]:
    """Returns a chart for each kind of disturbance that has degrees."""
    charts = []
    for family in dict.fromkeys(row["family"] for row in rows.values()):
        members = {n: r for n, r in rows.items() if r["family"] == family}
        if len(members) < 2 or all(row[key] is None for row in members.values()):
            continue
        names = [occlusion_benchmark.CLEAN, *members]
        places = [0.0, *(row["severity"] for row in members.values())]
        curves = []
        labels = [line["label"] for _, line, kind in methods if kind == _PLAIN]
        for label, line, kind in methods:
            spreads = [run_lines.spread(line, kind, name, key) for name in names]
            if kind == _FILLED:  # nothing to fill: the input as it is
                spreads[0] = run_lines.spread(line, _PLAIN, names[0], key)
            if any(one.values for one in spreads[1:]):
                curves.append(
                    run_lines.series(
                        label,
                        places,
                        spreads,
                        dashed=kind == _FILLED,
                        color=labels.index(line["label"]),
                    )
                )
        unit = next(iter(members.values()))["unit"]
        charts.append(
            page.Chart(title=family, x_label=unit, y_label="mm", series=tuple(curves))
        )
    return tuple(charts)
