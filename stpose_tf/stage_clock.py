"""How long each stage of a command takes."""

import contextlib
import time
from collections.abc import Iterator


class StageClock:
    """Adds up the time of named stages, of which one runs at a time.

    Attributes:
        seconds: By stage in order of its first start: wall clock and CPU (of all
            threads), s.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            before = self.seconds.get(name, (0.0, 0.0))
            self.seconds[name] = (
                before[0] + time.perf_counter() - wall,
                before[1] + time.process_time() - cpu,
            )

    def lines(self, frames: int) -> list[str]:
        """Returns a line for each stage: seconds, share, and CPU per frame."""
        total = sum(wall for wall, _ in self.seconds.values())
        width = max(map(len, self.seconds), default=0)
        return [
            f"{name:{width}}  {wall:7.2f} s  {100.0 * wall / max(total, 1e-9):3.0f} %"
            f"  {1000.0 * cpu / max(frames, 1):7.2f} CPU ms per frame"
            for name, (wall, cpu) in self.seconds.items()
        ]
