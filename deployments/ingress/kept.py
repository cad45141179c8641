"""An answer that is found once for everybody who asks at the same time or shortly after."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Finds an answer, at most once in ``keep_s`` however often it is asked for.

    Args:
        find: Finds it; an error of it is kept by nobody.
        keep_s: How long it holds.
    """

    def __init__(self, find: Callable[[], Awaitable[T]], keep_s: float) -> None:
        self._find = find
        self._keep_s = keep_s
        self._finding = asyncio.Lock()
        self._found: tuple[T] | None = None
        self._holds_until = float("-inf")

    async def get(self) -> T:
        """The answer, no older than ``keep_s``."""
        async with self._finding:
            if self._found is None or time.monotonic() >= self._holds_until:
                self._found = (await self._find(),)
                self._holds_until = time.monotonic() + self._keep_s
            return self._found[0]
