"""How many requests of a route are at the stages, and how long one more would be there."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LEAST: Final = 8
"""Fewer requests are not judged: too little is seen."""

FULL_S: Final = 0.5
"""Stages that take so long have all the work they can do: their pace is worth remembering."""

_RECENT: Final = 32
"""The pace is that of so many requests, and of more where these ended in fewer bursts:"""

_BURSTS: Final = 3
_ONE_BURST_S: Final = 0.1


@dataclass(slots=True)
class _Burst:
    """Requests that ended together, as where they shared a forward pass."""

    began: float
    last: float
    requests: int


class RouteLoad:
    """The requests of a route that are at the stages: in their lines, or with their models.

    One more is there, by Little's law, as long as their number over the pace at which the last ones
    ended. That pace is watched while many are there alone, since how many end when little is asked
    says nothing of how many could. Until enough have ended to tell, it is taken together with that
    of the last time when the stages were full, so that a sudden crowd is not let in unseen. Where
    more ended since, the stages can do at least that: a stall is not held against them for ever.

    Args:
        clock: Seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._here = 0
        # When watching began, then when requests ended; nothing while few are here.
        self._bursts: deque[_Burst] = deque()
        self._ended = 0  # since the first of these
        self._full_pace: float | None = None

    @property
    def stay_s(self) -> float:
        """How long another request would be at the stages, seconds; 0 where few are.

        While none has ended yet and no pace is known: for how long that has been so.
        """
        if not self._bursts or self._here < LEAST:
            return 0.0
        pace = self._pace()
        return self._here / pace if pace else self._watched_s

    def enter(self) -> None:
        """A request comes to a stage, and was at none."""
        # Not below LEAST at once: stages that are kept so full would be taken for quiet ones.
        if self._bursts and self._here < LEAST // 2:
            self._stop_watching()
        self._here += 1
        if not self._bursts and self._here >= LEAST:
            now = self._clock()
            self._bursts.append(_Burst(now, now, 0))

    def leave(self) -> None:
        """A request is at a stage no longer."""
        self._here -= 1

    def end(self) -> None:
        """A request that was at stages has been answered."""
        if not self._bursts:
            return
        self._note_end(self._clock())
        if self._ended >= LEAST and self.stay_s >= FULL_S:
            self._full_pace = self._pace()

    @property
    def _watched_s(self) -> float:
        return self._clock() - self._bursts[0].last

    def _pace(self) -> float:
        """Requests a second, from those that ended and, until these are enough, the known pace."""
        return self._with_known(self._ended, self._watched_s)

    def _with_known(self, ended: int, watched_s: float) -> float:
        if self._full_pace and ended < _RECENT:
            watched_s += (_RECENT - ended) / self._full_pace
            ended = _RECENT
        return ended / watched_s if watched_s else 0.0

    def _stop_watching(self) -> None:
        # Who were admitted by too low a pace are too few to fill the stages and show a higher one.
        watched_s = max(self._bursts[-1].last - self._bursts[0].last, _ONE_BURST_S)
        if self._full_pace and self._ended >= LEAST and self._ended / watched_s > self._full_pace:
            self._full_pace = self._with_known(self._ended, watched_s)
        self._bursts.clear()
        self._ended = 0

    def _note_end(self, now: float) -> None:
        newest = self._bursts[-1]
        if self._ended and now - newest.began < _ONE_BURST_S:
            newest.last = now
            newest.requests += 1
        else:
            self._bursts.append(_Burst(now, now, 1))
        self._ended += 1
        while len(self._bursts) > 1 + _BURSTS and self._ended - self._bursts[1].requests >= _RECENT:
            self._bursts.popleft()
            self._ended -= self._bursts[0].requests
