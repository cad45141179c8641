"""What a check at the gate takes, against reading the plate alone, over HTTP and one at a time.

``python -m tests.bench.gate_latency`` starts the service with its shipped configuration, makes a
driver and a vehicle known, and asks in turn: the plate alone, a check by one picture of both, and a
check by two. It prints the median and the 95th percentile of each, and the medians of the stages.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import httpx
import numpy as np
from skimage import data as skimage_data

from pipelines.imaging import encode_jpeg
from pipelines.types import Picture
from tests.serve.service import SAMPLE, Service

CHECK: Final = "/v1/gate:check"
READ: Final = "/v1/plates:read"
_WARM_UP: Final = 5


def face_photo(variant: int) -> Picture:
    """The face that scikit-image carries (NASA, public domain), a little changed."""
    picture = cv2.cvtColor(skimage_data.astronaut(), cv2.COLOR_RGB2BGR)
    changed: Picture = cv2.convertScaleAbs(picture, alpha=1 - 0.06 * variant, beta=4 * variant)
    return changed[:, 3 * variant :]


def beside(car: Picture, face: Picture) -> Picture:
    """One picture of both."""
    picture = np.zeros((max(len(car), len(face)), car.shape[1] + face.shape[1], 3), np.uint8)
    picture[: len(car), : car.shape[1]] = car
    picture[: len(face), car.shape[1] :] = face
    return picture


def prepared(http: httpx.Client, car: bytes) -> None:
    """Makes the driver and the vehicle of the pictures known."""
    photos = [("images", (f"{one}.jpg", encode_jpeg(face_photo(one)))) for one in range(3)]
    driver = http.post("/v1/drivers", files=photos).raise_for_status().json()["driver"]
    plate = http.post(READ, content=car).raise_for_status().json()["plates"][0]["text"]
    sent = {"plate": plate, "driver_ids": [driver["id"]]}
    http.post("/v1/vehicles", json=sent).raise_for_status()


def ask(http: httpx.Client, ways: Mapping[str, Mapping[str, Any]], rounds: int) -> dict[str, Any]:
    """Milliseconds of each way, and of its stages; the ways take turns."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    stages: dict[str, dict[str, list[float]]] = {way: defaultdict(list) for way in ways}
    for turn in range(rounds + _WARM_UP):
        for way, request in ways.items():
            began = time.perf_counter()
            answer = http.post(**request).raise_for_status().json()
            ms = 1000.0 * (time.perf_counter() - began)
            if answer.get("decision", "allow") != "allow":
                raise ValueError(f"{way}: {answer['reasons']}")
            if turn >= _WARM_UP:
                taken[way].append(ms)
                for stage, stage_ms in answer["timings_ms"].items():
                    stages[way][stage].append(stage_ms)
    return {"taken": taken, "stages": stages}


def lines(measured: Mapping[str, Any]) -> list[str]:
    """A line for each way."""
    said = []
    for way, taken in measured["taken"].items():
        medians = (
            f"{stage} {statistics.median(ms):.1f}" for stage, ms in measured["stages"][way].items()
        )
        said.append(
            f"{way:>28}: p50 {statistics.median(taken):.1f} ms, p95 {percentile(taken, 95):.1f} ms "
            f"({', '.join(medians)})"
        )
    return said


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many percent do not exceed."""
    return float(np.percentile(values, share))


def main(arguments: list[str]) -> int:
    """Prints the times; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args(arguments)
    car = SAMPLE.read_bytes()
    scene = cv2.imdecode(np.frombuffer(car, np.uint8), cv2.IMREAD_COLOR)
    face = face_photo(3)
    two = [("vehicle", ("car.jpg", car)), ("driver", ("face.jpg", encode_jpeg(face)))]
    both = encode_jpeg(beside(scene, face))
    ways: dict[str, dict[str, Any]] = {
        "plate alone": {"url": READ, "content": car},
        "plate alone, picture of both": {"url": READ, "content": both},
        "gate, picture of both": {"url": CHECK, "content": both},
        "gate, two pictures": {"url": CHECK, "files": two},
    }
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        service.start()
        try:
            with service.client() as http:
                prepared(http, car)
                measured = ask(http, ways, options.rounds)
        finally:
            service.stop()
    sys.stdout.write("\n".join(lines(measured)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
