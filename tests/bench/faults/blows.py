"""The faults, each dealt to a running service."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import psutil

from tests.postgresql import PostgresServer
from tests.serve.service import Service

DEPLOYMENTS: Final = ("Ingress", "PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex")
OUTAGE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault.

    Attributes:
        name: What is done.
        deal: Does it; returns when it is over, of what is there again by itself.
        spares: Kinds of requests that it should not touch at all; None for all kinds.
    """

    name: str
    deal: Callable[[], None]
    spares: frozenset[str] | None = None


def blows(service: Service, database: PostgresServer) -> list[Blow]:
    """Every fault, those of one replica first."""
    return [
        *(Blow(f"one {name} replica", partial(_one, service, name)) for name in DEPLOYMENTS),
        Blow("Serve's controller", lambda: _kill(service.controllers())),
        Blow("HAProxy", lambda: _kill(service.proxies()), frozenset()),
        Blow("HAProxy's manager", lambda: _kill(service.proxy_managers()), frozenset()),
        Blow(
            f"database away for {OUTAGE_S:g} s",
            partial(_outage, database),
            frozenset({"plates"}),
        ),
    ]


def _one(service: Service, deployment: str) -> None:
    _kill(service.replicas(deployment)[:1])


def _outage(database: PostgresServer) -> None:
    database.crash()
    time.sleep(OUTAGE_S)
    database.start()


def _kill(victims: Sequence[psutil.Process]) -> None:
    if not victims:
        raise LookupError("there is nothing to kill")
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
