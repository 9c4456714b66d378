import pytest

from stpose_tf.data.conversion import conversion_progress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return Clock()


def make(told, clock, clips=40):
    return conversion_progress.Progress(clips, say=told.append, clock=clock)


def test_rate_and_time_left_are_those_of_this_run(told, clock):
    progress = make(told, clock)
    clock.now += 50.0  # planning
    progress.begin(20)
    assert told == ["going on: 20 of 40 clips were done before"]
    for number in range(5):
        clock.now += 2.0
        progress.add(f"clip{number}", 300)
    # 3 clips, 900 frames in 6 s; then 17 left at 2 s each
    assert told[1] == (
        "23 of 40 clips (58 %), 150 frames a second, 0:34 left, now clip2"
    )
    assert len(told) == 2
    clock.now += 5.0
    progress.add("clip5", 0)
    assert told[2].startswith("26 of 40 clips (65 %), 100 frames a second, 0:35 left")


def test_nothing_is_said_of_a_fresh_start_or_within_five_seconds(told, clock):
    progress = make(told, clock)
    progress.begin(0)
    for _ in range(40):
        clock.now += 0.1
        progress.add("a", 10)
    assert told == []


def test_hours_are_told(told, clock):
    progress = make(told, clock, clips=1000)
    progress.begin(0)
    clock.now += 10.0
    progress.add("a", 1)
    assert "2:46:30 left" in told[0]


def test_clips_that_are_converted_again_do_not_exceed_all(told, clock):
    progress = make(told, clock, clips=2)
    progress.begin(0)
    for _ in range(3):
        clock.now += 6.0
        progress.add("a", 1)
    assert told[-1].startswith("2 of 2 clips (100 %)")
    assert "0:00 left" in told[-1]
