"""How long each stage of a command takes."""

import contextlib
import contextvars
import threading
import time
from collections.abc import Iterator

_RUNNING: contextvars.ContextVar["StageClock | None"] = contextvars.ContextVar(
    "running", default=None
)


class StageClock:
    """Adds up the time of named stages; a stage within another counts for itself.

    Stages of several threads may run at the same time. Their CPU seconds are then the
    process's as a whole, and mean something in sum only.

    Attributes:
        seconds: By stage in order of its first start: wall clock and CPU (of all
            threads), s.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._within = threading.local()
        self._start = time.perf_counter(), time.process_time()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts what happens inside, also of `counted`."""
        with self._lock:
            self.seconds.setdefault(name, (0.0, 0.0))
        outer: list[float] | None = getattr(self._within, "inner", None)
        inner = [0.0, 0.0]  # what stages within this one have taken
        self._within.inner = inner
        running = _RUNNING.set(self)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            _RUNNING.reset(running)
            self._within.inner = outer
            if outer is not None:
                outer[0] += wall
                outer[1] += cpu
            with self._lock:
                before = self.seconds[name]
                self.seconds[name] = (
                    before[0] + wall - inner[0],
                    before[1] + cpu - inner[1],
                )

    def lines(self, frames: int) -> list[str]:
        """Returns a line for each stage, and one for the whole time since the start.

        A stage's share is that of all stages' time, which is longer than the whole
        where stages overlap.

        Args:
            frames: By which the CPU time is divided.
        """
        total = sum(wall for wall, _ in self.seconds.values())
        wall = time.perf_counter() - self._start[0]
        cpu = 1000.0 * (time.process_time() - self._start[1]) / max(frames, 1)
        width = max(map(len, (*self.seconds, "in all")))
        lines = [
            f"{name:{width}}  {seconds:7.2f} s  "
            f"{100.0 * seconds / max(total, 1e-9):3.0f} %"
            for name, (seconds, _) in self.seconds.items()
        ]
        whole = f"{'in all':{width}}  {wall:7.2f} s  {cpu:.2f} CPU ms per frame"
        return [*lines, whole]


@contextlib.contextmanager
def counted(name: str) -> Iterator[None]:
    """Counts what happens inside as a stage of the clock that is running, if any."""
    clock = _RUNNING.get()
    if clock is None:
        yield
        return
    with clock.stage(name):
        yield
