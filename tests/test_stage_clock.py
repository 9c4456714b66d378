import pytest

from stpose_tf import stage_clock


@pytest.fixture
def clock(monkeypatch):
    """A clock whose time is set by hand: a second of wall clock, two of CPU."""
    now = [0.0]
    monkeypatch.setattr(stage_clock.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(stage_clock.time, "process_time", lambda: 2.0 * now[0])
    made = stage_clock.StageClock()

    def wait(seconds):
        now[0] += seconds

    return made, wait


def test_a_stage_within_another_counts_for_itself(clock):
    made, wait = clock
    with made.stage("2D"):
        wait(1.0)
        with stage_clock.counted("crops"):
            wait(3.0)
            with made.stage("shrink"):
                wait(5.0)
        wait(0.5)
        with stage_clock.counted("crops"):
            wait(4.0)
    assert made.seconds == {"2D": (1.5, 3.0), "crops": (7.0, 14.0), "shrink": (5, 10)}


def test_without_a_clock_nothing_is_counted(clock):
    made, wait = clock
    with stage_clock.counted("crops"):
        wait(1.0)
    assert made.seconds == {}


def test_an_error_ends_its_stage(clock):
    made, wait = clock

    def fails():
        with made.stage("3D"):
            wait(1.0)
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fails()
    with made.stage("3D"):
        wait(1.0)
    assert made.seconds == {"3D": (2.0, 4.0)}


def test_lines_give_shares_and_the_whole(clock):
    made, wait = clock
    with made.stage("decode"):
        wait(1.0)
    with made.stage("3D"):
        wait(3.0)
    wait(1.0)
    lines = made.lines(frames=100)
    assert [line.split() for line in lines] == [
        ["decode", "1.00", "s", "25", "%"],
        ["3D", "3.00", "s", "75", "%"],
        ["in", "all", "5.00", "s", "100.00", "CPU", "ms", "per", "frame"],
    ]
