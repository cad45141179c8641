"""How many items wait for a stage, and how long one more would."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Final

LEAST: Final = 8
"""A line as short as this is not judged: too little is seen."""

WINDOW_S: Final = 3.0
"""Items that go are counted over so long."""

_FIRST_S: Final = 1.0
"""Shortest time that is judged by."""

KEPT_S: Final = 30.0
"""For so long a line that was long tells the pace of the next."""


class WaitingLine:
    """The items that wait for a stage.

    One more waits for those before it: their number over the items that go a second. Those count
    while the line is long alone, since how many a stage takes when little is asked of it says
    nothing of how many it could.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting = 0
        self._long_since: float | None = None
        self._gone: deque[float] = deque()
        self._last_pace: float | None = None
        self._paced_at = -math.inf

    @property
    def wait_s(self) -> float:
        """How long another item would wait, seconds; 0 where the line is not judged."""
        if self._long_since is None or self._waiting < LEAST:
            return 0.0
        pace = self._pace()
        if pace is None:
            return 0.0
        return self._waiting / pace if pace else math.inf

    def join(self) -> None:
        """An item begins to wait."""
        self._waiting += 1
        if self._long_since is None and self._waiting >= LEAST:
            self._long_since = self._clock()

    def go(self) -> None:
        """An item's turn has come."""
        self.give_up()
        if self._long_since is not None:
            now = self._clock()
            self._gone.append(now)
            self._forget(now)

    def give_up(self) -> None:
        """An item waits no longer, and had no turn."""
        self._waiting -= 1
        # Not below LEAST at once: a line that is kept so long would be taken for a quiet one.
        if self._long_since is not None and self._waiting < LEAST // 2:
            if seen := self._seen_pace():
                self._last_pace, self._paced_at = seen, self._clock()
            self._long_since = None
            self._gone.clear()

    def _pace(self) -> float | None:
        """Items a second of a line that is long, at first those of the last such line."""
        seen = self._seen_pace()
        if seen is None and self._clock() - self._paced_at <= KEPT_S:
            return self._last_pace
        return seen

    def _seen_pace(self) -> float | None:
        if self._long_since is None:
            return None
        now = self._clock()
        seen_s = min(now - self._long_since, WINDOW_S)
        if seen_s < _FIRST_S:
            return None
        self._forget(now)
        return len(self._gone) / seen_s

    def _forget(self, now: float) -> None:
        while self._gone and self._gone[0] < now - WINDOW_S:
            self._gone.popleft()
