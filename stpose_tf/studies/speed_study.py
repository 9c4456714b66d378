"""One temporal stride against several, on slower and faster motion (Figure 3)."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from stpose_tf.evaluation import conditions, playback_speed
from stpose_tf.studies import page, pose_strip, run_lines, trained_run

NAME = "speed"
_METRICS = (
    ("mpjpe_mm", "MPJPE, mm"),
    ("p_mpjpe_mm", "P-MPJPE, mm"),
    ("mpjve_mm_per_second", "Velocity error, mm/s of the motion's own time"),
)


def measure(bench: trained_run.Bench) -> dict[str, Any]:
    """Returns the errors at each speed."""
    found = playback_speed.measure(
        bench.generator,
        bench.config,
        bench.indexes,
        split="validation",
        max_windows=bench.max_windows,
    )
    fast = dataclasses.replace(
        conditions.get(("clean",))[0],
        meaning=f"motion at {found[-1]['speed']:g} times its speed",
    )
    return {
        "speeds": found,
        "fast": pose_strip.windows(
            bench, [fast], temporal_stride=playback_speed.STEPS[-1]
        ),
    }


def collect(
    lines: Sequence[run_lines.Line], *, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the experiment's JSON values.

    Args:
        lines: One stride and several.
        about: Data, settings and command.
    """
    found, gaps = run_lines.collect(lines, NAME)
    return {
        "schema": run_lines.SCHEMA,
        "experiment": NAME,
        "title": "Speed robustness",
        **about,
        "partial": gaps,
        "lines": found,
    }


def make_page(result: Mapping[str, Any]) -> page.Page:
    """Returns the report of what `collect` returned."""
    blocks = run_lines.introduction(
        result,
        "After the paper's Figure 3. A model does not know its frame rate: motion "
        "played three times as fast is motion filmed at a third of the rate, so that "
        "one measurement answers for both. Errors are taken at the instants that all "
        "speeds have in common, velocities over all frames.",
    )
    ones = [run_lines.first(line) for line in result["lines"]]
    known = next((one for one in ones if one is not None), None)
    if known is not None:
        speeds = known["speeds"]
        blocks += [_table(result["lines"], speeds, *metric) for metric in _METRICS]
        blocks.append(_charts(result["lines"], speeds))
    blocks += pose_strip.strips(
        [
            (_label(line), None if one is None else one["fast"])
            for line, one in zip(result["lines"], ones, strict=True)
        ]
    )
    return page.Page(
        title=result["title"], blocks=tuple(blocks), command=result["command"]
    )


def _label(line: Mapping[str, Any]) -> str:
    return f"strides {line['label'].split()[2]}"


def _table(
    lines: Sequence[Mapping[str, Any]],
    speeds: Sequence[Mapping[str, Any]],
    metric: str,
    title: str,
) -> page.Table:
    return page.Table(
        header=("", *(f"x{one['speed']:g} / {one['fps']:g} fps" for one in speeds)),
        rows=tuple(
            (
                _label(line),
                *(
                    run_lines.spread(line, "speeds", number, metric).text()
                    for number in range(len(speeds))
                ),
            )
            for line in lines
        ),
        heading=title,
        caption=run_lines.NO_NUMBER,
    )


def _charts(
    lines: Sequence[Mapping[str, Any]], speeds: Sequence[Mapping[str, Any]]
) -> page.Charts:
    places = [one["speed"] for one in speeds]
    charts = tuple(
        page.Chart(
            title=title,
            x_label="playback speed",
            y_label=title.rpartition(", ")[2].partition(" ")[0],
            series=tuple(
                run_lines.series(
                    _label(line),
                    places,
                    [
                        run_lines.spread(line, "speeds", number, metric)
                        for number in range(len(speeds))
                    ],
                )
                for line in lines
            ),
            logarithmic=True,
        )
        for metric, title in _METRICS
    )
    return page.Charts(charts=charts, heading="Error against speed")
