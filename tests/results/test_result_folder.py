import os

import pytest

from stpose_tf import errors
from stpose_tf.results import result_folder


def test_new_and_empty_folders_are_taken(tmp_path, monkeypatch):
    result_folder.check(tmp_path, overwrite=False)
    result_folder.check(tmp_path / "deep" / "new", overwrite=False)
    monkeypatch.chdir(tmp_path)
    result_folder.check(result_folder.Path("out"), overwrite=False)
    assert not list(tmp_path.iterdir())


def test_folders_that_cannot_be_written_to_are_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    for name in ("file", "file/out"):
        with pytest.raises(errors.InputError, match=r"Received: .*file, which cannot"):
            result_folder.check(tmp_path / name, overwrite=True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(
        errors.InputError, match="expected a folder that can be written"
    ):
        result_folder.check(tmp_path / "new", overwrite=False)


def test_other_files_stay(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(errors.InputError, match=r"Received: mine\.txt in it"):
        result_folder.check(tmp_path, overwrite=False)
    result_folder.check(tmp_path, overwrite=True)
    for name in ("poses.json", "person_1.000020.bvh", "strip.png"):
        (tmp_path / name).write_text("old")
    result_folder.prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    result_folder.remove(tmp_path, itself=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "poses.json").write_text("old")
    result_folder.remove(tmp_path / "new", itself=True)
    assert not (tmp_path / "new").exists()
