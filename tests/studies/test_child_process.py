import time

import pytest

from stpose_tf import errors
from stpose_tf.studies import child_process

pytestmark = pytest.mark.slow  # each starts an interpreter and imports TensorFlow


def test_a_value_comes_back():
    assert child_process.call(divmod, 17, 5) == (3, 2)


def test_a_users_mistake_comes_back_as_one():
    with pytest.raises(errors.InputError, match="no_such_folder"):
        child_process.call(child_process_mistake(), "no_such_folder")


def test_time_that_is_over_ends_the_function():
    begin = time.monotonic()
    with pytest.raises(child_process.StoppedError):
        child_process.call(time.sleep, 600.0, seconds=15.0)
    assert time.monotonic() - begin < 300


def child_process_mistake():
    from stpose_tf.data import record_index

    return record_index.load
