import numpy as np
import pytest


@pytest.fixture
def walker():
    """Truths, predictions and hidden joints of 30 frames in the camera frame, mm."""
    rng = np.random.default_rng(0)
    rest = rng.normal(size=(17, 3)) * [200, 500, 100]
    rest[0] = 0
    time = np.arange(30)[:, None, None] / 5
    truths = rest + 60 * np.sin(time + rng.uniform(0, 6, size=(17, 3)))
    truths -= truths[:, :1]
    predictions = truths + rng.normal(size=truths.shape) * 20
    hidden = np.zeros((30, 17), bool)
    hidden[5:10] = True
    hidden[20, 12:14] = True
    return truths, predictions, hidden
