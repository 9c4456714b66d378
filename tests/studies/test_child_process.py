import multiprocessing
import os
import signal
import threading
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


def test_a_background_job_that_is_deaf_to_interrupts_can_still_stop_its_child():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited by a child
    try:
        handler = child_process.call(signal.getsignal, signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert handler is signal.default_int_handler


def test_a_termination_leaves_no_child_behind():
    timer = threading.Timer(20.0, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        child_process.call(time.sleep, 600.0)
    timer.join()
    assert multiprocessing.active_children() == []


def child_process_mistake():
    from stpose_tf.data.records import record_index

    return record_index.load
