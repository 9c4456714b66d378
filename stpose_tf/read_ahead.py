"""An iterator that works in a thread of its own, some items ahead of its reader."""

import contextvars
import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_OFTEN = 0.1  # s; how often a thread with nothing to do looks whether it is to end


class _End:
    """Comes after the last item."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[Item], *, most: int) -> Generator[Item]:
    """Yields the items of an iterator that a thread runs, in order.

    What it raises is raised here, in its turn. The thread has ended once this
    generator is closed or exhausted, so what the iterator reads may be closed then.

    Args:
        items: Used by the thread alone from now on.
        most: Items that may wait; beyond that the thread waits.
    """
    waiting: queue.Queue[Item | _End] = queue.Queue(most)
    stop = threading.Event()

    def hand_over(item: Item | _End) -> None:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=_OFTEN)
            except queue.Full:
                continue
            return

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                hand_over(item)
                if stop.is_set():
                    break
            if isinstance(items, Generator):
                items.close()
        except BaseException as raised:  # the reader's to handle, whatever it is
            error = raised
        hand_over(_End(error))

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True)
    thread.start()
    try:
        while not isinstance(item := waiting.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        thread.join()
