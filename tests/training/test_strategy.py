import keras
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.training import strategy


def test_one_device_needs_no_strategy():
    assert strategy.build(1) is tf.distribute.get_strategy()


def test_two_replicas_are_two_logical_devices():
    assert strategy.build(2).num_replicas_in_sync == 2


def test_more_devices_than_there_are_is_refused():
    with pytest.raises(errors.InputError, match=r"training\.replicas.*Received: 64"):
        strategy.build(64)


def test_precision_holds_inside_only():
    with strategy.precision("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    with (
        pytest.raises(errors.InputError, match="Received: float16"),
        strategy.precision("float16"),
    ):
        pass
