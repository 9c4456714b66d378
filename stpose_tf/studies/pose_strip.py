"""One window of a model under occlusion, small enough for a report's JSON."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stpose_tf.data import pipeline
from stpose_tf.data.windows import evaluation_rows
from stpose_tf.evaluation import (
    conditions,
    evaluator,
    occlusion_benchmark,
)
from stpose_tf.geometry import heatmaps
from stpose_tf.studies import page, trained_run

STRIP = "strip"
_SHOWN = ("frames missing 15 frames", "moving occluder")
_INSTANTS = 8
_DECIMALS_MM, _DECIMALS_UNIT = 1, 4


def measure(
    bench: trained_run.Bench, *, split: str = "validation", detector_noise: bool = True
) -> dict[str, Any]:
    """Returns the middle window of a split's middle clip under two occlusions.

    Args:
        bench: What is measured.
        split: `train`, `validation` or `all`.
        detector_noise: Whether rendered heat maps get the detector's noise.
    """
    by_name = {
        row.condition.name: dataclasses.replace(
            row.condition, detector_noise=detector_noise
        )
        for row in occlusion_benchmark.rows(bench.config.model)
    }
    return windows(bench, [by_name[name] for name in _SHOWN], split=split)


def windows(
    bench: trained_run.Bench,
    shown: Sequence[conditions.Condition],
    *,
    split: str = "validation",
    temporal_stride: int | None = None,
) -> dict[str, Any]:
    """Returns the middle window of a split's middle clip under some conditions.

    Args:
        bench: What is measured.
        shown: The conditions.
        split: `train`, `validation` or `all`.
        temporal_stride: Instead of the evaluation's.

    Returns:
        `skeletons`, and by the condition's name in `windows`: `keypoints` (unit crop
        coordinates, as detected), `hidden`, `pose` and `truth` (mm, camera frame;
        None in unknown joints), `names` of the instants, `window` and `meaning`.
    """
    config = copy.deepcopy(bench.config)
    if temporal_stride is not None:
        config.evaluation.temporal_stride = temporal_stride
    rows = evaluation_rows.plan(
        config,
        bench.indexes,
        split=split,
        context=evaluator.row_context(bench.generator, config),
    )
    row = evaluation_rows.middle(rows)
    bench = dataclasses.replace(bench, config=config)
    return {
        "skeletons": [config.model.input_skeleton, config.model.output_skeleton],
        "windows": {
            one.name: _window(bench, row, one) | {"meaning": one.meaning}
            for one in shown
        },
    }


def strips(found: Sequence[tuple[str, Mapping[str, Any] | None]]) -> list[page.Strip]:
    """Returns the strips of several models on the same windows.

    Args:
        found: Names of the models and what `windows` returned, in the order of the
            rows; models without are left out.
    """
    known = [(label, one) for label, one in found if one is not None]
    if not known:
        return []
    _, reference = known[0]
    made = []
    for name, window in reference["windows"].items():
        same = {
            label: one["windows"][name]["pose"]
            for label, one in known
            if one["windows"][name]["window"] == window["window"]
            and one["windows"][name]["hidden"] == window["hidden"]
        }
        made.append(
            page.Strip(
                input_skeleton=reference["skeletons"][0],
                output_skeleton=reference["skeletons"][1],
                keypoints=window["keypoints"],
                hidden=window["hidden"],
                poses=same,
                truths=window["truth"],
                names=tuple(window["names"]),
                heading=f"What it looks like: {window['meaning']}",
                caption=f"{window['window']}. Crosses: hidden from the network, where "
                "they were detected. Gray: the truth. Left blue, right orange.",
            )
        )
    return made


def _window(
    bench: trained_run.Bench,
    row: evaluation_rows.Row,
    condition: conditions.Condition,
) -> dict[str, Any]:
    shown, hidden = (
        next(
            iter(
                pipeline.build_eval(
                    bench.config,
                    bench.indexes,
                    split="all",
                    context=0,
                    condition=op,
                    detector=condition.detector_noise,
                    rows=[row],
                )
            )
        )
        for op in (None, condition.op)
    )
    outputs = bench.generator(
        {"heatmaps": hidden["heatmaps"], "frame_mask": hidden["frame_mask"]}
    )
    poses = evaluator.to_camera_frame(
        np.asarray(outputs["pose"][0]), hidden["crop_rotation"][0].numpy()
    )
    occluded = hidden["occluded"][0].numpy() > 0.5
    frames = _instants(hidden["score"][0].numpy() > 0.5, occluded)
    # The same noise without the occlusion: where the hidden ones were.
    peaks = np.asarray(heatmaps.decode(shown["heatmaps"][0].numpy()[frames]))
    height, width = bench.config.model.heatmap_size
    unit = (peaks[..., :2] + 0.5) / [width, height]
    clip = evaluator.all_clips(bench.indexes)[row.clip]
    numbers = hidden["frame"][0].numpy()[frames]
    return {
        "window": f"{clip.id}, view {row.view}, frames {row.start} to "
        f"{row.start + len(occluded) - 1} at "
        f"{clip.fps / bench.config.evaluation.temporal_stride:g} fps",
        "names": [f"frame {number}" for number in numbers],
        "keypoints": np.round(unit, _DECIMALS_UNIT).tolist(),
        "hidden": occluded[frames].tolist(),
        "pose": np.round(poses[frames], _DECIMALS_MM).tolist(),
        "truth": _truths(
            np.asarray(hidden["pose"][0], np.float64)[frames],
            hidden["pose_valid"][0].numpy()[frames] > 0.5,
        ),
    }


def _truths(poses: Any, valid: Any) -> list[Any]:
    """Returns true poses as JSON values, None in place of unknown joints."""
    found = np.round(poses, _DECIMALS_MM).astype(object)
    found[~valid] = None
    return list(found.tolist())


def _instants(scored: Any, occluded: Any) -> list[int]:
    """Returns frames around what is hidden, spread evenly."""
    places = np.flatnonzero(scored)
    gone = np.flatnonzero(scored & occluded.any(axis=1))
    if gone.size:
        around = max(3, len(gone) // 4)
        places = places[(places >= gone[0] - around) & (places <= gone[-1] + around)]
    chosen = np.linspace(0, len(places) - 1, min(_INSTANTS, len(places))).round()
    return [int(places[int(number)]) for number in chosen]
