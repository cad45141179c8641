"""Recognition through HTTP: the service with its shipped configuration."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tqdm import tqdm

from tests.bench.people import People
from tests.bench.rates import Rate
from tests.bench.tables import Table
from tests.serve.service import Service

T = TypeVar("T")
R = TypeVar("R")

CLIENTS = 4
ENROLLED_PHOTOS = 3


class Served:
    """The running service; a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gatehouse-")
        self._service = Service(Path(self._folder.name))

    def __enter__(self) -> httpx.Client:
        self._service.start()
        self._client = self._service.client()
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._service.stop()
        self._folder.cleanup()


def read_plates(http: httpx.Client, photos: Sequence[Path]) -> list[str]:
    """Asks for the plate of each photo; an empty text where none is read.

    Raises:
        RuntimeError: An answer is neither a plate nor that there is none.
    """

    def read(photo: Path) -> str:
        answer = http.post("/readPlateNumber", content=photo.read_bytes())
        if answer.status_code not in (200, 404):
            raise RuntimeError(f"{photo.name}: {answer.status_code} {answer.text}")
        return str(answer.json().get("plate_number", ""))

    return _each("plates over HTTP", read, list(photos))


def same_as_in_process(served: Sequence[str], in_process: Sequence[str]) -> Table:
    """Compares the texts that the service gives with those of the pipeline called directly."""
    same = Rate(
        sum(one == other for one, other in zip(served, in_process, strict=True)), len(served)
    )
    return Table(
        "Served over HTTP, against the same pipeline in process",
        ("", "", "photos", "same answer"),
        (("shipped configuration", "", str(same.total), f"{same.share:.1%}"),),
    )


def measure_drivers(http: httpx.Client, known: People) -> dict[str, Any]:
    """Enrols three photos a driver; every other photo of drivers and strangers is a probe.

    Raises:
        RuntimeError: An answer is not one that the pictures allow for.
    """

    def enrol(name: str) -> int:
        photos = known.drivers[name][:ENROLLED_PHOTOS]
        files = [("images", (photo.name, photo.read_bytes())) for photo in photos]
        answer = http.post("/api/face/register", files=files)
        if answer.status_code != 200:
            raise RuntimeError(f"{name}: {answer.status_code} {answer.text}")
        return int(answer.json()["user_id"])

    def recognize(photo: Path) -> int | str:
        answer = http.post("/api/face/recognize", files={"image": photo.read_bytes()})
        if answer.status_code not in (200, 400):
            raise RuntimeError(f"{photo.name}: {answer.status_code} {answer.text}")
        body = answer.json()
        return str(body["error"]) if "error" in body else int(body["user_id"])

    names = list(known.drivers)
    user_ids = dict(zip(names, _each("enrolment", enrol, names), strict=True))
    probes = [(name, photo) for name in names for photo in known.drivers[name][ENROLLED_PHOTOS:]]
    found = _each("drivers", lambda probe: recognize(probe[1]), probes)
    strangers = _each("strangers", recognize, known.strangers)
    right = [answer == user_ids[name] for (name, _), answer in zip(probes, found, strict=True)]
    answers = list(zip(found, right, strict=True))
    no_face = "can not detect face from image"
    return {
        "enrolled": len(names),
        "drivers missed": _rate(not is_right for is_right in right),
        "drivers taken for another": _rate(
            isinstance(answer, int) and not is_right for answer, is_right in answers
        ),
        "strangers accepted": _rate(isinstance(answer, int) for answer in strangers),
        "faces not found": _rate(answer == no_face for answer in [*found, *strangers]),
    }


def drivers_table(drivers: dict[str, Any]) -> Table:
    """The figures of ``measure_drivers``."""
    rates = {
        name: Rate(one["hits"], one["total"]) for name, one in drivers.items() if name != "enrolled"
    }
    return Table(
        f"Drivers, {drivers['enrolled']} enrolled with {ENROLLED_PHOTOS} photos each, over HTTP",
        ("", "", "of", "share", "95 %"),
        tuple(
            (name, str(rate.hits), str(rate.total), f"{rate.share:.1%}", rate.interval_text)
            for name, rate in rates.items()
        ),
    )


def _each(label: str, work: Callable[[T], R], items: list[T]) -> list[R]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(tqdm(clients.map(work, items), total=len(items), desc=label))


def _rate(outcomes: Iterable[bool]) -> dict[str, Any]:
    seen = list(outcomes)
    rate = Rate(sum(seen), len(seen))
    return {"hits": rate.hits, "total": rate.total, "share": round(rate.share, 4)}
