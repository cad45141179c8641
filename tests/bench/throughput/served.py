"""A contestant behind HTTP: asked by clients of this process, its processes watched."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import psutil

from tests.bench.throughput.cells import Cell, Size, Work
from tests.bench.throughput.load import Asked, closed, open_loop
from tests.bench.throughput.pictures import Scene, Scenes
from tests.bench.throughput.processes import between, cpu_of, loopback_bytes
from tests.bench.throughput.routes import Routes, all_said
from tests.bench.throughput.slices import Answered, Slice, rate_between

_RAMP_SHARE: Final = 0.15
_MOST_RAMP_S: Final = 0.6

Requests = list[tuple[bytes, ...]]


class Served:
    """A running server.

    Args:
        port: On 127.0.0.1.
        routes: How it is asked.
        processes: Its processes now.
        scenes: The pictures.
        drivers: Its ids of drivers -> their names.
    """

    def __init__(
        self,
        port: int,
        routes: Routes,
        processes: Callable[[], Sequence[psutil.Process]],
        scenes: Scenes,
        drivers: Mapping[int, str],
    ) -> None:
        self.port = port
        self.processes = processes
        self._routes = routes
        self._scenes = scenes
        self._drivers = drivers
        self._requests: dict[tuple[Work, Size], Requests] = {}
        self._next: dict[tuple[Work, Size], int] = {}

    def measure(self, cell: Cell, seconds: float) -> Slice:
        """Clients who each ask picture after picture."""
        requests = self.requests(cell.work, cell.size)
        first = self._next.get((cell.work, cell.size), 0)
        load = closed(self.port, requests, cell.clients, seconds, first)
        ramp = min(_MOST_RAMP_S, _RAMP_SHARE * seconds) if cell.clients > 1 else 0.0
        measured = self._watched(load, cell, ramp, seconds)
        self._next[cell.work, cell.size] = first + len(measured.asked)
        return measured

    def flood(self, cell: Cell, rate: float, seconds: float) -> Slice:
        """Pictures at a steady rate, however many are under way."""
        load = open_loop(self.port, self.requests(cell.work, cell.size), rate, seconds)
        return self._watched(load, cell, 0.0, seconds)

    def requests(self, work: Work, size: Size) -> Requests:
        """What is sent for each picture."""
        if (work, size) not in self._requests:
            parts = [route for name, route in self._routes.items() if work in (name, "both")]
            self._requests[work, size] = [
                tuple(part.request(picture) for part in parts)
                for picture in (one.path.read_bytes() for one in self._pictures(work, size))
            ]
        return self._requests[work, size]

    def _pictures(self, work: Work, size: Size) -> tuple[Scene, ...]:
        return self._scenes.of[work, size]

    def _watched(
        self, load: Coroutine[Any, Any, list[Asked]], cell: Cell, begins: float, ends: float
    ) -> Slice:
        processes = self.processes()
        before, crossed = cpu_of(processes), loopback_bytes()
        own, began = time.process_time(), time.perf_counter()
        asked = asyncio.run(load)
        own = time.process_time() - own
        crossed = loopback_bytes() - crossed
        spent = between(before, cpu_of(self.processes()))
        answers = [self._answered(one, cell.work, began) for one in asked]
        rate = rate_between(answers, begins, ends)
        return Slice(answers, rate, ends - begins, spent, own, crossed)

    def _answered(self, asked: Asked, work: Work, began: float) -> Answered:
        routes = [route for name, route in self._routes.items() if work in (name, "both")]
        said = all_said(
            [route.said(reply) for route, reply in zip(routes, asked.replies, strict=False)]
        )
        return Answered(
            asked.picture,
            said.outcome,
            asked.ended - began,
            1000 * asked.took,
            said.plates,
            self._drivers.get(said.driver_id) if said.driver_id is not None else None,
            said.reason,
        )
