"""A thread for what a gallery does beside answering."""

import threading
from collections.abc import Callable

_LEAVE_WITHIN_S = 10.0


class Upkeep:
    """Runs some work every so often in a thread of its own, until it is stopped.

    Args:
        work: At once, and again after each pause.
        period_s: The pause.
    """

    def __init__(self, work: Callable[[], None], period_s: float) -> None:
        self._work = work
        self._period_s = period_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gallery-upkeep", daemon=True)

    @property
    def failed(self) -> bool:
        """Whether the thread has ended without being stopped: the work raised something."""
        begun = self._thread.ident is not None
        return begun and not self._thread.is_alive() and not self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the work that is running, for which it waits up to ten seconds."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_LEAVE_WITHIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._work()
            self._stopping.wait(self._period_s)
