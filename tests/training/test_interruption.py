import os
import signal
import threading

import pytest

from stpose_tf.training import interruption


def test_the_first_request_waits_and_the_second_stops():
    before = signal.getsignal(signal.SIGINT)
    with interruption.Interruption() as stop:
        assert not stop.requested
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_cannot_be_asked():
    seen = []

    def work():
        with interruption.Interruption() as stop:
            seen.append(stop.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
