"""Sums over all replicas, so that any split of a global batch gives one result.

Replicas hold unequal numbers of labelled joints and of view pairs: a mean of their
means would weigh them wrongly. Every loss term is therefore a sum and a count, the
counts are added over the replicas first, and gradients are summed, never averaged.
All functions run in replica context (inside `Strategy.run`, or with no strategy).
"""

from collections.abc import Sequence

import tensorflow as tf

Term = tuple[tf.Tensor, tf.Tensor]


def all_sum(values: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Returns each value added over the replicas; no gradient flows through."""
    values = [tf.stop_gradient(value) for value in values]
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1 or not values:
        return values
    reduced: list[tf.Tensor] = context.all_reduce(tf.distribute.ReduceOp.SUM, values)
    return reduced


def shares(terms: dict[str, Term]) -> dict[str, tf.Tensor]:
    """Returns this replica's share of each term's mean over the global batch.

    Shares of all replicas add up to the mean, so their summed gradients are the
    gradient of the mean. A term that nothing counts for is 0.

    Args:
        terms: Sum and count of each term on this replica, scalars.
    """
    counts = all_sum([count for _, count in terms.values()])
    return {
        name: tf.math.divide_no_nan(total, count)
        for (name, (total, _)), count in zip(terms.items(), counts, strict=True)
    }


def totals(values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns each value added over the replicas, under its name."""
    return dict(zip(values, all_sum(list(values.values())), strict=True))


def clipped(gradients: Sequence[tf.Tensor], norm: float) -> list[tf.Tensor]:
    """Returns what to apply so that the global gradient has a norm of at most `norm`.

    Keras clips each replica's gradients before it adds them, which is another
    function. So they are added here, clipped, and divided by the number of replicas,
    because `Optimizer.apply` adds them once more.

    Args:
        gradients: Of this replica's share of a loss, one for each variable.
        norm: Largest global norm of their sum.
    """
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    limited, _ = tf.clip_by_global_norm(all_sum(gradients), norm)
    return [gradient / replicas for gradient in limited]
