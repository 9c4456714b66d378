import threading

import pytest

from stpose_tf import read_ahead, stage_clock


def _numbers(count, *, ended=None, error=None):
    try:
        yield from range(count)
        if error is not None:
            raise error
    finally:
        if ended is not None:
            ended.append(threading.current_thread())


def test_items_come_in_order_from_another_thread():
    ended = []
    assert list(read_ahead.ahead(_numbers(50, ended=ended), most=3)) == list(range(50))
    assert ended[0] is not threading.main_thread()
    assert not ended[0].is_alive()


def test_no_more_than_asked_for_waits():
    taken = []
    gate = threading.Event()

    def items():
        for number in range(20):
            taken.append(number)
            if number == 5:  # two wait, one is in the hand, and three were read
                gate.set()
            yield number

    reader = read_ahead.ahead(items(), most=2)
    assert [next(reader) for _ in range(3)] == [0, 1, 2]
    assert gate.wait(timeout=60)
    assert len(taken) <= 3 + 2 + 1
    assert list(reader) == list(range(3, 20))


def test_errors_come_after_the_items_before_them():
    reader = read_ahead.ahead(_numbers(3, error=ValueError("damaged")), most=8)
    assert [next(reader) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="damaged"):
        next(reader)


def test_who_stops_early_leaves_no_thread():
    ended = []
    reader = read_ahead.ahead(_numbers(10**9, ended=ended), most=2)
    assert next(reader) == 0
    reader.close()
    assert len(ended) == 1
    assert not ended[0].is_alive()


def test_one_may_run_ahead_of_another():
    ended = []
    first = read_ahead.ahead(_numbers(10**9, ended=ended), most=2)

    def doubled():
        try:
            for number in first:
                yield 2 * number
        finally:
            first.close()

    reader = read_ahead.ahead(doubled(), most=2)
    assert [next(reader) for _ in range(4)] == [0, 2, 4, 6]
    reader.close()
    assert len(ended) == 1
    assert not ended[0].is_alive()


def test_stages_are_counted_in_every_thread():
    clock = stage_clock.StageClock()

    def items():
        for number in range(3):
            with stage_clock.counted("inside"):
                yield number

    with clock.stage("outside"):
        assert list(read_ahead.ahead(items(), most=1)) == [0, 1, 2]
    assert set(clock.seconds) == {"outside", "inside"}
