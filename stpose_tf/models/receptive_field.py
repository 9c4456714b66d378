"""How far each branch of an `STPose` sees, and what it costs."""

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """The frames that one output frame of a branch depends on.

    Attributes:
        past: How many frames back the earliest one lies.
        future: How many frames ahead the latest one lies; 0 when causal.
        step: Frames between two neighbors; the temporal stride.
    """

    past: int
    future: int
    step: int

    @property
    def span(self) -> int:
        """Frames from the earliest to the latest, both counted."""
        return self.past + 1 + self.future

    @property
    def offsets(self) -> tuple[int, ...]:
        """The frames themselves, relative to the output frame."""
        return tuple(range(-self.past, self.future + 1, self.step))


@dataclasses.dataclass(frozen=True)
class BranchCost:
    """A branch beside its work.

    Attributes:
        field: What it sees.
        multiply_adds: Multiplications of one frame, input projection included.
    """

    field: ReceptiveField
    multiply_adds: int


def of_branch(
    stride: int, *, blocks: int, kernel_size: int, causal: bool
) -> ReceptiveField:
    """Returns the receptive field of a branch with two convolutions per block."""
    reach = 2 * blocks * (kernel_size - 1) * stride
    if causal:
        return ReceptiveField(reach, 0, stride)
    return ReceptiveField(reach // 2, reach // 2, stride)


def branch_costs(
    fields: Iterable[ReceptiveField],
    *,
    embedding_size: int,
    channels: int,
    blocks: int,
    kernel_size: int,
) -> tuple[BranchCost, ...]:
    """Returns each branch's cost; folding leaves it the same at every stride."""
    work = embedding_size * channels + 2 * blocks * kernel_size * channels**2
    return tuple(BranchCost(field, work) for field in fields)


def table(costs: Iterable[BranchCost], *, fps: float) -> str:
    """Returns the branches as lines of text.

    Args:
        costs: A branch each.
        fps: Frame rate that the seconds are computed at.
    """
    lines = ["stride frames  past future seconds MMAC"]
    lines += [
        f"{cost.field.step:>6} {cost.field.span:>6} {cost.field.past:>5} "
        f"{cost.field.future:>6} {cost.field.span / fps:>7.2f} "
        f"{cost.multiply_adds / 1e6:.2f}"
        for cost in costs
    ]
    return "\n".join(lines)
