"""Registrations as a stream of requests, and whether what was acknowledged is there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from tests.bench.faults.traffic import Sent
from tests.bench.throughput.connection import body_request

PHOTOS = 3
PATH = "/v1/drivers"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of registrations.

    Attributes:
        acknowledged: Registrations that were answered with a driver.
        lost: Ids of those that are not there whole.
    """

    acknowledged: int
    lost: tuple[int, ...]


def requests(people: Mapping[str, Sequence[Path]]) -> Iterator[bytes]:
    """Registrations of one person after the other, again from the start after the last one.

    Somebody who is registered already is refused with 409, which is a right answer too.
    """
    bodies = [_request(name, photos[:PHOTOS]) for name, photos in sorted(people.items())]
    while True:
        yield from bodies


def check_and_erase(http: httpx.Client, sent: Sequence[Sent]) -> Kept:
    """Look for every acknowledged driver, and erase all so that they can be registered again.

    Raises:
        httpx.HTTPStatusError: An answer is neither the driver nor that there is none.
    """
    acknowledged = {
        int(driver["id"]): int(driver["face_count"])
        for one in sent
        if one.status == HTTPStatus.CREATED
        for driver in (json.loads(one.body)["driver"],)
    }
    lost = []
    for driver_id, faces in acknowledged.items():
        reply = http.get(f"{PATH}/{driver_id}")
        if reply.status_code == HTTPStatus.NOT_FOUND:
            lost.append(driver_id)
            continue
        if reply.raise_for_status().json()["face_count"] != faces:
            lost.append(driver_id)
        http.delete(f"{PATH}/{driver_id}").raise_for_status()
    return Kept(len(acknowledged), tuple(lost))


def _request(name: str, photos: Sequence[Path]) -> bytes:
    files = [("images", (one.name, one.read_bytes(), "image/jpeg")) for one in photos]
    made = httpx.Request("POST", "http://bench/", data={"name": name}, files=files)
    return body_request(PATH, made.read(), made.headers["content-type"])
