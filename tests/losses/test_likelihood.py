import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from stpose_tf.losses import likelihood


def test_it_is_scipys_gaussian():
    rng = np.random.default_rng(0)
    poses = rng.normal(size=(2, 3, 3)).astype(np.float32)
    targets = poses + rng.normal(scale=0.05, size=poses.shape).astype(np.float32)
    log_sigma = rng.normal(math.log(50.0), 0.3, size=(2, 3)).astype(np.float32)
    weights = np.array([[1, 1, 0], [1, 1, 1]], np.float32)
    total, count = likelihood.likelihood(
        log_sigma, poses, targets=targets, weights=weights
    )
    sigma = np.exp(log_sigma)[..., None]
    density = stats.norm.logpdf(1000.0 * (poses - targets), scale=sigma).sum(-1)
    assert float(total) == pytest.approx(-(weights * density).sum(), rel=1e-4)
    assert float(count) == 5.0


def test_it_teaches_sigma_alone_and_is_least_at_the_true_error():
    # Each coordinate is off by 20 mm: sigma = 20 mm is the best guess.
    poses = tf.Variable(np.full((1, 2, 3), 0.02, np.float32))
    log_sigma = tf.Variable(np.log([[20.0, 40.0]]).astype(np.float32))
    with tf.GradientTape() as tape:
        total, _ = likelihood.likelihood(
            log_sigma, poses, targets=tf.zeros((1, 2, 3)), weights=tf.ones((1, 2))
        )
    to_poses, to_sigma = tape.gradient(total, [poses, log_sigma])
    assert to_poses is None
    np.testing.assert_allclose(to_sigma[0, 0], 0.0, atol=1e-4)
    # 3 - e^2 / sigma^2 with e^2 = 3 * 400 and sigma^2 = 1600.
    np.testing.assert_allclose(to_sigma[0, 1], 3.0 - 0.75, rtol=1e-4)
