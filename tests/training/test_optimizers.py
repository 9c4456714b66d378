import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.training import optimizers


def _rates(steps, at, **settings):
    schedule = optimizers.schedule(configs.OptimizerConfig(**settings), steps)
    return [float(schedule(step)) for step in at]


def test_the_rate_rises_in_a_line_and_falls_in_a_cosine():
    rates = _rates(
        110, [0, 10, 60, 110], learning_rate=0.1, warmup_steps=10, final_rate=0.1
    )
    # Half way down the cosine: the mean of 0.1 and 0.01.
    np.testing.assert_allclose(rates, [0.1 / 11, 0.1, 0.055, 0.01], rtol=1e-5)


def test_without_warm_up_the_highest_rate_comes_first():
    rates = _rates(100, [0, 100], learning_rate=0.1, warmup_steps=0, final_rate=0.0)
    np.testing.assert_allclose(rates, [0.1, 0.0], atol=1e-7)


def test_a_warm_up_longer_than_the_run_is_refused():
    with pytest.raises(errors.InputError, match=r"warmup_steps.*Received: 200"):
        _rates(100, [0], warmup_steps=200)


def test_only_kernels_decay(make_trainer, tiny_config, weights_of):
    tiny_config.optimizer.weight_decay = 0.5
    trainer = make_trainer()
    variables = trainer.generator.trainable_variables
    for variable in variables:
        variable.assign(variable + 1.0)
    before = weights_of(trainer.generator)
    # Without a gradient Adam does not move: what changes has decayed.
    trainer.optimizer.apply([np.zeros(v.shape, "f") for v in variables], variables)
    after = weights_of(trainer.generator)
    moved = {
        (variable.name, bool(np.any(a != b)))
        for variable, a, b in zip(variables, before, after, strict=True)
    }
    assert moved == {
        ("kernel", True),
        ("bias", False),
        ("gamma", False),
        ("beta", False),
    }
