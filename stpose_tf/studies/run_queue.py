"""Jobs one after another, each to its end, within a time."""

import dataclasses
import time
from collections.abc import Callable, Sequence

from stpose_tf import errors
from stpose_tf.studies import child_process, trained_run

Say = Callable[[str], None]
Execute = Callable[[trained_run.Job, float | None], bool]

_LEAST_SECONDS = 30.0  # at the end of a longer time nothing shorter is begun


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a queue came.

    Attributes:
        done: Names of the jobs that are whole.
        left: Names of those that are not.
        failed: What went wrong, one line for each of these that cannot be done.
    """

    done: tuple[str, ...]
    left: tuple[str, ...]
    failed: tuple[str, ...] = ()


def work(
    jobs: Sequence[trained_run.Job],
    *,
    minutes: float | None = None,
    execute: Execute | None = None,
    say: Say,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Does the jobs that are not done, in order, until the time is over.

    A job that is cut short goes on at the next call, from the step it saved. One that
    fails leaves the others alone.

    Args:
        jobs: Those with one folder and the same measurements are one job.
        minutes: Time for all of them; None is any, 0 does nothing.
        execute: Does one job in a number of seconds and returns whether it is whole;
            a process of its own by default.
        say: Takes lines for the user.
        clock: Seconds that only rise.

    Raises:
        InputError: If a job's folder holds a run of other settings.
    """
    execute = execute or in_own_process
    end = None if minutes is None else clock() + 60.0 * minutes
    least = _LEAST_SECONDS if minutes is not None and minutes > 1 else 0.0
    unique = list({(job.folder, job.measurements): job for job in jobs}.values())
    for job in unique:
        trained_run.workdir_settings(job)
    done: list[str] = []
    left: list[str] = []
    failed: list[str] = []
    for number, job in enumerate(unique, 1):
        name = job.folder.name
        if job.is_done():
            done.append(name)
            continue
        seconds = None if end is None else end - clock()
        if seconds is not None and seconds <= least:
            left.append(name)
            continue
        say(f"== {name} ({number} of {len(unique)})")
        try:
            whole = execute(job, seconds)
        except (errors.InputError, RuntimeError) as error:
            failed.append(f"{name}: {error}")
            say(f"failed: {failed[-1]}")
            whole = False
        (done if whole else left).append(name)
    return Progress(done=tuple(done), left=tuple(left), failed=tuple(failed))


def in_own_process(job: trained_run.Job, seconds: float | None) -> bool:
    """Does a job in a process of its own; returns whether it is whole."""
    try:
        return bool(child_process.call(trained_run.do, job, seconds=seconds))
    except child_process.StoppedError:
        return False
