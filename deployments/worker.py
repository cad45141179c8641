"""One thread with a bounded queue, for work that blocks."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar

from pipelines.errors import Overloaded

T = TypeVar("T")


class Worker:
    """Runs calls one after another in a thread of its own.

    Args:
        name: Of the thread.
        most_waiting: Calls that may wait for the one that is running.
    """

    def __init__(self, name: str, most_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._most = most_waiting + 1
        self._lock = Lock()
        self._unfinished = 0
        self._began_at: float | None = None

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Run ``work``; a call whose caller is cancelled is dropped unless it is running.

        Raises:
            Overloaded: The queue is full.
        """
        with self._lock:
            if self._unfinished >= self._most:
                raise Overloaded("the service is busy, try again shortly")
            self._unfinished += 1
        # What is logged there carries the request's id.
        future = self._thread.submit(copy_context().run, self._timed, work, *args)
        future.add_done_callback(self._leave)
        result: T = await asyncio.wrap_future(future)
        return result

    def busy_s(self) -> float:
        """Seconds that the running call has taken so far; 0 while there is none."""
        began_at = self._began_at
        return 0.0 if began_at is None else time.monotonic() - began_at

    def _timed(self, work: Callable[..., T], *args: Any) -> T:
        self._began_at = time.monotonic()
        try:
            return work(*args)
        finally:
            self._began_at = None

    def _leave(self, _done: Future[Any]) -> None:
        with self._lock:
            self._unfinished -= 1
