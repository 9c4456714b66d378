"""Each study from trained weights to its page, on made-up motion."""

import json

import pytest

from stpose_tf import errors
from stpose_tf.studies import (
    experiment_plan,
    forecast_study,
    ladder_table,
    occlusion_study,
    page_rendering,
    speed_study,
    trained_run,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def request_of(motion_indexes, tiny_settings, tmp_path):
    """Returns a function that asks for an experiment on the made-up motion."""

    def make(**changes):
        for path, value in changes.items():
            section, name = path.split("__")
            setattr(getattr(tiny_settings, section), name, value)
        return experiment_plan.Request(
            out=tmp_path / "out",
            shared=experiment_plan.shared_settings(tiny_settings, motion_indexes),
            indexes=motion_indexes,
            seeds=1,
        )

    return make


def _finish(lines, pretend_to_train):
    for line in lines:
        for job in line.jobs:
            pretend_to_train(job.folder, job.config)
            assert trained_run.do(job)
            assert job.is_done()


def _write(made, result, out):
    """Writes the report from the JSON alone."""
    text = json.dumps(result, allow_nan=False)
    page_rendering.write(out, result["experiment"], made(json.loads(text)))
    (out / f"{result['experiment']}.json").write_text(text)


def test_occlusion(request_of, pretend_to_train, expect_whole_page):
    request = request_of()
    lines = experiment_plan.occlusion(request)
    _finish(lines[:2], pretend_to_train)
    about = experiment_plan.about(request, command="python tools/experiment.py")
    result = occlusion_study.collect(lines, about=about)
    assert result["partial"] == ["Base: 0 of 1 runs"]
    rows = result["lines"][0]["runs"][0]["found"]["network"]
    # The validated clip's 50 frames take two rows of 48 with 14 frames of context (one
    # is scored on 0 to 33, one on 34 to 49); in each, 5 frames of 16 joints are hidden.
    assert rows["frames missing 5 frames"]["occluded_joints"] == 2 * 5 * 16
    # Both models were shown the same: equally many hidden joints in every row.
    other = result["lines"][1]["runs"][0]["found"]["network"]
    for name, row in rows.items():
        assert other[name]["occluded_joints"] == row["occluded_joints"], name
    _write(occlusion_study.make_page, result, request.out)
    text = expect_whole_page(request.out, "occlusion", pictures=4)
    assert "Partial" in text
    assert "no occlusion training, missing 2D interpolated" in text
    windows = result["strips"][0]["runs"][0]["found"]["windows"]
    hidden = windows["frames missing 15 frames"]["hidden"]
    assert any(all(frame) for frame in hidden)
    assert not all(all(frame) for frame in hidden)


def test_clips_too_short_to_forecast_are_refused(request_of, pretend_to_train):
    # 60 future frames at 60 fps, and 50 before them: clips have 100.
    (line,) = experiment_plan.forecast(request_of(evaluation__temporal_stride=1))
    (job,) = line.jobs
    assert job.config.data.length == 110
    pretend_to_train(job.folder, job.config)
    with pytest.raises(errors.InputError, match="expected a clip of 110 frames"):
        trained_run.do(job)


def test_speeds(request_of, pretend_to_train, expect_whole_page):
    request = request_of()
    lines = experiment_plan.speed(request)
    _finish(lines, pretend_to_train)
    about = experiment_plan.about(request, command="python tools/experiment.py")
    result = speed_study.collect(lines, about=about)
    assert result["partial"] == []
    # The validated clip's 100 frames have 9 that all steps share: 0, 12, ..., 96.
    for line in result["lines"]:
        speeds = line["runs"][0]["found"]["speeds"]
        assert [one["frames"] for one in speeds] == [9] * 5
    _write(speed_study.make_page, result, request.out)
    text = expect_whole_page(request.out, "speed", pictures=2)
    assert "x0.5 / 60 fps" in text
    assert "x3 / 10 fps" in text


def test_table_1_measures_rows_as_long_as_its_windows(
    request_of, pretend_to_train, expect_whole_page
):
    request = request_of()
    lines = {line.rung.label: line for line in experiment_plan.table_1(request)}
    short, usual = lines["512 8 1,2,3 1"], lines["512 64 1 1"]
    _finish([short, usual], pretend_to_train)
    about = experiment_plan.about(request, command="python tools/experiment.py")
    result = ladder_table.collect("1", list(lines.values()), about=about)
    found = {line["label"]: line["runs"][0]["found"] for line in result["lines"]}
    assert found["512 8 1,2,3 1"]["frames"] == found["512 64 1 1"]["frames"] == 50
    report = json.loads(short.jobs[0].file("report").read_text())
    assert report["evaluation"]["length"] == 8
    assert len(result["partial"]) == 13
    _write(ladder_table.make_page, result, request.out)
    text = expect_whole_page(request.out, "table1", pictures=3)
    assert "| embedding, T, strides, interval |" in text
    # A chart, and two windows as the one stride that was run saw them.
    assert [line["label"] for line in result["strips"]] == [
        "512 64 1 1",
        "512 64 1,2,3,5,7 1",
    ]
    # Unmeasured rows stay empty beside the paper's numbers.
    (row,) = [t for t in text.splitlines() if t.startswith("| 1024 64 1,2,3 1")][:1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["1024 64 1,2,3 1", "42.9", "33.6", *[""] * 4, "0 of 1", ""]


def test_forecast_page_of_measured_windows(
    make_records, tiny_settings, pretend_to_train, expect_whole_page, tmp_path
):
    index = make_records(
        tmp_path / "long",
        [("a", "P01", "walk"), ("b", "P02", "walk")],
        dataset="procedural",
        seconds=4.0,
    )
    request = experiment_plan.Request(
        out=tmp_path / "out",
        shared=experiment_plan.shared_settings(tiny_settings, [index]),
        indexes=[index],
        seeds=1,
    )
    lines = experiment_plan.forecast(request)
    _finish(lines, pretend_to_train)
    about = experiment_plan.about(request, command="python tools/experiment.py")
    result = forecast_study.collect(lines, about=about)
    found = result["lines"][0]["runs"][0]["found"]
    # 120 frames at 30 fps: windows of 50 + 30 begin at 0 and 30.
    assert (found["windows"], found["future"], found["fps"]) == (2, 30, 30.0)
    for curve in found["curves"].values():
        assert len(curve) == 30
    true_kept = found["curves"]["last true pose kept"]
    assert true_kept[0] < true_kept[10]
    _write(forecast_study.make_page, result, request.out)
    text = expect_whole_page(request.out, "forecast", pictures=2)
    assert "1000 ms" in text
