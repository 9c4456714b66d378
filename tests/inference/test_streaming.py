import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.inference import streaming
from stpose_tf.models import stpose

EQUAL_MM = 1e-3
CAUSAL = pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])


@pytest.fixture
def make_model():
    """Returns a function that makes a small model with random weights."""

    def make(*, causal):
        model = stpose.STPose(
            heatmap_size=(16, 16),
            embedding_size=12,
            channels=8,
            head_channels=16,
            strides=(1, 3),
            causal=causal,
        )
        model.build()
        random = np.random.default_rng(0)
        model.set_weights(
            [random.normal(scale=0.3, size=w.shape) for w in model.get_weights()]
        )
        return model

    return make


def _film(*shape):
    random = np.random.default_rng(5)
    return random.uniform(size=(*shape, 16, 16, 17)).astype(np.float32)


def _watch(predictor, frames, **options):
    """Returns all poses, in the order in which they came."""
    poses = [predictor.push(frame, **options) for frame in frames]
    return [pose for pose in (*poses, *predictor.flush()) if pose is not None]


@CAUSAL
@pytest.mark.parametrize("time", [1, 5, 40])
def test_a_clip_has_the_poses_of_the_model_each_after_the_latency(
    make_model, causal, time
):
    model, film = make_model(causal=causal), _film(time)
    predictor = streaming.StreamingPredictor(model)
    assert predictor.latency_frames == (0 if causal else 12)
    pushed = [predictor.push(frame) for frame in film]
    assert all(pose is None for pose in pushed[: predictor.latency_frames])
    poses = [*pushed[predictor.latency_frames :], *predictor.flush()]
    assert [pose.frame for pose in poses] == list(range(time))
    expected = model(film[None])
    for name, tolerance in (("pose", EQUAL_MM), ("log_sigma", 1e-5)):
        received = [getattr(pose, name) for pose in poses]
        np.testing.assert_allclose(received, expected[name][0], atol=tolerance)
    assert all(pose.present.shape == () and pose.present for pose in poses)


@CAUSAL
def test_a_flush_and_a_reset_leave_nothing_of_the_past(make_model, causal):
    predictor = streaming.StreamingPredictor(make_model(causal=causal))
    film = _film(20)
    first = _watch(predictor, film)
    second = _watch(predictor, film)
    for frame in _film(9):
        predictor.push(frame)
    predictor.reset()
    third = _watch(predictor, film)
    for again in (second, third):
        assert [pose.frame for pose in again] == list(range(20))
        np.testing.assert_array_equal(
            [pose.pose for pose in again], [pose.pose for pose in first]
        )


@CAUSAL
def test_frames_with_nobody_split_a_clip_and_are_counted(make_model, causal):
    model, film = make_model(causal=causal), _film(60)
    predictor = streaming.StreamingPredictor(model)
    # 3 before, a gap of 2 that the model sees across, one of 30 that ends the clip.
    absent = {0, 1, 2, 12, 13, *range(20, 50)}
    frames = [None if t in absent else frame for t, frame in enumerate(film)]
    poses = _watch(predictor, frames)
    present = [t for t in range(60) if t not in absent]
    assert [pose.frame for pose in poses] == present
    mask = np.isin(np.arange(60), present).astype(np.float32)
    offline = model({"heatmaps": film[None], "frame_mask": mask[None]})["pose"][0]
    received = np.stack([pose.pose for pose in poses])
    np.testing.assert_allclose(received, np.array(offline)[present], atol=EQUAL_MM)
    last = model(film[None, 50:])["pose"][0]
    np.testing.assert_allclose(received[-10:], last, atol=EQUAL_MM)


@CAUSAL
def test_several_people_are_as_many_predictors(make_model, causal):
    model, film = make_model(causal=causal), _film(30, 3)
    present = np.ones((30, 3), bool)
    present[:4, 1] = False
    present[10:, 2] = False
    film[~present] = np.nan
    together = streaming.StreamingPredictor(model)
    poses = [
        together.push(maps, present=inside)
        for maps, inside in zip(film, present, strict=True)
    ]
    poses = [pose for pose in (*poses, *together.flush()) if pose is not None]
    np.testing.assert_array_equal([pose.present for pose in poses], present)
    for person in range(3):
        alone = streaming.StreamingPredictor(model)
        frames = [
            maps[person] if inside[person] else None
            for maps, inside in zip(film, present, strict=True)
        ]
        for expected in _watch(alone, frames):
            received = poses[expected.frame]
            np.testing.assert_allclose(
                received.pose[person], expected.pose, atol=EQUAL_MM
            )
    np.testing.assert_array_equal(poses[20].pose[2], 0.0)


@CAUSAL
def test_a_new_person_takes_over_the_place_of_another(make_model, causal):
    predictor = streaming.StreamingPredictor(make_model(causal=causal))
    film = _film(40, 2)
    for maps in film[:15]:
        predictor.push(maps)
    predictor.reset(1)
    poses = {}
    for maps in film[15:]:
        pose = predictor.push(maps)
        poses[pose.frame] = pose
    poses |= {pose.frame: pose for pose in predictor.flush()}
    stays, comes = (
        streaming.StreamingPredictor(make_model(causal=causal)) for _ in range(2)
    )
    for pose in _watch(stays, film[:, 0]):
        if pose.frame in poses:
            received = poses[pose.frame].pose[0]
            np.testing.assert_allclose(received, pose.pose, atol=EQUAL_MM)
    for pose in _watch(comes, film[15:, 1]):
        received = poses[pose.frame + 15]
        assert received.present[1]
        np.testing.assert_allclose(received.pose[1], pose.pose, atol=EQUAL_MM)
    owed = [frame for frame in poses if frame < 15]
    assert not any(poses[frame].present[1] for frame in owed)


def test_the_latency_in_time_is_that_of_the_frames(make_model):
    centered = streaming.StreamingPredictor(make_model(causal=False))
    causal = streaming.StreamingPredictor(make_model(causal=True))
    assert centered.latency_ms(25.0) == 480.0  # 12 frames of 40 ms
    assert causal.latency_ms(25.0) == 0.0
    for fps in (0.0, -1.0, float("nan")):
        with pytest.raises(errors.InputError, match="fps"):
            centered.latency_ms(fps)


def test_the_default_model_looks_28_frames_ahead():
    model = stpose.STPose(embedding_size=8, channels=4, head_channels=8)
    model.build()
    predictor = streaming.StreamingPredictor(model)
    assert predictor.latency_frames == 28
    assert predictor.latency_ms(25.0) == 1120.0


@pytest.mark.parametrize(
    ("heatmaps", "expected"),
    [
        (np.zeros((16, 16), "f"), r"\[height=16, width=16, keypoints=17\] or .*\(16,"),
        (np.zeros((16, 16, 16), "f"), r"keypoints=17.*16\)$"),
        (np.zeros((32, 16, 17), "f"), "height=16"),
        (np.zeros((1, 1, 16, 16, 17), "f"), r"\[people, height=16"),
        (np.zeros((0, 16, 16, 17), "f"), r"\[people, .*\(0, 16"),
        (np.zeros((16, 16, 17), np.uint8), r"floats in 0\.\.1.*uint8"),
        (np.full((16, 16, 17), np.nan, "f"), "NaN or infinity"),
        (np.full((2, 16, 16, 17), np.inf, "f"), "NaN or infinity"),
    ],
)
def test_other_heat_maps_are_refused(make_model, heatmaps, expected):
    predictor = streaming.StreamingPredictor(make_model(causal=True))
    with pytest.raises(errors.InputError, match=expected):
        predictor.push(heatmaps)


def test_a_refused_frame_changes_nothing(make_model):
    predictor = streaming.StreamingPredictor(make_model(causal=True))
    film, poses = _film(6, 2), []
    for maps in film:
        for wrong, options, expected in (
            (maps[..., :4], {}, "keypoints=17"),
            (maps * np.nan, {}, "NaN"),
            (maps, {"present": [True]}, r"present: .*\(2,\).*\(1,\)"),
            (None, {"present": [True, False]}, "nobody"),
        ):
            with pytest.raises(errors.InputError, match=expected):
                predictor.push(wrong, **options)
        poses.append(predictor.push(maps).pose)
    clean = _watch(streaming.StreamingPredictor(make_model(causal=True)), film)
    np.testing.assert_array_equal(poses, [pose.pose for pose in clean])


def test_the_people_of_a_stream_stay_as_many_as_they_are(make_model):
    predictor = streaming.StreamingPredictor(make_model(causal=True))
    film = _film(2)
    for person in (0, -1):
        with pytest.raises(errors.InputError, match=r"person: .*0 people"):
            predictor.reset(person)
    predictor.push(film)
    with pytest.raises(errors.InputError, match=r"2 people, as before.*\(1, 16"):
        predictor.push(film[:1])
    with pytest.raises(errors.InputError, match=r"2 people, as before.*\(16, 16"):
        predictor.push(film[0])
    with pytest.raises(errors.InputError, match=r"person: .*2 people.*Received: 2"):
        predictor.reset(2)
    predictor.reset()
    predictor.push(film[0])
    with pytest.raises(errors.InputError, match=r"17\], as before.*\(2, 16"):
        predictor.push(film)


def test_the_predictor_follows_a_model_that_is_loaded_anew(make_model):
    model, film = make_model(causal=True), _film(5)
    predictor = streaming.StreamingPredictor(model)
    before = _watch(predictor, film)
    model.set_weights([1.1 * weights for weights in model.get_weights()])
    after = _watch(predictor, film)
    np.testing.assert_allclose(
        [pose.pose for pose in after], model(film[None])["pose"][0], atol=EQUAL_MM
    )
    assert np.abs(after[-1].pose - before[-1].pose).max() > 1.0
