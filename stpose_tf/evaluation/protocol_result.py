"""A protocol's table row from scores of actions and subjects."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from stpose_tf.evaluation import protocols, scores

Summary = dict[str, float | None]
Groups = Mapping[tuple[str, str], scores.Scores]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProtocolResult:
    """What a model scored under a protocol.

    Attributes:
        protocol: Its name.
        cells: Numbers of each column; None where nothing was measured.
        average: The protocol's one number of each metric; None while a cell that it
            is made of is missing, for a mean of fewer is another number.
        frames: Scored frames.
        partial: Why this is not the whole protocol; empty if it is.
    """

    protocol: str
    cells: dict[str, Summary]
    average: Summary
    frames: float
    partial: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Returns JSON values."""
        return {**dataclasses.asdict(self), "partial": list(self.partial)}


def result(
    protocol: protocols.Protocol, groups: Groups, *, remarks: tuple[str, ...] = ()
) -> ProtocolResult:
    """Returns the protocol's cells and average.

    Args:
        protocol: The protocol.
        groups: Scores by (action, subject), already of the joints that count.
        remarks: Other reasons why the result is partial.
    """
    cells: dict[str, Summary] = {}
    averaged: list[Summary] = []
    pooled: list[scores.Scores] = []
    for cell in protocols.columns(protocol, [action for action, _ in groups]):
        members = [group for key, group in groups.items() if cell.holds(*key)]
        found = _summary(protocol, members)
        cells[cell.label] = found
        if cell.averaged:
            averaged.append(found)
            pooled += members
    if protocol.average is protocols.Average.FRAMES:
        pooled = list(groups.values())
        average = _summary(protocol, pooled)
    else:
        average = {name: _mean(averaged, name) for name in protocol.metrics}
    return ProtocolResult(
        protocol=protocol.name,
        cells=cells,
        average=average,
        frames=float(sum(group.frames for group in groups.values())),
        partial=(*_missing(protocol, groups, cells), *remarks),
    )


def _summary(protocol: protocols.Protocol, members: list[scores.Scores]) -> Summary:
    if not members:
        return dict.fromkeys(protocol.metrics)
    first, *others = members
    found = scores.summarize(sum(others, start=first))
    return {name: found[name] for name in protocol.metrics}


def _mean(cells: list[Summary], name: str) -> float | None:
    values = [value for cell in cells if (value := cell[name]) is not None]
    if not values or len(values) < len(cells):
        return None
    return sum(values) / len(values)


def _missing(
    protocol: protocols.Protocol, groups: Groups, cells: dict[str, Summary]
) -> list[str]:
    """Returns what the protocol names and the records do not have."""
    there = {subject for _, subject in groups}
    absent = [name for name in protocol.test_subjects if name not in there]
    empty = [
        label for label, cell in cells.items() if all(v is None for v in cell.values())
    ]
    lines = []
    if absent:
        lines.append(f"no clips of {', '.join(absent)}")
    if empty and not (protocol.cells and len(empty) == len(cells)):
        lines.append(f"nothing measured for {', '.join(empty)}")
    return lines
