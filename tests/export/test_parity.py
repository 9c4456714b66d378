import dataclasses
import json

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.export import parity

SHAPE = (2, 5, 17)


@pytest.fixture
def expected():
    rng = np.random.default_rng(0)
    return {
        "pose": rng.normal(scale=300, size=(*SHAPE, 3)),
        "log_sigma": rng.normal(size=SHAPE),
    }


def _compare(expected, change=lambda pose: pose, truths=None):
    received = {**expected, "pose": change(expected["pose"].copy())}
    return parity.compare(
        received,
        expected,
        truths=expected["pose"] if truths is None else truths,
        valid=np.ones(SHAPE, bool),
        condition="clean",
        batch=2,
    )


def _moved(pose, by=(0.0, 0.0, 0.2)):
    pose[-1, -1, 3] += by
    return pose


def test_the_same_is_no_distance_apart(expected):
    case = _compare(expected)
    assert case.largest == case.mean == case.mpjpe_change == case.log_sigma == 0
    assert parity.Parity(limits=parity.FLOAT32, cases=(case,)).good
    assert (case.batch, case.time) == (2, 5)


def test_distances_are_those_of_joints(expected):
    case = _compare(expected, lambda pose: _moved(pose, (3.0, 4.0, 12.0)))
    assert case.largest == pytest.approx(13)
    assert case.mean == pytest.approx(13 / (2 * 5 * 17))


def test_the_error_against_the_truth_counts_where_it_is_known(expected):
    truths = expected["pose"] + [3.0, 4.0, 0.0]  # the model is 5 mm off everywhere
    truths[:, 0] = np.nan  # and of the first frame nothing is known
    received = {**expected, "pose": expected["pose"] - [3.0, 4.0, 0.0]}
    valid = np.ones(SHAPE, bool)
    valid[:, 0] = False
    case = parity.compare(
        received, expected, truths=truths, valid=valid, condition="clean", batch=1
    )
    assert case.mpjpe == pytest.approx(10)
    assert case.mpjpe_change == pytest.approx(5)


def test_a_fifth_of_a_millimeter_is_refused_in_float32_alone(expected):
    case = _compare(expected, _moved)
    result = parity.Parity(limits=parity.FLOAT32, cases=(case,))
    assert not result.good
    with pytest.raises(errors.InputError, match=r"at most 0.01 mm\. Received: 0.2"):
        result.require("saved_model")
    assert parity.Parity(limits=parity.FLOAT16, cases=(case,)).good


@pytest.mark.parametrize(
    ("limits", "field", "good", "bad"),
    [
        (parity.FLOAT32, "largest", 0.0099, 0.0101),
        (parity.FLOAT16, "largest", 2.9, 3.1),
        (parity.FLOAT16, "mean", 0.49, 0.51),
        (parity.FLOAT16, "mpjpe_change", -0.09, -0.11),
        (parity.INT8, "mpjpe_change", -5.0, 1.6),
    ],
)
def test_each_limit_is_kept_in_every_case(expected, limits, field, good, bad):
    exact = _compare(expected)
    for value, fits in ((good, True), (bad, False)):
        case = dataclasses.replace(exact, **{field: value})
        assert parity.Parity(limits=limits, cases=(exact, case)).good is fits


@pytest.mark.parametrize("limits", [parity.FLOAT32, parity.INT8])
@pytest.mark.parametrize(
    "change", [lambda pose: pose * np.nan, lambda pose: pose[:, :-1]]
)
def test_what_is_no_pose_at_all_is_never_good(expected, limits, change):
    result = parity.Parity(limits=limits, cases=(_compare(expected, change),))
    assert not result.good
    with pytest.raises(errors.InputError):
        result.require("tflite")
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["largest_mm"] is None


def test_nothing_compared_is_not_good():
    assert not parity.Parity(limits=parity.FLOAT32, cases=()).good
