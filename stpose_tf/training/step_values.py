"""The numbers of training steps: watched, averaged, and refused when not finite."""

import math
from collections.abc import Mapping

from stpose_tf import errors


def refuse_non_finite(step: int, values: Mapping[str, float]) -> None:
    """Raises InputError naming the step and the first term that is no number.

    Args:
        step: Number of the update, from 1.
        values: Of that step, by name; sums come after their terms.
    """
    for name, value in sorted(values.items(), key=lambda item: "loss" in item[0]):
        if not math.isfinite(value):
            raise errors.InputError(
                f"step {step}: expected a finite {name} (try a lower "
                "--config.optimizer.learning_rate, with --overwrite). "
                f"Received: {value}"
            )


class Means:
    """Running means of named numbers."""

    def __init__(self) -> None:
        self.count = 0
        self._sums: dict[str, float] = {}

    def add(self, values: Mapping[str, float]) -> None:
        """Takes the numbers of one more step."""
        self.count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def result(self) -> dict[str, float]:
        """Returns the mean of each number."""
        return {name: total / self.count for name, total in self._sums.items()}
