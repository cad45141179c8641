"""``make bench-accuracy``: recognition through HTTP, on the development photos.

Starts the default service on free ports, reads plate photos, enrols every driver with three photos,
then sends all other photos of drivers and one of every stranger. Writes
``tests/bench/results/accuracy.json`` and prints the same figures.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
from tqdm import tqdm

from tests.bench.photos import People, PlatePhoto, people, plate_photos
from tests.bench.rates import Rate, folded
from tests.serve.service import ROOT, Service

T = TypeVar("T")
R = TypeVar("R")

RESULTS = ROOT / "tests/bench/results/accuracy.json"
CLIENTS = 4
ENROLLED_PHOTOS = 3


def main(arguments: list[str]) -> int:
    """Runs the bench; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200, help="plate photos, at most")
    parser.add_argument("--seed", type=int, default=1, help="decides which photos are taken")
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    data = Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data"

    photos = plate_photos(data / "plates")
    chosen = random.Random(options.seed).sample(photos, min(options.photos, len(photos)))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as folder:
        service = Service(Path(folder))
        service.start()
        try:
            with service.client() as http:
                figures = {
                    "plates": measure_plates(http, chosen),
                    "drivers": measure_drivers(http, people(data / "faces", seed=options.seed)),
                }
        finally:
            service.stop()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{time.monotonic() - started:.0f} s; figures in {RESULTS.name}\n")
    return 0


def measure_plates(http: httpx.Client, photos: list[PlatePhoto]) -> dict[str, Any]:
    """Reads every photo; a read is right when it equals the plate's text."""

    def read(photo: PlatePhoto) -> str:
        answer = http.post("/readPlateNumber", content=photo.path.read_bytes())
        if answer.status_code not in (200, 404):
            raise RuntimeError(f"{photo.path.name}: {answer.status_code} {answer.text}")
        return str(answer.json().get("plate_number", ""))

    texts = _each("plates", read, photos)
    report: dict[str, Any] = {}
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for photo, text in zip(photos, texts, strict=True):
        groups[photo.source].append((photo.text, text))
        groups["all"].append((photo.text, text))
    for source in sorted(groups, key=lambda name: (name == "all", name)):
        pairs = groups[source]
        report[source] = {
            "exact": _rate(f"{source}: exact", (a == b for a, b in pairs)),
            "folded": _rate(f"{source}: folded", (folded(a) == folded(b) for a, b in pairs)),
            "nothing read": _rate(f"{source}: nothing read", (not b for _, b in pairs)),
        }
    report["wrong"] = sorted(
        [photo.path.name, photo.text, text]
        for photo, text in zip(photos, texts, strict=True)
        if folded(photo.text) != folded(text)
    )
    return report


def measure_drivers(http: httpx.Client, known: People) -> dict[str, Any]:
    """Enrols three photos a driver; every other photo of drivers and strangers is a probe."""

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
    return {
        "enrolled": len(names),
        "drivers missed": _rate("drivers missed", (not one for one in right)),
        "drivers taken for another": _rate(
            "drivers taken for another",
            (
                isinstance(answer, int) and not is_right
                for answer, is_right in zip(found, right, strict=True)
            ),
        ),
        "strangers accepted": _rate(
            "strangers accepted", (isinstance(answer, int) for answer in strangers)
        ),
        "faces not found": _rate(
            "faces not found",
            (answer == "can not detect face from image" for answer in [*found, *strangers]),
        ),
    }


def _each(label: str, work: Callable[[T], R], items: list[T]) -> list[R]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(tqdm(clients.map(work, items), total=len(items), desc=label))


def _rate(label: str, outcomes: Iterable[bool]) -> dict[str, Any]:
    seen = list(outcomes)
    rate = Rate(sum(seen), len(seen))
    sys.stdout.write(f"{label:40s} {rate}\n")
    return {"hits": rate.hits, "total": rate.total, "share": round(rate.share, 4)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
