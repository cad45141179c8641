"""Deals the faults one after the other to a service under load."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httpx

from tests.bench.faults.blows import DEPLOYMENTS, Blow
from tests.bench.faults.registrations import Kept, check_and_erase, requests
from tests.bench.faults.traffic import Stream, Traffic
from tests.bench.faults.windows import Window, last_failure, window
from tests.bench.throughput.connection import body_request
from tests.serve.service import Service

REPLICAS: Final = 2
RATES: Final = {"plates": 3.0, "drivers": 2.0, "registrations": 0.5}
"""Requests a second, far below what two cores answer: faults are to be seen, not load."""

_NO_FACE: Final = HTTPStatus.UNPROCESSABLE_ENTITY
"""Of a photo that shows no face, and of photos that cannot be used: the models' own answer."""

_CALM_S: Final = 10.0
_LEAST_S: Final = 30.0
_MOST_S: Final = 150.0
_WHOLE_WITHIN_S: Final = 180.0
_LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fault did, and what became of the registrations around it."""

    window: Window
    kept: Kept
    whole_again_s: float
    """From the fault until every deployment had all its replicas and was ready."""


Arguments = Mapping[str, Mapping[str, Any]]
"""Of the application, by section."""


def service_in(folder: Path, database_url: str, changes: Arguments) -> Service:
    """The shipped configuration with two replicas of everything; not started yet.

    Args:
        folder: Of everything but the database.
        database_url: The gallery's.
        changes: What else is to be otherwise.
    """
    two: Mapping[str, Any] = {"autoscaling_config": None, "num_replicas": REPLICAS}
    return Service(
        folder,
        args={
            "gallery": {"database_url": database_url, "snapshots": str(folder / "snapshots")},
            **changes,
        },
        deployments=dict.fromkeys(DEPLOYMENTS, two),
    )


def streams(
    vehicles: Sequence[Path], known: Sequence[Path], new: Mapping[str, Sequence[Path]]
) -> dict[str, Stream]:
    """The load: pictures of plates, photos of enrolled drivers, and new drivers.

    Args:
        vehicles: Pictures of vehicles.
        known: Photos of people.
        new: Photos of people to be enrolled, by name.
    """

    def pictures(path: str, files: Sequence[Path]) -> Iterator[bytes]:
        return cycle([body_request(path, one.read_bytes()) for one in files])

    return {
        # A picture without a readable plate is answered by 404.
        "plates": Stream(
            RATES["plates"],
            pictures("/readPlateNumber", vehicles),
            frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND}),
        ),
        "drivers": Stream(
            RATES["drivers"],
            pictures("/v1/faces:identify", known),
            frozenset({HTTPStatus.OK, _NO_FACE}),
        ),
        "registrations": Stream(
            RATES["registrations"],
            requests(new),
            frozenset({HTTPStatus.CREATED, HTTPStatus.CONFLICT, _NO_FACE}),
        ),
    }


def deal(service: Service, traffic: Traffic, blow: Blow) -> Outcome:
    """Deal one fault, and wait until nothing fails any more and everything is there again.

    Raises:
        TimeoutError: It is not whole again in time.
    """
    await_whole(service)
    before = time.monotonic()
    time.sleep(_CALM_S)
    at = time.monotonic()
    blow.deal()
    dealt = time.monotonic()
    await_whole(service)
    whole = time.monotonic()
    while (
        time.monotonic() < max(dealt + _LEAST_S, last_failure(traffic.sent, at) + _CALM_S)
        and time.monotonic() < at + _MOST_S
    ):
        time.sleep(_LOOK_S)
    until = time.monotonic()
    sent = traffic.sent
    with service.client() as http:
        kept = check_and_erase(http, [one for one in sent if before <= one.due < until])
    return Outcome(window(blow.name, sent, (at, until), before), kept, whole - at)


def await_whole(service: Service) -> None:
    """Wait until every deployment has its replicas, and all of it answers.

    Raises:
        TimeoutError: Not in three minutes.
    """
    _await(lambda: all(len(service.replicas(one)) >= REPLICAS for one in DEPLOYMENTS))
    _await(lambda: _is_ready(service))


def _is_ready(service: Service) -> bool:
    with suppress(httpx.TransportError), service.client(timeout_s=10) as http:
        return http.get("/readyz").status_code == HTTPStatus.OK
    return False


def _await(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + _WHOLE_WITHIN_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"the service is not whole again in {_WHOLE_WITHIN_S:g} s")
        time.sleep(_LOOK_S)
