import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.training import replica_sums


@pytest.fixture
def run(two_replicas):
    """Returns a function that runs another function on two parts of the data."""

    def on_both(function, first, second):
        parts = two_replicas.experimental_distribute_values_from_function(
            lambda context: tf.constant(
                (first, second)[context.replica_id_in_sync_group]
            )
        )
        results = two_replicas.run(function, args=(parts,))
        return [
            [np.asarray(value) for value in two_replicas.experimental_local_results(r)]
            for r in results
        ]

    return on_both


def test_unequal_counts_give_the_mean_of_all(run):
    # 1 and 2 labelled here, 6 there: the mean is 3, not (1.5 + 6) / 2.
    def share(values):
        valid = tf.cast(values > 0, tf.float32)
        term = (tf.reduce_sum(values), tf.reduce_sum(valid))
        shares = replica_sums.shares({"loss": term, "none": (0.0 * term[0], 0.0)})
        totals = replica_sums.totals(shares)
        return [*shares.values(), *totals.values()]

    shares, nothing, totals, _ = run(share, [1.0, 2.0], [0.0, 6.0])
    assert shares == [1.0, 2.0]
    assert nothing == [0.0, 0.0]
    assert totals == [3.0, 3.0]


def test_the_sum_of_the_gradients_is_clipped(run):
    # (3, 0) + (0, 4) has norm 5; clipped to 1 it is (0.6, 0.8), of which each replica
    # applies half. Clipping each first would give (1, 0) + (0, 1).
    def clip(gradient):
        return replica_sums.clipped([gradient], 1.0)

    (halves,) = run(clip, [3.0, 0.0], [0.0, 4.0])
    np.testing.assert_allclose(halves, [[0.3, 0.4], [0.3, 0.4]], rtol=1e-6)


def test_a_short_gradient_is_left_alone():
    (same,) = replica_sums.clipped([tf.constant([0.3, 0.4])], 1.0)
    np.testing.assert_allclose(same, [0.3, 0.4], rtol=1e-6)
