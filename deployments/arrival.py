"""When the request came that is being answered, and where it waits."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from deployments.waiting_line import WaitingLine

Lines = set[WaitingLine]


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: float
    route: Lines
    joined: Lines = field(default_factory=set)


_arrival: ContextVar[_Arrival | None] = ContextVar("arrival", default=None)


def note_arrival(route: Lines) -> None:
    """A request comes now; holds for this task and those that it begins.

    Args:
        route: Gets the lines that requests of its route wait in.
    """
    _arrival.set(_Arrival(time.monotonic(), route))


def turn_in(line: WaitingLine) -> float:
    """By when an item takes its turn in a line; monotonic seconds.

    The first item of a request counts from when the request came, so that one that needs several
    stages does not queue from the back at each. Others count from now: a batch of many pictures
    does not go before single ones that came after it.
    """
    arrival = _arrival.get()
    if arrival is None:
        return time.monotonic()
    arrival.route.add(line)
    if line in arrival.joined:
        return time.monotonic()
    arrival.joined.add(line)
    return arrival.at
