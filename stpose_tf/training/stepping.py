"""The inner loop: training steps of the trainer on all devices, one after another."""

import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from stpose_tf.training import step_values, trainer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some consecutive training steps.

    Attributes:
        step: Updates of each network after them.
        steps: How many these were.
        seconds_per_step: Mean time of a step; the first one, which builds the graph,
            left out.
        means: Mean of each number that the trainer gives.
        batch: The last batch, as the strategy distributes it.
    """

    step: int
    steps: int
    seconds_per_step: float
    means: dict[str, float]
    batch: Any


class Stepper:
    """Runs training steps under a strategy.

    Args:
        networks: The trainer.
        strategy: Under which it was built.
    """

    def __init__(
        self, networks: trainer.AdversarialTrainer, strategy: tf.distribute.Strategy
    ) -> None:
        self._strategy = strategy
        # Autograph would only slow down the tracing: the step has no tensor branches.
        self._step = tf.function(
            _on_replicas(strategy, networks.train_step), autograph=False
        )
        # Runs once an epoch: on one device a graph costs more to build than it saves.
        self._norms = _on_replicas(strategy, networks.term_gradient_norms)
        if strategy.num_replicas_in_sync > 1:
            self._norms = tf.function(self._norms, autograph=False)

    def distribute(self, dataset: tf.data.Dataset) -> Iterator[Any]:
        """Returns global batches, split over the replicas."""
        return iter(self._strategy.experimental_distribute_dataset(dataset))

    def train(
        self, batches: Iterator[Any], *, start: int, end: int, stop: Callable[[], bool]
    ) -> Stretch:
        """Trains from step `start` to step `end`, or until `stop()` after a step.

        Raises:
            InputError: If a loss is no number; the networks are spoilt by then.
        """
        means = step_values.Means()
        # The bar averages over all that it counts: it must begin at 0.
        sys.stdout.write(f"steps {start + 1} to {end}\n")
        bar = keras.utils.Progbar(
            end - start, unit_name="step", verbose=1 if sys.stdout.isatty() else 2
        )
        times = [time.perf_counter()]
        for step in range(start + 1, end + 1):
            batch = next(batches)
            values = self._numbers(self._step(batch))
            step_values.refuse_non_finite(step, values)
            means.add(values)
            times.append(time.perf_counter())
            bar.update(
                step - start, [(name, values[name]) for name in ("loss", "mpjpe")]
            )
            if stop():
                break
        begin = 1 if means.count > 1 else 0
        return Stretch(
            step=step,
            steps=means.count,
            seconds_per_step=(times[-1] - times[begin]) / (means.count - begin),
            means=means.result(),
            batch=batch,
        )

    def gradient_norms(self, batch: Any) -> dict[str, float]:
        """Returns the gradient norm of each weighted term on a distributed batch."""
        return self._numbers(self._norms(batch))

    def first_replica(self, batch: Any) -> dict[str, tf.Tensor]:
        """Returns the first replica's part of a distributed batch."""
        local = self._strategy.experimental_local_results
        return {name: local(value)[0] for name, value in batch.items()}

    def _numbers(self, values: Any) -> dict[str, float]:
        """Returns numbers of the global batch: every replica holds the same ones."""
        return {n: float(value) for n, value in self.first_replica(values).items()}


def _on_replicas(
    strategy: tf.distribute.Strategy, step: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    return lambda batch: strategy.run(step, args=(batch,))
