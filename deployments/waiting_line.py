"""How many items wait for a stage, and how long one more would."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

LEAST: Final = 8
"""A shorter line is not judged: too little is seen."""

_RECENT: Final = 32
"""The pace is that of so many items."""


class WaitingLine:
    """The items that wait for a stage.

    One more waits for those before it: their number over the pace at which the last ones had their
    turn. That is watched while the line is long alone, since how many a stage takes when little is
    asked of it says nothing of how many it could.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting = 0
        # When watching began, then when each item had its turn; nothing of a short line.
        self._turns: deque[float] = deque(maxlen=_RECENT + 1)

    @property
    def wait_s(self) -> float:
        """How long another item would wait, seconds; 0 where the line is not judged.

        While none has had its turn yet: for how long that has been so.
        """
        if not self._turns or self._waiting < LEAST:
            return 0.0
        watched_s = self._clock() - self._turns[0]
        gone = len(self._turns) - 1
        return self._waiting * watched_s / gone if gone else watched_s

    def join(self) -> None:
        """An item begins to wait."""
        self._waiting += 1
        if not self._turns and self._waiting >= LEAST:
            self._turns.append(self._clock())

    def go(self) -> None:
        """An item's turn has come."""
        self.give_up()
        if self._turns:
            self._turns.append(self._clock())

    def give_up(self) -> None:
        """An item waits no longer, and had no turn."""
        self._waiting -= 1
        # Not below LEAST at once: a line that is kept so long would be taken for a quiet one.
        if self._waiting < LEAST // 2:
            self._turns.clear()
