"""When the request came that is being answered, and whether it is at a stage."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from deployments.route_load import RouteLoad

_YIELD_S: Final = 1.0
"""So long do the later pictures of a request let those of others go first."""


class Arrival:
    """A request that has come.

    Args:
        load: Of its route.
    """

    def __init__(self, load: RouteLoad) -> None:
        self._at = time.monotonic()
        self._load = load
        self._stages: set[object] = set()
        self._items = 0  # at stages now

    @contextmanager
    def at_stage(self, stage: object) -> Iterator[float]:
        """Meanwhile an item of the request is at a stage; yields its turn, as ``at_stage``."""
        turn = _turn.get()
        if turn is None:
            turn = time.monotonic() + _YIELD_S if stage in self._stages else self._at
            _turn.set(turn)
        self._stages.add(stage)
        self._items += 1
        if self._items == 1:
            self._load.enter()
        try:
            yield turn
        finally:
            self._items -= 1
            if not self._items:
                self._load.leave()

    @contextmanager
    def until_answered(self) -> Iterator[None]:
        """Meanwhile the request is worked on; one that fails has been at the stages as well.

        One that is given up says nothing of their pace.
        """
        given_up = False
        try:
            yield
        except asyncio.CancelledError:
            given_up = True
            raise
        finally:
            if self._stages and not given_up:
                self._load.end()


_arrival: ContextVar[Arrival | None] = ContextVar("arrival", default=None)
_turn: ContextVar[float | None] = ContextVar("turn", default=None)
"""Of the task's picture: those of a batch have tasks of their own."""


def note_arrival(load: RouteLoad) -> Arrival:
    """A request comes now; holds for this task and those that it begins.

    Args:
        load: Of the request's route.
    """
    arrival = Arrival(load)
    _arrival.set(arrival)
    _turn.set(None)
    return arrival


@contextmanager
def at_stage(stage: object) -> Iterator[float]:
    """Meanwhile an item of the present request is at a stage, waiting or worked on.

    Yields when the item's turn is, the lowest first; monotonic seconds. The first picture of a
    request counts from when the request came, and the later ones, as of a batch, let others go
    first for a while. Each keeps its turn: one that needs several stages, or a stage twice, does
    not queue from the back at each.
    """
    arrival = _arrival.get()
    if arrival is None:
        yield time.monotonic()
        return
    with arrival.at_stage(stage) as turn:
        yield turn
