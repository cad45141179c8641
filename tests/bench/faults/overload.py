"""Ten times as many requests as the service can answer, and what becomes of them."""

import asyncio
import os
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import psutil

from configs.settings import Settings
from tests.bench.faults.run import REPLICAS, await_whole
from tests.bench.faults.steps import Load, Spent, Step, calm_again_after, counted
from tests.bench.throughput.connection import body_request
from tests.bench.throughput.load import Asked, Requests, closed, open_loop
from tests.bench.throughput.processes import between, cpu_of, resident_of, waited_of
from tests.serve.service import Service

NAME: Final = "overload"
TIMES: Final = (1, 2, 10)
"""Of the capacity, offered one after the other."""

_CLIENTS_SHARE: Final = 0.5
"""Of the requests that the service takes at once: as many clients measure its capacity."""

_CALM_SHARE: Final = 0.25
"""Of the capacity: a load that leaves nobody waiting."""

_WARM_UP_S: Final = 6.0
_STEP_S: Final = 20.0
_CALM_S: Final = 8.0
_SAMPLE_S: Final = 1.0
_MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Overload:
    """What loads beyond the capacity did.

    Attributes:
        clients: Who measured the capacity, each asking one picture after the other.
        capacity: Requests a second that were answered then.
        steps: The loads in the order of time; that of the clients is the first.
        calm_again_s: From the end of the last overload until a gentle load was answered as before.
        client_first: The client got a core whenever it wanted one, as on a machine of its own.
    """

    clients: int
    capacity: float
    steps: tuple[Step, ...]
    calm_again_s: float
    client_first: bool


def pictures(vehicles: Sequence[Path], drivers: Sequence[Path]) -> Requests:
    """Requests to read a plate and to recognise a driver, in turn."""
    asked = chain.from_iterable(
        (
            body_request("/readPlateNumber", vehicle.read_bytes()),
            body_request("/v1/faces:identify", driver.read_bytes()),
        )
        for vehicle, driver in zip(vehicles, drivers, strict=False)
    )
    return [(one,) for one in asked]


def overload(service: Service, requests: Requests) -> Overload:
    """Measure the capacity, offer multiples of it, and then little.

    Args:
        service: With ``REPLICAS`` of every deployment, started.
        requests: What is asked, in turn.
    """
    await_whole(service)
    with _client_first() as first:
        return _offer_all(service, requests, client_first=first)


@contextmanager
def _client_first() -> Iterator[bool]:
    """Meanwhile this process need not wait for a core; that takes root, and False says no."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _offer_all(service: Service, requests: Requests, *, client_first: bool) -> Overload:
    port = int(service.url.rsplit(":", 1)[1])
    clients = round(_CLIENTS_SHARE * REPLICAS * Settings().limits.max_requests_in_flight)
    asyncio.run(closed(port, requests, clients, _WARM_UP_S))
    full = Load(f"{clients} clients", _STEP_S)
    measured, *_ = _measure(service, full, closed(port, requests, clients, full.seconds))
    capacity = measured.rate

    def offer(name: str, times: float, seconds: float) -> tuple[Step, list[Asked], float]:
        load = Load(name, seconds, times * capacity)
        return _measure(service, load, open_loop(port, requests, times * capacity, seconds))

    before, *_ = offer("gentle, before", _CALM_SHARE, _CALM_S)
    over = [offer(f"{times} x the capacity", times, _STEP_S)[0] for times in TIMES]
    after, asked, began = offer("gentle, after", _CALM_SHARE, _CALM_S)
    calm_again_s = calm_again_after(asked, began, before.accepted_ms.p99 or 0.0)
    return Overload(clients, capacity, (measured, before, *over, after), calm_again_s, client_first)


def _measure(
    service: Service, load: Load, asking: Coroutine[Any, Any, list[Asked]]
) -> tuple[Step, list[Asked], float]:
    """The load's figures, its requests, and when it began."""
    processes = service.processes()
    this = [psutil.Process()]
    cpu_before, waited_before = cpu_of(processes), waited_of(processes)
    own_before, own_waited_before = cpu_of(this), waited_of(this)
    began = time.perf_counter()
    with _watched(processes) as most:
        asked = asyncio.run(asking)
    took = time.perf_counter() - began
    cpu = between(cpu_before, cpu_of(processes))
    waited = between(waited_before, waited_of(processes))
    spent = Spent(
        sum(between(own_before, cpu_of(this)).values()) / took,
        {group: seconds / took for group, seconds in cpu.items()},
        sum(between(own_waited_before, waited_of(this)).values()) / took,
        {group: seconds / took for group, seconds in waited.items()},
        {group: size / _MB for group, size in most.items()},
    )
    return counted(load, asked, began, spent), asked, began


@contextmanager
def _watched(processes: Sequence[psutil.Process]) -> Iterator[dict[str, int]]:
    """Looks at the memory of processes meanwhile: the most of each group, bytes of RSS."""
    most: dict[str, int] = {}
    ended = threading.Event()

    def watch() -> None:
        while True:
            for group, size in resident_of(processes).items():
                most[group] = max(size, most.get(group, 0))
            if ended.wait(_SAMPLE_S):
                return

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()
