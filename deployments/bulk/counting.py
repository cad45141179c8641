"""How many items of a job all of its workers have done, also of parts that are under way."""

import time
from contextlib import suppress
from typing import Any, Final

import ray
from ray.exceptions import RayError

_TELL_EVERY_S: Final = 1.0
_WITHIN_S: Final = 1.0


class Counts:
    """Holds the items of each part that are done; an actor."""

    def __init__(self) -> None:
        self._items: dict[int, int] = {}

    def put(self, part: int, items: int) -> None:
        """Take note of how many items of a part are done; a part that is begun anew has fewer."""
        self._items[part] = items

    def total(self) -> int:
        """Items of all parts."""
        return sum(self._items.values())


class SharedCounts:
    """Counts that the workers of a cluster put and the command reads; it travels to them."""

    def __init__(self) -> None:
        self._actor: Any = ray.remote(num_cpus=0)(Counts).remote()
        self._put_at = 0.0
        self._total = 0

    def put(self, part: int, items: int, *, last: bool = False) -> None:
        """As ``Counts.put``; passes the last word on, and others now and then."""
        now = time.monotonic()
        if last or now - self._put_at >= _TELL_EVERY_S:
            self._put_at = now
            self._actor.put.remote(part, items)

    def total(self) -> int:
        """As ``Counts.total``, or the last one that could be had."""
        with suppress(RayError):
            self._total = ray.get(self._actor.total.remote(), timeout=_WITHIN_S)
        return self._total
