"""Shards converted by several processes of this machine."""

import contextlib
import multiprocessing
import signal
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing import connection as connections
from multiprocessing import context as contexts
from typing import Any

import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data.conversion import shard_conversion
from stpose_tf.data.conversion.shard_conversion import ShardTask, Tell

_CLIP, _DONE, _UNWRITABLE, _FAULT = "clip", "done", "unwritable", "fault"


def run(tasks: Sequence[ShardTask], *, jobs: int, tell: Tell) -> None:
    """Converts all tasks and returns.

    One job converts in this process. More are processes of their own, which are
    ended when this function is left in whatever way.

    Args:
        tasks: Any number.
        jobs: Processes, no more than tasks.
        tell: Called in this process after each clip.

    Raises:
        InputError: If a process was ended from outside.
        OSError: If a shard cannot be written.
        RuntimeError: If a process failed in any other way; holds its traceback.
    """
    if min(jobs, len(tasks)) <= 1:
        for task in tasks:
            shard_conversion.convert(task, tell=tell)
        return
    workers = [_Worker() for _ in tasks[:jobs]]
    try:
        with _uninterrupted():
            for worker in workers:
                worker.process.start()
                worker.far_end.close()
        _share(tasks, {worker.connection: worker for worker in workers}, tell)
    finally:
        for worker in workers:
            worker.connection.close()
            worker.process.terminate()
            worker.process.join()


def one_thread() -> None:
    """Has TensorFlow use one thread for an operation; before its first operation.

    Processes share the cores already, and numbers must not depend on their number.
    """
    with contextlib.suppress(RuntimeError):  # too late; so it is in tests
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


class _Worker:
    """A process and our end of the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, self.far_end = context.Pipe()
        self.process: contexts.SpawnProcess = context.Process(
            target=_work, args=(self.far_end,), daemon=True
        )


def _share(
    tasks: Sequence[ShardTask],
    workers: "dict[connections.Connection[Any, Any], _Worker]",
    tell: Tell,
) -> None:
    """Gives each idle worker the next task until all are done."""
    waiting = list(reversed(tasks))
    for pipe in workers:
        pipe.send(waiting.pop())
    busy = set(workers)
    while busy:
        ready = connections.wait(list(busy))
        for pipe in [pipe for pipe in busy if pipe in ready]:
            kind, *content = _received(pipe, workers[pipe])
            if kind == _CLIP:
                tell(*content)
            elif kind == _UNWRITABLE:
                raise OSError(*content)
            elif kind == _FAULT:
                raise RuntimeError(*content)
            elif waiting:
                pipe.send(waiting.pop())
            else:
                busy.remove(pipe)


def _received(pipe: "connections.Connection[Any, Any]", worker: _Worker) -> Any:
    try:
        return pipe.recv()
    except (EOFError, ConnectionError) as error:
        worker.process.join()
        raise errors.InputError(
            "--jobs: expected processes that live until they are done. Received: one "
            f"that ended with code {worker.process.exitcode}, as when memory runs out; "
            "finished shards are kept, try fewer --jobs"
        ) from error


def _work(pipe: "connections.Connection[Any, Any]") -> None:
    """Converts what comes through the pipe until it closes; in a new process."""
    one_thread()
    with contextlib.suppress(EOFError, ConnectionError):  # nobody is left to tell
        while True:
            task = pipe.recv()
            pipe.send(_converted(task, pipe))


def _converted(
    task: ShardTask, pipe: "connections.Connection[Any, Any]"
) -> tuple[str, ...]:
    try:
        shard_conversion.convert(
            task, tell=lambda name, frames: pipe.send((_CLIP, name, frames))
        )
    except ConnectionError:
        raise
    except OSError as error:
        return _UNWRITABLE, str(error)
    except Exception:
        return _FAULT, traceback.format_exc()
    return (_DONE,)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Has new processes ignore the keyboard: this one ends them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
