"""A function in a process of its own, that can be asked to stop.

Each run begins with a fresh TensorFlow: the graphs of forty runs do not add up, and a
crash of one leaves the others alone.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import connection
from typing import Any

from stpose_tf import errors

_GRACE_SECONDS = 180.0  # to end a step and to save
_DONE, _REFUSED, _STOPPED = "done", "refused", "stopped"


class StoppedError(Exception):
    """The function did not end in its time; what it saved stays."""


def call(
    function: Callable[..., Any], *arguments: Any, seconds: float | None = None
) -> Any:
    """Returns what the function returns.

    After `seconds` it gets one interrupt, as Ctrl-C would give it, and the time to
    end in order; also when this process is interrupted or terminated meanwhile.

    Args:
        function: Of a module; picklable.
        *arguments: Picklable.
        seconds: Time it may take; None is any.

    Raises:
        StoppedError: If the time was over before it ended.
        InputError: If it raised one.
        RuntimeError: If it ended in any other way.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(sending, function, arguments))
    child.start()
    sending.close()
    interrupted = False
    try:
        try:
            with _termination_as_interrupt():
                answered = receiving.poll(seconds)
        except KeyboardInterrupt:
            _interrupt(child.pid)
            child.join(_GRACE_SECONDS)
            raise
        if not answered:
            interrupted = True
            _interrupt(child.pid)
            answered = receiving.poll(_GRACE_SECONDS)
        kind, value = _answer(receiving) if answered else (_STOPPED, None)
    finally:
        if child.is_alive():
            child.join(_GRACE_SECONDS / 10)
        if child.is_alive():
            child.kill()
        child.join()
        receiving.close()
    if kind == _REFUSED:
        raise errors.InputError(value)
    if kind == _STOPPED or (interrupted and not kind):  # while it was starting
        raise StoppedError
    if kind != _DONE:
        raise RuntimeError(
            f"A run's process: expected an answer. Received: exit code {child.exitcode}"
        )
    return value


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Lets a termination end this process in order: no child outlives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answer(receiving: connection.Connection) -> tuple[str, Any]:
    try:
        kind, value = receiving.recv()
    except EOFError:
        return "", None
    return str(kind), value


def _interrupt(number: int | None) -> None:
    if number is not None:
        try:
            os.kill(number, signal.SIGINT)
        except ProcessLookupError:
            return


def _run(
    sending: connection.Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    """What the child does."""
    # A terminal interrupts the whole group: the parent passes on exactly one. It must
    # arrive, even where a shell made its background jobs deaf to interrupts.
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        value = function(*arguments)
    except errors.InputError as error:
        sending.send((_REFUSED, str(error)))
    except KeyboardInterrupt:
        sending.send((_STOPPED, None))
    else:
        sending.send((_DONE, value))
    finally:
        sys.stdout.flush()
        sending.close()
