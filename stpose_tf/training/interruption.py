"""Ctrl-C that waits for the end of a step."""

import signal
import threading
from types import FrameType, TracebackType


class Interruption:
    """Whether the user asked to stop; a second request stops at once.

    Used as a context; outside the main thread it only ever says no, because there
    signals cannot be caught.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: signal.Handlers | object | None = None

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._request)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
