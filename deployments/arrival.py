"""When the request came that is being answered."""

import time
from contextvars import ContextVar

_came_at: ContextVar[float | None] = ContextVar("came_at", default=None)


def note_arrival() -> None:
    """A request comes now; holds for this task and those that it begins."""
    _came_at.set(time.monotonic())


def came_at() -> float:
    """Monotonic seconds; now, where no request is being answered."""
    noted = _came_at.get()
    return time.monotonic() if noted is None else noted
