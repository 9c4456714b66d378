import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.lifting import intrinsics, rate_matching, stretch


@pytest.fixture
def maps(generator):
    def make(frames):
        shape = (frames, *generator.heatmap_shape)
        return np.random.default_rng(frames).uniform(size=shape).astype("f4")

    return make


@pytest.mark.parametrize("frames", [1, 31, 33, 256, 257, 500])
def test_a_stream_gives_what_the_whole_gives(generator, lifter, maps, frames):
    heatmaps = maps(frames)
    whole = generator(heatmaps[np.newaxis], training=False)
    track = lifter.start()
    for begin in range(0, frames, 45):
        track.push(heatmaps[begin : begin + 45])
    poses, log_sigma = track.finish()
    spread = float(np.std(whole["pose"]))
    np.testing.assert_allclose(poses, whole["pose"][0], atol=1e-4 * spread)
    np.testing.assert_allclose(log_sigma, whole["log_sigma"][0], atol=1e-3)


def test_two_people_do_not_mix(lifter, maps):
    one, other = maps(40), maps(70)
    alone = []
    for heatmaps in (one, other):
        track = lifter.start()
        track.push(heatmaps)
        alone.append(track.finish()[0])
    first, second = lifter.start(), lifter.start()
    for begin in range(0, 70, 10):
        second.push(other[begin : begin + 10])
        if begin < 40:
            first.push(one[begin : begin + 10])
    np.testing.assert_allclose(first.finish()[0], alone[0], atol=1e-2)
    np.testing.assert_allclose(second.finish()[0], alone[1], atol=1e-2)


def test_what_cannot_be_used_is_refused(lifter, maps):
    with pytest.raises(errors.InputError, match="expected frames"):
        lifter.start().finish()
    with pytest.raises(errors.InputError, match=r"\[16, 16, 17\]"):
        lifter.start().push(np.zeros((3, 16, 16, 13), np.float32))
    track = lifter.start()
    track.push(np.full((3, *lifter.heatmap_shape), np.nan, np.float32))
    with pytest.raises(errors.InputError, match="no numbers"):
        track.finish()


def _stretch(times, *, crop):
    count = len(times)
    return stretch.Stretch(
        frames=np.arange(count),
        times=np.asarray(times, float),
        keypoints=np.zeros((count, 17, 2)),
        confidence=np.ones((count, 17)),
        visible=np.ones((count, 17), bool),
        crops=np.broadcast_to(np.array(crop, np.float32), (count, 4)),
    )


def test_fast_video_is_fed_at_the_models_rate_and_comes_back_whole(lifter, maps):
    every = maps(61)
    asked = []

    def heatmaps(rows):
        asked.extend(rows.tolist())
        return every[rows]

    seen = _stretch(np.arange(61) / 60, crop=[500, 400, 300, 0])
    camera = intrinsics.given(1000, 1000, 500, 400)
    lifted = stretch.lift(seen, heatmaps, lifter, camera=camera, model_fps=30.0)
    assert asked == list(range(0, 61, 2))
    track = lifter.start()
    track.push(every[::2])
    poses, log_sigma = track.finish()
    # The crop lies on the axis: its frame is the camera's.
    np.testing.assert_allclose(lifted.poses[::2], poses, rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(lifted.log_sigma[::2], log_sigma, atol=1e-3)
    between = rate_matching.interpolate(poses, np.arange(31) / 30, seen.times)
    np.testing.assert_allclose(lifted.poses, between, rtol=1e-4, atol=1e-2)


def test_frames_that_a_video_lacks_are_maps_of_zeros(lifter, maps):
    numbers = np.array([0, 1, 2, 5, 6, 7, 8])
    every = maps(9)
    seen = _stretch(numbers / 30, crop=[0, 0, 100, 0])
    camera = intrinsics.assumed((640, 480))
    lifted = stretch.lift(
        seen, lambda rows: every[numbers[rows]], lifter, camera=camera, model_fps=30.0
    )
    zeroed = every.copy()
    zeroed[3:5] = 0.0
    whole = stretch.lift(
        _stretch(np.arange(9) / 30, crop=[0, 0, 100, 0]),
        lambda rows: zeroed[rows],
        lifter,
        camera=camera,
        model_fps=30.0,
    )
    np.testing.assert_allclose(lifted.poses, whole.poses[numbers], rtol=1e-4, atol=0.1)


def test_a_crop_off_the_axis_is_turned_back(lifter, maps):
    """By hand: the ray through a crop 45 degrees to the right is the crop's z."""
    every = maps(5)
    camera = intrinsics.given(500, 500, 320, 240)
    seen = _stretch(np.arange(5) / 30, crop=[820, 240, 100, 0])
    lifted = stretch.lift(
        seen, lambda rows: every[rows], lifter, camera=camera, model_fps=30.0
    )
    track = lifter.start()
    track.push(every)
    x, y, z = np.moveaxis(track.finish()[0].astype(float), -1, 0)
    half = np.sqrt(0.5)
    expected = np.stack([half * x + half * z, y, half * z - half * x], axis=-1)
    np.testing.assert_allclose(lifted.poses, expected, rtol=1e-4, atol=1e-2)
