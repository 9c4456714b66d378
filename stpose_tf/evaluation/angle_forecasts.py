"""The forecasting protocol of Human3.6M: eight windows of each action of subject 5."""

import copy
from collections.abc import Sequence

import numpy as np

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import evaluation_rows
from stpose_tf.evaluation import angle_error, forecasting, generator_views
from stpose_tf.geometry import skeletons

# The first and the second recording of each action: subject 5's names differ.
RECORDINGS = {
    "Directions": ("Directions 1", "Directions 2"),
    "Discussion": ("Discussion 2", "Discussion 3"),
    "Eating": ("Eating 1", "Eating"),
    "Greeting": ("Greeting 1", "Greeting 2"),
    "Phoning": ("Phoning 1", "Phoning"),
    "Photo": ("Photo", "Photo 2"),
    "Posing": ("Posing 1", "Posing"),
    "Purchases": ("Purchases 1", "Purchases"),
    "Sitting": ("Sitting 1", "Sitting"),
    "SittingDown": ("SittingDown", "SittingDown 1"),
    "Smoking": ("Smoking 1", "Smoking"),
    "Waiting": ("Waiting 1", "Waiting 2"),
    "WalkDog": ("WalkDog 1", "WalkDog"),
    "Walking": ("Walking 1", "Walking"),
    "WalkTogether": ("WalkTogether 1", "WalkTogether"),
}
TRAIN_SUBJECTS = ("S1", "S6", "S7", "S8", "S9", "S11")
TEST_SUBJECT = "S5"
_SKELETON = "h36m17"

Errors = dict[str, dict[str, float]]


def measure(
    generator: generator_views.Generator,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    actions: Sequence[str],
) -> Errors:
    """Returns the angle error of each action in rad, by milliseconds ahead.

    Means over the eight windows and over all recorded views. The model sees the
    2 s before as heat maps, never as true poses.

    Args:
        generator: The trained generator.
        config: Of its run.
        indexes: Records of Human3.6M whose rate is a multiple of 25.
        actions: Such as `Walking`; those of which a recording is missing are left
            out.

    Raises:
        InputError: If the skeleton is another one, the rate does not fit, or no
            action has both recordings.
    """
    if config.model.output_skeleton != _SKELETON:
        raise errors.InputError(
            f"Protocol of Human3.6M forecasts: expected a model of the skeleton "
            f"{_SKELETON}. Received: {config.model.output_skeleton}"
        )
    config = copy.deepcopy(config)
    config.evaluation.temporal_stride = _stride(indexes)
    found: Errors = {}
    for action in actions:
        rows = windows(config, indexes, action)
        if not rows:
            continue
        forecasts = forecasting.predict(
            generator,
            config,
            indexes,
            rows=rows,
            seen=angle_error.SEEN,
            future=angle_error.PREDICTED,
            detector=False,  # the records hold what was seen
        )
        found[action] = _mean_errors(forecasts)
    if not found:
        names = [RECORDINGS[action] for action in actions]
        shown = ", ".join(f"{TEST_SUBJECT}/{name}" for pair in names for name in pair)
        raise errors.InputError(
            f"Human3.6M forecasts: expected the clips {shown}. Received: no action "
            "with both of its recordings"
        )
    return found


def windows(
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    action: str,
) -> list[evaluation_rows.Row]:
    """Returns the rows of an action's windows in every view; none without its clips.

    Args:
        config: Of the run; its evaluation stride gives 25 fps.
        indexes: The records.
        action: Such as `Walking`.
    """
    clips = [clip for index in indexes for clip in index.clips]
    places = {clip.id: number for number, clip in enumerate(clips)}
    names = [f"{TEST_SUBJECT}/{name}" for name in RECORDINGS[action]]
    if not all(name in places for name in names):
        return []
    stride = config.evaluation.temporal_stride
    numbers = [places[name] for name in names]
    lengths = [-(-clips[number].frames // stride) for number in numbers]
    return [
        forecasting.window(
            numbers[recording],
            view,
            start,
            seen=angle_error.SEEN,
            future=angle_error.PREDICTED,
        )
        for recording, start in angle_error.window_starts(lengths)
        for view in range(clips[numbers[recording]].views)
    ]


def _mean_errors(forecasts: Sequence[forecasting.Forecast]) -> dict[str, float]:
    skeleton = skeletons.get(_SKELETON)
    curves = [
        angle_error.from_positions(
            forecast.poses[forecasting.METHODS[0]], forecast.truths, skeleton=skeleton
        )
        for forecast in forecasts
    ]
    mean = np.mean(curves, axis=0)
    values = forecasting.at_horizons(
        mean, fps=angle_error.FPS, horizons_ms=angle_error.HORIZONS_MS
    )
    return {horizon: value for horizon, value in values.items() if value is not None}


def _stride(indexes: Sequence[record_index.RecordIndex]) -> int:
    rates = {index.fps for index in indexes}
    stride = round(max(rates) / angle_error.FPS)
    if len(rates) > 1 or stride < 1 or max(rates) != stride * angle_error.FPS:
        shown = ", ".join(f"{rate:g}" for rate in sorted(rates))
        raise errors.InputError(
            f"Human3.6M forecasts: expected records whose rate is a multiple of "
            f"{angle_error.FPS:g} fps. Received: {shown}"
        )
    return stride
