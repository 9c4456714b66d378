import dataclasses
import json
from pathlib import Path

import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.studies import run_queue, trained_run
from stpose_tf.training import workdir


def _job(tmp_path, name, steps=4):
    config = configs.ExperimentConfig(name=name)
    config.training.steps = steps
    return trained_run.Job(
        folder=tmp_path / name, config=config, measurements=(("report", print),)
    )


def _finish(job, *, steps=None):
    workdir.prepare(job.folder, job.config)
    (job.folder / workdir.BEST).mkdir(exist_ok=True)
    workdir.append_log(job.folder, {"step": steps or job.config.training.steps})
    if steps is None:
        trained_run.write(job.file("report"), {"value": 1.5})


class _Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_done_jobs_are_skipped_and_the_rest_is_done_in_order(tmp_path):
    jobs = [_job(tmp_path, name) for name in "abc"]
    _finish(jobs[1])
    told, worked = [], []

    def execute(job, seconds):
        assert seconds is None
        worked.append(job.folder.name)
        _finish(job)
        return True

    found = run_queue.work(jobs, execute=execute, say=told.append)
    assert worked == ["a", "c"]
    assert found.done == ("a", "b", "c")
    assert found.left == ()
    assert told == ["== a (1 of 3)", "== c (3 of 3)"]
    again = run_queue.work(jobs, execute=execute, say=told.append)
    assert again.done == ("a", "b", "c")
    assert worked == ["a", "c"]


def test_nothing_begins_after_the_time_is_over(tmp_path):
    jobs = [_job(tmp_path, name) for name in "abcd"]
    clock, given = _Clock(), []

    def execute(job, seconds):
        given.append(seconds)
        clock.now += 100
        return job.folder.name != "b"

    found = run_queue.work(
        jobs, minutes=4.0, execute=execute, say=lambda line: None, clock=clock
    )
    # 240 s: three jobs of 100 s begin, the third with 40 s; the second was cut short.
    assert given == [240, 140, 40]
    assert found.done == ("a", "c")
    assert found.left == ("b", "d")


def test_no_time_only_reports(tmp_path):
    jobs = [_job(tmp_path, "a"), _job(tmp_path, "b")]
    _finish(jobs[0])
    found = run_queue.work(jobs, minutes=0.0, execute=pytest.fail, say=pytest.fail)
    assert found == run_queue.Progress(done=("a",), left=("b",))


def test_one_folder_is_one_job(tmp_path):
    job = _job(tmp_path, "a")
    worked = []
    run_queue.work(
        [job, job],
        execute=lambda one, seconds: worked.append(one) or True,
        say=lambda line: None,
    )
    assert worked == [job]


def test_one_run_measured_in_two_ways_is_two_jobs(tmp_path):
    job = _job(tmp_path, "a")
    other = dataclasses.replace(job, measurements=(("speed", print),))
    worked = []
    run_queue.work(
        [job, other],
        execute=lambda one, seconds: worked.append(one) or True,
        say=lambda line: None,
    )
    assert worked == [job, other]


@pytest.mark.parametrize("error", [errors.InputError, RuntimeError])
def test_a_failure_leaves_the_others_alone(tmp_path, error):
    told, worked = [], []

    def execute(job, seconds):
        worked.append(job.folder.name)
        if job.folder.name == "b":
            raise error("no number")
        return True

    jobs = [_job(tmp_path, name) for name in "abc"]
    found = run_queue.work(jobs, execute=execute, say=told.append)
    assert worked == ["a", "b", "c"]
    assert found == run_queue.Progress(
        done=("a", "c"), left=("b",), failed=("b: no number",)
    )
    assert "failed: b: no number" in told


def test_a_run_of_other_settings_is_refused(tmp_path):
    job = _job(tmp_path, "a")
    _finish(job)
    other = dataclasses.replace(job, config=configs.ExperimentConfig(name="other"))
    other.config.training.steps = 4
    with pytest.raises(errors.InputError, match="expected the settings of the run"):
        run_queue.work([other], execute=pytest.fail, say=lambda line: None)


def test_steps_are_read_from_the_log(tmp_path):
    job = _job(tmp_path, "a")
    assert trained_run.trained_steps(job.folder) == 0
    _finish(job, steps=2)
    assert trained_run.trained_steps(job.folder) == 2
    assert not job.is_done()
    with (job.folder / workdir.LOG).open("a") as file:
        file.write('{"step": 4')  # cut short
    assert trained_run.trained_steps(job.folder) == 2
    (job.folder / workdir.LOG).write_text(json.dumps({"step": 4}) + "\n")
    assert not job.is_done()  # not measured
    trained_run.write(job.file("report"), {})
    assert job.is_done()
    partly = dataclasses.replace(job, max_windows=3)
    assert not partly.is_done()
    assert partly.file("report").name == "report-3-windows.json"


def test_a_damaged_measurement_is_named(tmp_path):
    job = _job(tmp_path, "a")
    _finish(job)
    assert trained_run.read(job, "report") == {"value": 1.5}
    assert trained_run.read(job, "speed") is None
    job.file("report").write_text('{"value"')
    with pytest.raises(errors.InputError, match=r"report\.json: expected JSON"):
        trained_run.read(job, "report")
    assert isinstance(job.folder, Path)
