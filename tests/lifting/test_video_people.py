"""Decoding, 2D and 3D one after the other and all at once."""

import threading

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors, stage_clock
from stpose_tf.geometry import heatmaps
from stpose_tf.lifting import intrinsics, video_people
from stpose_tf.networks2d import placement
from stpose_tf.people.person_frame import PersonFrame


class Source:
    """A video of small frames, each of one gray; it may break off."""

    name, image_size, fps, expected_frames = "made", (640, 480), 30.0, None

    def __init__(self, frames, *, broken=False):
        self._frames, self._broken = frames, broken
        self.threads = set()

    def images(self):
        for number in range(self._frames):
            self.threads.add(threading.current_thread())
            yield number / 30, np.full((48, 64, 3), number, np.uint8)
        if self._broken:
            raise errors.InputError("made: expected a whole video. Received: a part")

    def close(self):
        """Does nothing."""


class Finder:
    """Two people; the second comes with the tenth frame and goes with the fiftieth."""

    def step(self, frame, image):
        assert (image == frame).all()
        numbers = (1, 2) if 10 <= frame < 50 else (1,)
        return [_person(number, frame) for number in numbers]

    def is_gone(self, person, *, last, frame):
        return frame - last > 60


def _person(number, frame):
    rng = np.random.default_rng([number, frame])
    crop = np.array([200.0 * number + frame, 240.0, 150.0, 0.2])
    places = rng.uniform(4, 12, (17, 2))
    rest = np.tile([1.2, 0.9], (17, 1))
    peaks = np.concatenate([places, rest], axis=1)[:, np.newaxis].astype(np.float32)
    return PersonFrame(
        person=number,
        frame=frame,
        maps=heatmaps.render(tf.constant(peaks), (16, 16)).numpy(),
        to_image=placement.of_crop(crop, (16, 16)),
        crop=crop,
        following=crop,
        presence=1.0,
        peaks=np.zeros((17, 3)),
    )


def _lifted(lifter, source, *, overlapped, finder=None):
    clock = stage_clock.StageClock()
    people = video_people.lift(
        source,
        finder or Finder(),
        lifter,
        picks=list(range(17)),
        model_fps=30.0,
        camera=intrinsics.assumed(source.image_size),
        clock=clock,
        overlapped=overlapped,
    )
    return people, clock


def test_overlapping_changes_nothing(lifter):
    serial, threaded = Source(170), Source(170)
    expected, clock = _lifted(lifter, serial, overlapped=False)
    expected = list(expected)
    found, other = _lifted(lifter, threaded, overlapped=True)
    found = list(found)
    assert [name for name, _ in expected] == [name for name, _ in found] == ["2", "1"]
    for (_, first), (_, second) in zip(expected, found, strict=True):
        for one, two in zip(first, second, strict=True):
            np.testing.assert_array_equal(one.stretch.frames, two.stretch.frames)
            np.testing.assert_array_equal(one.stretch.times, two.stretch.times)
            np.testing.assert_allclose(one.poses, two.poses, atol=1e-3)
    assert set(clock.seconds) == set(other.seconds)
    assert {"decode", "people", "heat maps", "3D"} <= set(clock.seconds)
    assert serial.threads == {threading.main_thread()}
    assert threading.main_thread() not in threaded.threads
    assert not any(thread.is_alive() for thread in threaded.threads)


@pytest.mark.parametrize("overlapped", [False, True])
def test_a_video_that_breaks_off_is_an_error(lifter, overlapped):
    source = Source(20, broken=True)
    people, _ = _lifted(lifter, source, overlapped=overlapped)
    with pytest.raises(errors.InputError, match="expected a whole video"):
        list(people)
    alive = source.threads - {threading.main_thread()}
    assert not any(thread.is_alive() for thread in alive)


def test_who_wants_no_more_people_ends_the_threads(lifter):
    source = Source(10**6)
    people, _ = _lifted(lifter, source, overlapped=True)
    name, _ = next(people)
    assert name == "2"
    people.close()
    assert source.threads
    assert not any(thread.is_alive() for thread in source.threads)


class Returning(Finder):
    """One person who is away for four seconds, and known to come back."""

    def step(self, frame, image):
        return [] if 20 <= frame < 140 or frame > 159 else [_person(1, frame)]

    def is_gone(self, person, *, last, frame):
        return frame >= 159


def test_who_comes_back_comes_once(lifter):
    people, _ = _lifted(lifter, Source(170), overlapped=False, finder=Returning())
    ((name, parts),) = list(people)
    assert name == "1"
    assert [int(part.stretch.frames[0]) for part in parts] == [0, 140]
