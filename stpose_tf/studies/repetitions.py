"""Mean and spread over the seeds of one configuration."""

import dataclasses
import statistics
from collections.abc import Sequence

from stpose_tf.evaluation import markdown_table


@dataclasses.dataclass(frozen=True, slots=True)
class Spread:
    """Some repetitions of one number.

    Attributes:
        values: Those that were measured.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """Their mean; None without any."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def stddev(self) -> float | None:
        """Their sample standard deviation; None for fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def text(self, decimals: int = 1) -> str:
        """Returns `mean ± stddev`; empty if nothing was measured."""
        if self.mean is None:
            return ""
        mean = markdown_table.number(self.mean, decimals)
        if self.stddev is None:
            return mean
        return f"{mean} ± {markdown_table.number(self.stddev, decimals)}"


def of(values: Sequence[float | None]) -> Spread:
    """Returns the spread of what is known."""
    return Spread(tuple(value for value in values if value is not None))
