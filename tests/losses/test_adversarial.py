import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.losses import adversarial

LEAST_SQUARES = configs.AdversarialForm.LEAST_SQUARES
STANDARD = configs.AdversarialForm.STANDARD


def _mean(form_of, form, logits, weights=None):
    logits = tf.constant(logits)
    weights = tf.ones(len(logits)) if weights is None else tf.constant(weights)
    total, count = adversarial.objective(logits, form_of(form), weights=weights)
    return float(total / count)


def test_least_squares_by_hand():
    # Real wants 1, false wants 0: (1 + 0 + 4 + 1) / 4 and (0 + 1 + 1 + 4) / 4.
    logits = [[0.0, 1.0], [-1.0, 2.0]]
    assert _mean(adversarial.says_real, LEAST_SQUARES, logits) == pytest.approx(1.5)
    assert _mean(adversarial.says_false, LEAST_SQUARES, logits) == pytest.approx(1.5)
    assert _mean(
        adversarial.says_real, LEAST_SQUARES, logits, [1.0, 0.0]
    ) == pytest.approx(0.5)


def test_the_standard_form_is_cross_entropy_from_logits():
    logits = [[0.0, 2.0], [-30.0, 30.0]]
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    for cost, label in ((adversarial.says_real, 1.0), (adversarial.says_false, 0.0)):
        expected = float(entropy(np.full((2, 2), label), np.array(logits)))
        assert _mean(cost, STANDARD, logits) == pytest.approx(expected, rel=1e-5)
    assert _mean(adversarial.says_real, STANDARD, [[0.0]]) == pytest.approx(math.log(2))


@pytest.mark.parametrize("form", configs.AdversarialForm)
def test_the_threshold_lies_where_both_answers_cost_the_same(form):
    at = [[adversarial.threshold(form)]]
    real = _mean(adversarial.says_real, form, at)
    assert real == pytest.approx(_mean(adversarial.says_false, form, at))


def test_the_gradient_penalty_sums_squares_of_weighted_windows():
    gradients = np.zeros((2, 3, 4, 3), np.float32)
    gradients[0, 0, 0] = [3.0, 4.0, 0.0]
    gradients[1] = 100.0
    total, count = adversarial.gradient_penalty(
        tf.constant(gradients), weights=tf.constant([1.0, 0.0])
    )
    assert (float(total), float(count)) == (25.0, 1.0)
