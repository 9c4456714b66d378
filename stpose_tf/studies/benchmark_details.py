"""What stands below Tables 3 to 7: every number of ours, and curves of them."""

from collections.abc import Mapping
from typing import Any

from stpose_tf.evaluation import protocols
from stpose_tf.studies import page, published, run_lines

_OURS, _PAPER = "STPose-TF", "the paper's result"


def in_full(protocol: protocols.Protocol, found: Mapping[str, Any]) -> page.Table:
    """Returns all metrics of a protocol's cells and of its average.

    Args:
        protocol: The protocol.
        found: What was measured under it.
    """
    rows = [
        (label, *(run_lines.number(cell[metric]) for metric in protocol.metrics))
        for label, cell in found["cells"].items()
    ]
    average = tuple(run_lines.number(found["average"][m]) for m in protocol.metrics)
    return page.Table(
        header=("", *protocol.metrics),
        rows=(*rows, (str(protocol.average), *average)),
        heading="Ours in full",
        caption=f"{found['frames']:,.0f} frames. {run_lines.NO_NUMBER}",
    )


def of_cells(
    number: str, cells: Mapping[str, Mapping[str, float | None]], *, metric: str
) -> page.Charts | None:
    """Returns a chart of a protocol's cells; None if they are too few for one.

    Args:
        number: Of the table.
        cells: Our numbers by column.
        metric: Which of them.
    """
    if len(cells) < 2:
        return None
    table = published.TABLES[number]
    paper = dict(zip(table.columns, table.rows[published.OURS], strict=True))
    places = tuple(float(place) for place in range(len(cells)))
    series = [_ours(places, [cell[metric] for cell in cells.values()])]
    values = [paper.get(label) for label in cells]
    if any(value is not None for value in values):
        series.append(_reference(places, values))
    chart = page.Chart(
        title=table.title,
        x_label="",
        y_label=table.unit,
        series=tuple(series),
        ticks=tuple(cells),
    )
    return page.Charts(charts=(chart,), heading="By column")


def of_horizons(
    number: str, found: Mapping[str, Mapping[str, float | None]]
) -> page.Charts:
    """Returns a chart for each action, error against time ahead.

    Args:
        number: Of the table.
        found: Our numbers by action and milliseconds.
    """
    table = published.TABLES[number]
    paper = dict(zip(table.columns, table.rows[published.OURS], strict=True))
    places = [column.split() for column in table.columns]
    charts = []
    for action in dict.fromkeys(name for name, _ in places):
        horizons = [horizon for name, horizon in places if name == action]
        times = tuple(float(horizon) for horizon in horizons)
        ours = found.get(action, {})
        charts.append(
            page.Chart(
                title=action,
                x_label="ms ahead",
                y_label=table.unit,
                series=(
                    _ours(times, [ours.get(horizon) for horizon in horizons]),
                    _reference(times, [paper[f"{action} {h}"] for h in horizons]),
                ),
            )
        )
    return page.Charts(charts=tuple(charts), heading="Error against time")


def _ours(places: tuple[float, ...], values: list[float | None]) -> page.Series:
    return page.Series(name=_OURS, x=places, y=tuple(values))


def _reference(places: tuple[float, ...], values: list[float | None]) -> page.Series:
    return page.Series(name=_PAPER, x=places, y=tuple(values), reference=True)
