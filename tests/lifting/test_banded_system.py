import numpy as np
import pytest

from stpose_tf.lifting import banded_system


def _dense(information, targets, stiffness):
    """Independent: the whole matrix, the differences as a matrix of rows 1 -2 1."""
    time, size = information.shape[:2]
    rows = np.zeros((max(time - 2, 0), time))
    for row in range(len(rows)):
        rows[row, row : row + 3] = [1, -2, 1]
    bend = np.kron(rows.T @ np.diag(np.ravel(stiffness)) @ rows, np.eye(size))
    whole = bend.copy()
    for t in range(time):
        part = slice(t * size, (t + 1) * size)
        whole[part, part] += information[t]
    solved = np.linalg.solve(whole, targets.reshape(time * size, -1))
    return solved.reshape(targets.shape)


@pytest.mark.parametrize("time", [1, 2, 3, 4, 7, 20, 21])
def test_it_is_the_solution_of_the_whole_system(time):
    rng = np.random.default_rng(time)
    roots = rng.normal(size=(time, 3, 5))
    information = roots @ roots.transpose(0, 2, 1)
    targets = rng.normal(size=(time, 3, 2))
    stiffness = rng.uniform(0, 50, max(time - 2, 0))
    found = banded_system.smooth_minimum(information, targets, stiffness=stiffness)
    expected = _dense(information, targets, stiffness)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_what_nothing_is_known_of_lies_on_a_straight_line():
    weights = np.zeros((11, 1, 1))
    weights[[2, 8]] = 1.0
    values = np.zeros((11, 1, 1))
    values[2], values[8] = 10.0, 40.0
    found = banded_system.smooth_minimum(weights, weights * values, stiffness=7.0)
    # 30 in six frames: 5 a frame, also before the first and after the last.
    np.testing.assert_allclose(found[:, 0, 0], 5.0 * np.arange(11), atol=1e-3)


def test_nothing_at_all_is_zero():
    found = banded_system.smooth_minimum(
        np.zeros((5, 2, 2)), np.zeros((5, 2, 1)), stiffness=0.0
    )
    np.testing.assert_array_equal(found, 0.0)
