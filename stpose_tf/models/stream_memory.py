"""What a temporal network remembers from one frame of a stream to the next.

A convolution of stride s looks at frames t, t - s, t - 2 s, ... So each branch keeps,
before each convolution, the last (taps - 1) * s frames: a shift register in which the
taps of the present phase lie s apart. All registers lie in one block of rows. A frame
reads some rows, makes new ones and moves every register by one: the same work however
long the clip is.
"""

import dataclasses
import itertools
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """Which row of the memory holds what; a row is one frame's features in a branch.

    Registers come in groups, one per branch in a group. The first group holds the
    branches' inputs. Then come for every block: what its first convolution sees, what
    its second one sees and, if the network looks ahead, the block's own input. Every
    frame makes one new row for each register, in the same order.

    Attributes:
        lookahead: Frames by which an output lags behind the newest frame.
        rows: Rows of the memory.
        reads: For each group, the rows that a frame reads, branch after branch, the
            oldest first: inputs that wait for branches of longer reach; earlier taps;
            the block's input that belongs to its output.
        update: For each row of the next memory, where it is in the memory followed by
            the new rows.
        aligned: For each branch, where its input is in the inputs that waited
            followed by the new ones.
        mask_ages: For each convolution and branch, how many frames ago its newest
            input was the newest frame.
    """

    lookahead: int
    rows: int
    reads: tuple[tuple[int, ...], ...]
    update: tuple[int, ...]
    aligned: tuple[int, ...]
    mask_ages: tuple[tuple[int, ...], ...]


def plan(
    strides: Sequence[int], *, blocks: int, kernel_size: int, causal: bool
) -> MemoryPlan:
    """Returns the memory of parallel branches of residual blocks, two layers each.

    Args:
        strides: Temporal stride of each branch.
        blocks: Residual blocks of a branch.
        kernel_size: Taps of each convolution, odd, at least 3.
        causal: Whether outputs depend on the present and earlier frames only.
    """
    spans = [(kernel_size - 1) * stride for stride in strides]
    delays = [0 if causal else span // 2 for span in spans]  # of a convolution
    lookahead = 2 * blocks * max(delays)
    waits = [lookahead - 2 * blocks * delay for delay in delays]

    # A register is the ages, oldest first, at which its frames are read.
    inputs = [[wait] if wait else [] for wait in waits]
    taps = [
        list(range(span, 0, -stride))
        for span, stride in zip(spans, strides, strict=True)
    ]
    block = [taps, taps] if causal else [taps, taps, [[span] for span in spans]]
    groups = [inputs, *block * blocks]

    lengths = [max(ages, default=0) for group in groups for ages in group]
    *starts, rows = itertools.accumulate(lengths, initial=0)
    start = iter(starts)
    reads = [[_rows(next(start), ages) for ages in group] for group in groups]
    update: list[int] = []
    for new, (first, length) in enumerate(zip(starts, lengths, strict=True)):
        update += [*range(first, first + length), rows + new][1:] if length else []
    places = itertools.count()
    return MemoryPlan(
        lookahead=lookahead,
        rows=rows,
        reads=tuple(tuple(itertools.chain.from_iterable(group)) for group in reads),
        update=tuple(update),
        aligned=tuple(
            next(places) if wait else sum(map(bool, waits)) + branch
            for branch, wait in enumerate(waits)
        ),
        mask_ages=tuple(
            tuple(w + layer * d for w, d in zip(waits, delays, strict=True))
            for layer in range(2 * blocks)
        ),
    )


def _rows(start: int, ages: Sequence[int]) -> list[int]:
    return [start + max(ages) - age for age in ages]
