"""The experiments that run on any motion: their runs, their reports, their order."""

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stpose_tf.studies import (
    experiment_plan,
    forecast_study,
    ladder_table,
    ladders,
    occlusion_study,
    page,
    run_lines,
    speed_study,
)

EVERYTHING = "all"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A table or a study.

    Attributes:
        plan: Returns its lines.
        collect: Returns its JSON values.
        show: Returns the report of these.
        repeated: Whether it has its share of the seeds when everything is run; the
            sweeps of Table 1 then take one.
    """

    plan: Callable[[experiment_plan.Request], list[run_lines.Line]]
    collect: Callable[..., dict[str, Any]]
    show: Callable[[Mapping[str, Any]], page.Page]
    repeated: bool = True


def _table(number: str, *, repeated: bool) -> Experiment:
    plans = {"1": experiment_plan.table_1, "2": experiment_plan.table_2}
    return Experiment(
        plan=plans[number],
        collect=functools.partial(ladder_table.collect, number),
        show=ladder_table.make_page,
        repeated=repeated,
    )


EXPERIMENTS: Mapping[str, Experiment] = {
    "table2": _table("2", repeated=True),
    occlusion_study.NAME: Experiment(
        plan=experiment_plan.occlusion,
        collect=occlusion_study.collect,
        show=occlusion_study.make_page,
    ),
    forecast_study.NAME: Experiment(
        plan=experiment_plan.forecast,
        collect=forecast_study.collect,
        show=forecast_study.make_page,
    ),
    speed_study.NAME: Experiment(
        plan=experiment_plan.speed,
        collect=speed_study.collect,
        show=speed_study.make_page,
        repeated=False,
    ),
    "table1": _table("1", repeated=False),
}
"""By name, those that say most first."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An experiment as it was asked for.

    Attributes:
        name: Of the experiment.
        request: With the seeds that it gets.
        lines: In the order of its table.
    """

    name: str
    request: experiment_plan.Request
    lines: tuple[run_lines.Line, ...]

    def report(self, *, command: str) -> tuple[dict[str, Any], page.Page]:
        """Returns the JSON values and the page of what has been measured.

        Args:
            command: That asked for it.
        """
        withheld: Sequence[str] = ()
        if any(line.rung.withheld for line in self.lines):
            withheld = experiment_plan.withheld_subjects(self.request)
        about = experiment_plan.about(self.request, command=command, withheld=withheld)
        experiment = EXPERIMENTS[self.name]
        result = experiment.collect(self.lines, about=about)
        return result, experiment.show(result)


def parts(wanted: str, request: experiment_plan.Request) -> list[Part]:
    """Returns one experiment, or all of them in the order of their worth.

    Args:
        wanted: A name, or `all`.
        request: Data, settings and seeds.

    Raises:
        InputError: If the records do not allow it.
    """
    names = tuple(EXPERIMENTS) if wanted == EVERYTHING else (wanted,)
    found = []
    for name in names:
        experiment, own = EXPERIMENTS[name], request
        if wanted == EVERYTHING and not experiment.repeated:
            own = dataclasses.replace(request, seeds=1)
        lines = tuple(experiment.plan(own))
        found.append(Part(name=name, request=own, lines=lines))
    return found


def in_order(planned: Sequence[Part]) -> list[run_lines.Line]:
    """Returns the lines of all parts as they are worth running.

    An experiment's lines keep their order, but for Table 1's: its strides come first.
    """
    strides = ladders.SWEEPS["strides"]
    return [
        line
        for part in planned
        for line in sorted(part.lines, key=lambda one: one.rung.label not in strides)
    ]
