"""What is asked so often that the audit log has a line of it only now and then."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

BETWEEN_S: Final = 600.0
"""From one line to the next of the same kind."""

MOST: Final = 10_000
"""Kinds that are remembered; beyond them the oldest is forgotten, and has a line sooner."""


class Repeats:
    """Remembers what was written in the last ten minutes, in the memory of one ingress replica.

    Args:
        now: Seconds on a clock that only moves forward.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._written: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._written)

    def is_due(self, kind: Hashable) -> bool:
        """Whether a line of this kind is to be written; it then counts as written."""
        now_s = self._now()
        while self._written:
            oldest, at_s = next(iter(self._written.items()))
            if now_s - at_s < BETWEEN_S:
                break
            del self._written[oldest]
        if kind in self._written:
            return False
        self._written[kind] = now_s
        if len(self._written) > MOST:
            self._written.popitem(last=False)
        return True
