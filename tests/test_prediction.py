"""What a prediction leaves behind when all goes well, and when it does not."""

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import errors, prediction, stage_clock
from stpose_tf.lifting import intrinsics, stretch
from stpose_tf.results import pose_result, poses_json


@pytest.fixture
def model():
    return prediction.LoadedModel(
        lifter=None,
        config=configs.ExperimentConfig(),
        facts=pose_result.ModelFacts(preset="made", sha256="0" * 64, fps=30.0),
        slowest_fps=15.0,
    )


def _lifted(first, *, size):
    rng = np.random.default_rng(first)
    count = 12
    seen = stretch.Stretch(
        frames=np.arange(first, first + count),
        times=np.arange(first, first + count) / 30,
        keypoints=np.array([900, 500]) + rng.uniform(-size, size, (count, 17, 2)),
        confidence=np.full((count, 17), 0.8),
        visible=np.ones((count, 17), bool),
        crops=np.tile([900, 500, 2 * size, 0], (count, 1)),
    )
    return stretch.LiftedStretch(
        stretch=seen,
        poses=rng.normal(scale=300, size=(count, 17, 3)),
        log_sigma=np.full((count, 17), np.log(50.0)),
    )


def _prediction(model, out, **wishes):
    return prediction.Prediction(
        model,
        source=pose_result.Source(file="a.mp4", size=(1920, 1080), fps=30.0),
        camera=intrinsics.from_field_of_view(60.0, (1920, 1080)),
        wishes=prediction.Wishes(out=out, **wishes),
        clock=stage_clock.StageClock(),
    )


def _people():
    yield "2", [_lifted(40, size=100)]
    yield "1", [_lifted(0, size=200), _lifted(30, size=200)]


def test_people_are_written_in_order_of_their_first_frame(model, tmp_path):
    out = tmp_path / "new" / "out"
    result, places = _prediction(model, out).write(_people())
    again = poses_json.read(out / "poses.json")
    assert [person.id for person in again.people] == ["1", "2"]
    assert [person.id for person in result.people] == ["1", "2"]
    assert [len(place) for place in places] == [24, 12]
    assert again.people[0].frames.tolist() == [*range(12), *range(30, 42)]
    # 100 mm are two standard errors of 50 mm: see `joint_confidence`.
    np.testing.assert_allclose(again.people[0].confidence, 0.7385, atol=1e-4)


def test_who_is_done_stays_when_the_rest_is_interrupted(model, tmp_path):
    def people():
        yield from _people()
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        _prediction(model, out).write(people())
    assert [person.id for person in poses_json.read(out / "poses.json").people] == [
        "1",
        "2",
    ]


def test_what_breaks_before_anybody_is_done_leaves_nothing(model, tmp_path):
    def people():
        raise errors.InputError("cut off")
        yield

    with pytest.raises(errors.InputError, match="cut off"):
        _prediction(model, tmp_path / "out").write(people())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", [False, True], ids=["new", "old"])
def test_what_breaks_after_somebody_leaves_nothing_either(model, tmp_path, there):
    def people():
        yield from _people()
        raise errors.InputError("cut off")

    out = tmp_path / "out"
    if there:
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    with pytest.raises(errors.InputError, match="cut off"):
        _prediction(model, out).write(people())
    left = ["mine.txt", "out"] if there else []
    assert sorted(path.name for path in tmp_path.rglob("*")) == left


@pytest.mark.parametrize("wanted", ["0", "-1", "01", "1.5", "ann", "", "²"])
def test_people_who_are_counted_have_numbers_from_1(wanted):
    with pytest.raises(errors.InputError, match="--person: expected all, largest or a"):
        prediction.check_person(wanted, ())
    assert prediction.check_person("12", ()) is None


def test_people_with_names_are_called_by_them():
    prediction.check_person("ann", ("bob", "ann"))
    prediction.check_person("largest", ("bob", "ann"))
    with pytest.raises(errors.InputError, match=r"or one of bob, ann\. Received: 1"):
        prediction.check_person("1", ("bob", "ann"))
    assert prediction.number_of("ann", ("bob", "ann")) == 2
    assert prediction.number_of("12", ()) == 12
    assert prediction.number_of("all", ("bob",)) is None


@pytest.mark.parametrize(("wanted", "found"), [("largest", ["1"]), ("2", ["2"])])
def test_one_person_can_be_asked_for(model, tmp_path, wanted, found):
    result, _ = _prediction(model, tmp_path / "out", person=wanted).write(_people())
    assert [person.id for person in result.people] == found


def test_nobody_of_that_name_is_an_error(model, tmp_path):
    with pytest.raises(errors.InputError, match="1, 2"):
        _prediction(model, tmp_path / "out", person="7").write(_people())


def test_the_clock_adds_up_its_stages():
    clock = stage_clock.StageClock()
    for _ in range(3):
        with clock.stage("one"):
            sum(range(1000))
    with pytest.raises(ValueError, match="broken"), clock.stage("two"):
        raise ValueError("broken")
    assert list(clock.seconds) == ["one", "two"]
    assert clock.seconds["one"][0] > 0.0
    first, second, whole = clock.lines(frames=10)
    assert first.startswith("one")
    assert second.startswith("two")
    assert "CPU ms per frame" in whole
