import pytest

from stpose_tf import errors
from stpose_tf.training import step_values


def test_the_first_term_that_is_no_number_is_named_before_its_sum():
    values = {"loss": float("nan"), "multi_view": float("inf"), "supervised_3d": 1.0}
    with pytest.raises(errors.InputError, match=r"step 12: .*multi_view.*: inf"):
        step_values.refuse_non_finite(12, values)
    step_values.refuse_non_finite(12, {"loss": 1.0})


def test_means():
    means = step_values.Means()
    means.add({"a": 1.0})
    means.add({"a": 2.0})
    assert means.result() == {"a": 1.5}
    assert means.count == 2
