"""The whole run; records and their evaluation are stood in for, except at the end."""

import json
import os
import signal
import sys
import types

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.training import checkpoints, run, step_values, validation


@pytest.fixture
def index(tmp_path):
    return record_index.RecordIndex(
        folder=tmp_path / "records",
        dataset="made up",
        input_skeleton="coco17",
        output_skeleton="h36m17",
        heatmap_size=None,
        fps=60.0,
        shards=(),
        clips=(),
    )


@pytest.fixture
def made_up(monkeypatch, make_batch, index):
    """Stands in for the pipeline: step k's batch depends on k alone.

    Returns what a test may change: `poison`, the step whose labels are no numbers.
    """
    settings = types.SimpleNamespace(poison=None)

    def build_train(config, indexes, *, start_step=0, with_augmentation=True):
        def batches():
            for step in range(start_step, 10**6):
                batch = make_batch(config.data.batch_size, seed=step, uneven=True)
                if with_augmentation and step + 1 == settings.poison:
                    batch["crop_rotation"] *= np.nan
                yield batch

        first = make_batch(config.data.batch_size)
        signature = tf.nest.map_structure(tf.TensorSpec.from_tensor, first)
        return tf.data.Dataset.from_generator(batches, output_signature=signature)

    monkeypatch.setattr(run.pipeline, "open_records", lambda config: (index,))
    monkeypatch.setattr(run.pipeline, "build_train", build_train)
    monkeypatch.setattr(run.pipeline, "expect_windows", lambda *args, **kwargs: None)
    monkeypatch.setattr(run.leakage, "refuse_near_copies", lambda *args: None)
    return settings


@pytest.fixture
def measured(monkeypatch):
    """Returns the list of validation errors to come."""
    errors_to_come = []
    monkeypatch.setattr(
        validation.Validation,
        "measure",
        lambda self, networks: {
            "validation": {"mpjpe_mm": errors_to_come.pop(0)},
            "discriminator_auc": {"shuffled": 0.5},
        },
    )
    return errors_to_come


def _log(folder):
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _state(folder):
    (prefix,) = (path.with_suffix("") for path in folder.glob("latest/*.index"))
    reader = tf.train.load_checkpoint(str(prefix))
    names = reader.get_variable_to_shape_map()
    return {n: reader.get_tensor(n) for n in names if "OBJECT_GRAPH" not in n}


@pytest.mark.slow
def test_a_resumed_run_is_the_uninterrupted_one(
    tmp_path, tiny_config, made_up, monkeypatch
):
    tiny_config.model.dropout = 0.2
    tiny_config.data.validation_subjects = ()
    said = []
    straight = run.train(tiny_config, tmp_path / "straight", say=said.append)
    assert straight == run.Outcome(6, True, None)

    def interrupt(step, values):
        if step == 4:  # inside the second epoch
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(step_values, "refuse_non_finite", interrupt)
        stopped = run.train(tiny_config, tmp_path / "stopped", say=said.append)
    assert stopped == run.Outcome(4, False, None)
    assert any("the same command" in line for line in said)
    assert run.train(tiny_config, tmp_path / "stopped", say=said.append) == straight

    one, other = _state(tmp_path / "straight"), _state(tmp_path / "stopped")
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)
    for folder in ("straight", "stopped"):
        assert [line["step"] for line in _log(tmp_path / folder)] == [3, 6]
    assert run.train(tiny_config, tmp_path / "stopped", say=said.append) == straight


@pytest.mark.slow
def test_the_best_by_mpjpe_is_kept(tmp_path, tiny_config, made_up, measured):
    tiny_config.data.validation_subjects = ("P01",)
    tiny_config.training.steps = 9
    measured += [120.0, 90.0, 95.0]
    outcome = run.train(tiny_config, tmp_path, say=lambda line: None)
    assert outcome == run.Outcome(9, True, 90.0)
    card = (tmp_path / "best" / "README.md").read_text()
    assert "90.0 mm" in card
    assert "6 updates" not in card
    log = _log(tmp_path)
    assert [line["validation"]["mpjpe_mm"] for line in log] == [120.0, 90.0, 95.0]
    assert set(log[0]["gradient_norms"]) == {
        "supervised_3d",
        "multi_view",
        "reprojection",
        "adversarial",
        "likelihood",
    }
    assert {"accuracy" in name for name in log[0]["terms"]} == {True, False}
    generator, config = checkpoints.load_generator(tmp_path)
    assert config == tiny_config
    poses = generator(np.zeros((1, 5, 16, 16, 17), "f"))["pose"]
    assert np.isfinite(poses).all()


@pytest.mark.slow
def test_the_first_loss_that_is_no_number_stops_the_run(tmp_path, tiny_config, made_up):
    tiny_config.data.validation_subjects = ()
    made_up.poison = 5
    with pytest.raises(errors.InputError, match=r"step 5: expected a finite \w+"):
        run.train(tiny_config, tmp_path, say=lambda line: None)
    state = json.loads((tmp_path / "latest" / "state.json").read_text())
    assert state["step"] == 3


@pytest.mark.slow
def test_curves_and_pictures_reach_tensorboard(tmp_path, tiny_config, made_up):
    pytest.importorskip("tensorboard")
    tiny_config.data.validation_subjects = ()
    tiny_config.training.steps = 3
    run.train(tiny_config, tmp_path, tensorboard=True, say=lambda line: None)
    (path,) = (tmp_path / "tensorboard").glob("*")
    tags = {
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    }
    assert {"terms/loss", "gradient_norms/multi_view", "learning_rate"} <= tags
    assert "predictions above truths" in tags


def test_a_missing_tensorboard_is_a_user_error(tmp_path, tiny_config, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(errors.InputError, match=r"stpose-tf\[tensorboard\]"):
        run.train(tiny_config, tmp_path, tensorboard=True)


def test_a_batch_that_does_not_split_is_refused(tmp_path, tiny_config, made_up):
    tiny_config.training.replicas = 2
    tiny_config.data.batch_size = 3
    with pytest.raises(errors.InputError, match=r"batch_size.*2 replicas.*: 3"):
        run.train(tiny_config, tmp_path)
    assert not (tmp_path / "config.json").exists()
