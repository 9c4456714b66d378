"""Forecasts of one model against time, beside poses that are kept or move on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stpose_tf.evaluation import evaluator, forecasting
from stpose_tf.studies import ladders, page, run_lines, trained_run

NAME = "forecast"
_MEANINGS = (
    "the network, which sees the past as detector-like heat maps",
    "its estimate of the last frame, kept",
    "its last estimate, each joint going on as it moved from the frame before",
    "the true last pose, kept (zero velocity, as the literature has it)",
    "the true last pose, going on with its true velocity",
)


def measure(bench: trained_run.Bench) -> dict[str, Any]:
    """Returns each method's error at every future frame."""
    config = bench.config
    fps = bench.indexes[0].fps / config.evaluation.temporal_stride
    future = forecasting.future_frames(fps)
    parts = {"seen": ladders.FORECAST_SEEN, "future": future}
    rows = forecasting.plan(config, bench.indexes, split="validation", **parts)
    if 0 < bench.max_windows < len(rows):
        chosen = np.linspace(0, len(rows) - 1, bench.max_windows).round()
        rows = [rows[int(number)] for number in chosen]
    forecasts = forecasting.predict(
        bench.generator,
        config,
        bench.indexes,
        rows=rows,
        detector=True,
        **parts,
    )
    curves = forecasting.errors_by_method(forecasts)
    return {
        "fps": fps,
        **parts,
        "windows": len(forecasts),
        "clips": len({forecast.clip for forecast in forecasts}),
        "curves": curves,
        "horizons": {
            method: forecasting.at_horizons(curve, fps=fps)
            for method, curve in curves.items()
        },
        "example": _example(bench, forecasts[len(forecasts) // 2], fps=fps),
    }


def collect(
    lines: Sequence[run_lines.Line], *, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the experiment's JSON values.

    Args:
        lines: The forecaster.
        about: Data, settings and command.
    """
    found, gaps = run_lines.collect(lines, NAME)
    return {
        "schema": run_lines.SCHEMA,
        "experiment": NAME,
        "title": "Forecasting",
        **about,
        "partial": gaps,
        "lines": found,
    }


def make_page(result: Mapping[str, Any]) -> page.Page:
    """Returns the report of what `collect` returned."""
    blocks = run_lines.introduction(
        result,
        "The same model that fills gaps predicts the future when all hidden frames "
        "are the last ones. MPJPE, root-relative, camera frame.",
    )
    line = result["lines"][0]
    one = run_lines.first(line)
    if one is not None:
        blocks.append(
            page.Text(
                items=(
                    _windows(one),
                    *(
                        f"{method}: {meaning}"
                        for method, meaning in zip(
                            forecasting.METHODS, _MEANINGS, strict=True
                        )
                    ),
                )
            )
        )
    blocks.append(_table(line))
    if one is not None:
        blocks += [_chart(line, one), _strip(one["example"])]
    return page.Page(
        title=result["title"], blocks=tuple(blocks), command=result["command"]
    )


def _example(
    bench: trained_run.Bench, forecast: forecasting.Forecast, *, fps: float
) -> dict[str, Any]:
    """Returns one forecast at the horizons, for a picture."""
    places = [
        max(0, round(horizon / 1000.0 * fps) - 1) for horizon in forecasting.HORIZONS_MS
    ]
    clip = evaluator.all_clips(bench.indexes)[forecast.clip]
    return {
        "skeletons": [
            bench.config.model.input_skeleton,
            bench.config.model.output_skeleton,
        ],
        "window": f"{clip.id}, view {forecast.view}, from frame {forecast.start}",
        "names": [f"{(place + 1) * 1000.0 / fps:.0f} ms" for place in places],
        "poses": {
            method: np.round(forecast.poses[method][places], 1).tolist()
            for method in forecasting.METHODS[:2]
        },
        "truth": np.round(forecast.truths[places], 1).tolist(),
    }


def _strip(example: Mapping[str, Any]) -> page.Strip:
    return page.Strip(
        input_skeleton=example["skeletons"][0],
        output_skeleton=example["skeletons"][1],
        keypoints=(),
        hidden=(),
        poses=example["poses"],
        truths=example["truth"],
        names=tuple(example["names"]),
        heading="What it looks like",
        caption=f"{example['window']}. Gray: the truth. Left blue, right orange.",
    )


def _windows(one: Mapping[str, Any]) -> str:
    return (
        f"{one['fps']:g} fps; {one['seen']} frames seen, {one['future']} predicted, in "
        f"training too, in windows of {one['seen'] + one['future']}; measured on "
        f"{one['windows']:,} windows of {one['clips']} clips that are long enough, "
        "each frame predicted at most once"
    )


def _table(line: Mapping[str, Any]) -> page.Table:
    names = [f"{horizon:g}" for horizon in forecasting.HORIZONS_MS]
    return page.Table(
        header=("", *(f"{name} ms" for name in names)),
        rows=tuple(
            (
                method,
                *(
                    run_lines.spread(line, "horizons", method, name).text()
                    for name in names
                ),
            )
            for method in forecasting.METHODS
        ),
        heading="MPJPE against the horizon, mm",
        caption="Between two frames linear; before the first future frame its value. "
        f"{run_lines.NO_NUMBER}",
        emphasized=(0,),
    )


def _chart(line: Mapping[str, Any], one: Mapping[str, Any]) -> page.Charts:
    times = [(1 + n) * 1000.0 / one["fps"] for n in range(one["future"])]
    curves = tuple(
        run_lines.series(
            method,
            times,
            [run_lines.spread(line, "curves", method, n) for n in range(one["future"])],
            dashed=number > 0,
        )
        for number, method in enumerate(forecasting.METHODS)
    )
    chart = page.Chart(
        title="MPJPE of every future frame",
        x_label="ms ahead",
        y_label="mm",
        series=curves,
    )
    return page.Charts(charts=(chart,), heading="Error against time")
