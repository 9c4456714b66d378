"""Whom a model of Tables 3 to 7 is trained on, how, and whom it must not know."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

from stpose_tf import config as configs
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import angle_error, angle_forecasts, protocols
from stpose_tf.studies import ladders

# Which records a table tests on and trains on.
TESTED_ON: Mapping[str, str] = {
    "3": "h36m",
    "4": "h36m",
    "5": "h36m",
    "6": "humaneva",
    "7": "mpi_inf_3dhp",
    "3dpw": "3dpw",
}
TRAINED_ON: Mapping[str, str] = {**TESTED_ON, "7": "h36m", "3dpw": "h36m"}


def run_name(number: str) -> str:
    """Returns the name of the run that a table is measured with."""
    return "h36m_forecast" if number == "5" else TRAINED_ON[number]


def training_config(
    number: str,
    shared: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
) -> configs.ExperimentConfig:
    """Returns the settings of the run that a table is measured with.

    Recorded views are used as they are, with the keypoints that they have, and
    nobody is trained on but whom the protocol names. All views are measured at the
    protocol's rate. Table 5's run is a forecaster.

    Args:
        number: Of the table.
        shared: Sizes, rates and steps.
        indexes: The records to train on.
    """
    config = copy.deepcopy(shared)
    config.name = f"{shared.name}-{run_name(number)}"
    config.data.records = tuple(str(index.folder) for index in indexes)
    config.data.ratios = ()
    config.data.virtual_views = False
    config.model.input_skeleton = indexes[0].input_skeleton
    config.evaluation.views = 0
    clips = [clip for index in indexes for clip in index.clips]
    if number == "5":
        config.evaluation.temporal_stride = _stride(indexes, angle_error.FPS)
        ladders.forecast(angle_error.PREDICTED).change(config)
        tested = {angle_forecasts.TEST_SUBJECT}
        used = {
            clip.id
            for clip in clips
            if clip.subject in (*angle_forecasts.TRAIN_SUBJECTS, *tested)
        }
    else:
        name = {"h36m": "h36m_p1", "humaneva": "humaneva_p2"}[TRAINED_ON[number]]
        protocol = protocols.get(name)
        config.evaluation.temporal_stride = _stride(indexes, protocol.fps)
        tested = set(protocol.test_subjects)
        used = {
            clip.id
            for clip in clips
            if protocol.is_trained_on(clip)
            or protocol.is_tested(clip, skip_damaged=False)
        }
    config.data.validation_subjects = tuple(
        sorted({clip.subject for clip in clips} & tested)
    )
    config.data.exclude_clips = tuple(clip.id for clip in clips if clip.id not in used)
    return config


def trained_on(
    data: configs.DataConfig,
    indexes: Sequence[record_index.RecordIndex],
    *,
    may: Sequence[str],
) -> list[str]:
    """Returns a line if a model was trained on whom the protocol keeps from it.

    Args:
        data: Settings of the model's run.
        indexes: The records to test on; others the model may have seen.
        may: Subjects that the protocol trains on.
    """
    folders = {Path(folder).resolve() for folder in data.records}
    seen = {
        clip.subject
        for index in indexes
        if index.folder.resolve() in folders
        for clip in index.clips
        if clip.id not in data.exclude_clips
    }
    wrong = sorted(seen - {*data.validation_subjects, *may})
    return [f"the model was trained on {', '.join(wrong)}"] if wrong else []


def _stride(indexes: Sequence[record_index.RecordIndex], fps: float) -> int:
    """Returns the frame step that comes closest to a rate."""
    return max(1, round(indexes[0].fps / fps))
