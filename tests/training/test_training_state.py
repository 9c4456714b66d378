import math

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.training import training_state


def _variables(trainer):
    networks = (trainer.generator, trainer.discriminator, trainer.averaged_generator)
    optimizers = (trainer.optimizer, trainer.discriminator_optimizer)
    return [
        variable.numpy().copy()
        for owner in (*networks, *optimizers)
        for variable in owner.variables
    ]


def test_all_variables_come_back(tmp_path, make_trainer, make_batch, tiny_config):
    tiny_config.model.dropout = 0.5  # its random state is part of it
    trainer = make_trainer()
    trainer.train_step(make_batch())
    saved = _variables(trainer)
    state = training_state.TrainingState(tmp_path / "latest", trainer)
    state.save(training_state.Progress(7, 88.5))
    other = make_trainer()
    restored = training_state.TrainingState(tmp_path / "latest", other).restore()
    assert restored == training_state.Progress(7, 88.5)
    assert len(saved) > 100
    for a, b in zip(saved, _variables(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_only_the_newest_state_is_kept(tmp_path, make_trainer):
    trainer = make_trainer()
    state = training_state.TrainingState(tmp_path, trainer)
    state.save(training_state.Progress(1))
    state.save(training_state.Progress(2))
    assert state.restore() == training_state.Progress(2, math.inf)
    assert not list(tmp_path.glob("step-00000001*"))
    assert not list(tmp_path.glob("*.partial"))


def test_a_save_that_is_cut_short_leaves_the_old_state(
    tmp_path, make_trainer, monkeypatch
):
    trainer = make_trainer()
    state = training_state.TrainingState(tmp_path, trainer)
    state.save(training_state.Progress(1))

    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(training_state.json, "dumps", fail)
    with pytest.raises(KeyboardInterrupt):
        state.save(training_state.Progress(2))
    assert state.restore() == training_state.Progress(1)


def test_nothing_saved_is_none_and_damage_is_an_error(tmp_path, make_trainer):
    trainer = make_trainer()
    state = training_state.TrainingState(tmp_path / "latest", trainer)
    assert state.restore() is None
    state.save(training_state.Progress(1))
    for path in (tmp_path / "latest").glob("step-*"):
        path.unlink()
    with pytest.raises(errors.InputError, match="--overwrite"):
        state.restore()
