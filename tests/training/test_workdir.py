import json

import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.training import workdir


def test_a_new_folder_gets_the_settings(tmp_path, tiny_config):
    folder = tmp_path / "runs" / "first"
    workdir.prepare(folder, tiny_config)
    assert configs.load(folder / "config.json") == tiny_config
    workdir.prepare(folder, tiny_config)


def test_another_runs_folder_is_refused_naming_the_field(tmp_path, tiny_config):
    workdir.prepare(tmp_path, tiny_config)
    tiny_config.optimizer.learning_rate = 0.5
    with pytest.raises(
        errors.InputError, match=r"optimizer\.learning_rate=0\.001 .*Received: 0\.5"
    ):
        workdir.prepare(tmp_path, tiny_config)
    workdir.prepare(tmp_path, tiny_config, overwrite=True)
    assert configs.load(tmp_path / "config.json") == tiny_config


def test_a_folder_of_other_things_is_refused_and_never_emptied(tmp_path, tiny_config):
    (tmp_path / "thesis.tex").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(errors.InputError, match=r"thesis\.tex"):
            workdir.prepare(tmp_path, tiny_config, overwrite=overwrite)
    assert (tmp_path / "thesis.tex").read_text() == "mine"
    with pytest.raises(errors.InputError, match="a file"):
        workdir.prepare(tmp_path / "thesis.tex", tiny_config)


def test_overwriting_removes_a_run_and_nothing_else(tmp_path, tiny_config):
    workdir.prepare(tmp_path, tiny_config)
    workdir.append_log(tmp_path, {"step": 1})
    (tmp_path / "latest").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(errors.InputError, match=r"notes\.txt"):
        workdir.prepare(tmp_path, tiny_config, overwrite=True)
    assert (tmp_path / "notes.txt").exists()


def test_lines_of_lost_steps_are_dropped(tmp_path):
    for step in (3, 6, 9):
        workdir.append_log(tmp_path, {"step": step})
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 1')
    workdir.truncate_log(tmp_path, 6)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [3, 6]
