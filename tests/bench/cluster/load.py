"""The steady load of the cluster bench: pictures, drivers and registrations, with a key."""

import random
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Final

from tests.bench.faults.registrations import requests
from tests.bench.faults.traffic import Stream
from tests.bench.people import people
from tests.bench.throughput.connection import body_request

RATES: Final = {"plates": 2.0, "drivers": 1.0, "registrations": 0.3}
"""Requests a second: few, since three hosts with their starting replicas share one machine."""

_PICTURES: Final = 40
_SEED: Final = 1

# What the models themselves may say: no readable plate, no face, somebody who is registered.
_ANSWERS: Final = {
    "plates": {HTTPStatus.OK, HTTPStatus.NOT_FOUND},
    "drivers": {HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY},
    "registrations": {HTTPStatus.CREATED, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY},
}


def streams(data: Path, key: str) -> dict[str, Stream]:
    """The load, of the development data.

    Args:
        data: ``data`` of ``GATEHOUSE_DATA``.
        key: An API key that may enrol.
    """
    vehicles = sorted((data / "plates/detect/images").iterdir())
    drivers = people(data / "faces", seed=_SEED).drivers
    names = sorted(drivers)
    random.Random(_SEED).shuffle(names)
    half = len(names) // 2
    return streams_of(
        random.Random(_SEED).sample(vehicles, _PICTURES),
        [drivers[name][0] for name in names[:_PICTURES]],
        {name: drivers[name] for name in names[half:]},
        key,
    )


def streams_of(
    vehicles: Sequence[Path], faces: Sequence[Path], new: Mapping[str, Sequence[Path]], key: str
) -> dict[str, Stream]:
    """The load, of single pictures.

    Args:
        vehicles: Pictures of vehicles.
        faces: Photos of people.
        new: Photos of people to be enrolled, by name.
        key: An API key that may enrol.
    """
    plain: Mapping[str, Iterator[bytes]] = {
        "plates": cycle([body_request("/readPlateNumber", one.read_bytes()) for one in vehicles]),
        "drivers": cycle([body_request("/v1/faces:identify", one.read_bytes()) for one in faces]),
        "registrations": requests(new),
    }
    return {
        kind: Stream(
            RATES[kind],
            (with_key(one, key) for one in its),
            frozenset(_ANSWERS[kind]),
        )
        for kind, its in plain.items()
    }


def with_key(request: bytes, key: str) -> bytes:
    """A request of HTTP/1.1 with an API key in its head."""
    first, rest = request.split(b"\r\n", maxsplit=1)
    return b"\r\n".join([first, f"authorization: Bearer {key}".encode("ascii"), rest])
