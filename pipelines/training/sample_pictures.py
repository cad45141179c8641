"""Draws the sample pictures that both id routes answer on a fresh machine.

``python -m pipelines.training.sample_pictures [FOLDER]`` writes ``images/{id}.jpg`` and
``truth.csv`` (id, text, country). The same script draws the same pictures every time; all of them
take a few minutes.
"""

import argparse
import csv
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.training.sample_backdrops import CLEAR, EVENING, OVERCAST, Weather
from pipelines.training.sample_plates import DESIGNS
from pipelines.training.sample_streets import Parked, Street, photograph
from pipelines.training.sample_vehicles import (
    HATCHBACK_REAR,
    SEDAN_FRONT,
    SEDAN_REAR,
    SUV_REAR,
    Car,
    CarShape,
    Colour,
    Motorbike,
)

FOLDER = Path(__file__).with_name("sample_pictures")
MAX_BYTES = 80_000

RED: Colour = (0.3, 0.015, 0.02)
BLUE: Colour = (0.03, 0.1, 0.28)
SILVER: Colour = (0.42, 0.43, 0.45)
WHITE: Colour = (0.68, 0.68, 0.66)
GRAPHITE: Colour = (0.06, 0.065, 0.07)
GREEN: Colour = (0.03, 0.12, 0.07)
SAND: Colour = (0.4, 0.32, 0.22)

CYRILLIC = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")  # noqa: RUF001 the letters of the plates


@dataclass(frozen=True)
class Sample:
    """One picture: its id, the text in it (empty: none), the country, and how to draw it."""

    pict_id: str
    text: str
    country: str
    draw: Callable[[], NDArray[np.uint8]]


def _parked(
    written: tuple[str, str],
    vehicle: tuple[CarShape, Colour],
    place: tuple[float, float, float],
    lit: bool = False,
) -> Parked:
    """A car with a (design, text) plate and a (shape, paint) at (x, z, yaw)."""
    design, text = written
    lettering = text.translate(CYRILLIC) if design == "RU" else text
    x, z, yaw = place
    return Parked(Car(*vehicle, lit=lit), DESIGNS[design](lettering), x, z, yaw)


def _street(
    pict_id: str,
    parked: tuple[Parked, ...],
    weather: Weather,
    view: tuple[float, float, float],
    wide: bool = False,
) -> Callable[[], NDArray[np.uint8]]:
    x, height, distance = view
    street = Street(
        parked,
        weather,
        size=(1280, 720) if wide else (960, 640),
        camera=(x, height, distance),
        target=(0.1 * x, 0.72, -0.6),
        seed=int(pict_id),
    )
    return partial(photograph, street)


def _motorbike() -> Callable[[], NDArray[np.uint8]]:
    plate = DESIGNS["VN motorbike"]("59-X1 234.56")
    street = Street(
        (Parked(Motorbike(RED), plate, yaw=9),),
        CLEAR,
        size=(800, 600),
        camera=(0.35, 1.25, 2.1),
        target=(0.0, 0.6, -0.5),
        seed=10024,
    )
    return partial(photograph, street)


def _cropped(design: str, text: str, seed: int) -> Callable[[], NDArray[np.uint8]]:
    """A grey picture that shows nothing but the plate, 260 x 56 pixels."""

    def draw() -> NDArray[np.uint8]:
        lettering = text.translate(CYRILLIC) if design == "RU" else text
        drawing = DESIGNS[design](lettering).drawing
        grey = cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY) * 0.8 + 0.06
        small = cv2.resize(grey, (260, 56), interpolation=cv2.INTER_AREA)
        noise = np.random.default_rng(seed).normal(0, 0.02, small.shape)
        soft = cv2.GaussianBlur(small, (0, 0), 0.8) + noise
        return np.asarray(np.clip(soft * 255, 0, 255), dtype=np.uint8)

    return draw


def samples() -> tuple[Sample, ...]:
    """Describe all sample pictures; nothing is rendered yet."""

    def car(
        pict_id: str,
        written: tuple[str, str],
        vehicle: tuple[CarShape, Colour],
        weather: Weather,
        view: tuple[float, float, float],
        yaw: float,
    ) -> Sample:
        parked = _parked(written, vehicle, (0.0, 0.0, yaw), lit=weather is EVENING)
        wide = int(pict_id) % 3 == 0
        country, text = written
        return Sample(pict_id, text, country, _street(pict_id, (parked,), weather, view, wide))

    near = _parked(("IT", "EX 482 KV"), (HATCHBACK_REAR, BLUE), (0.7, 0.0, 4.0))
    far = _parked(("DE", "HH KS4071"), (SEDAN_REAR, GREEN), (-2.05, -5.0, 4.0))
    pair = _street("10033", (near, far), OVERCAST, (-0.5, 1.7, 4.0), wide=True)
    bare = Parked(Car(SEDAN_REAR, SAND), None, 0.2, -0.6, -28)
    return (
        car("10022", ("RU", "A123BC77"), (SEDAN_REAR, RED), CLEAR, (0.6, 1.4, 3.7), 6),
        car("9965", ("RU", "M456TK199"), (SUV_REAR, GRAPHITE), OVERCAST, (-0.5, 1.5, 3.8), -6),
        car("10023", ("VN", "30A-123.45"), (SEDAN_REAR, SILVER), CLEAR, (0.2, 1.6, 3.6), -9),
        Sample("10024", "59-X1 234.56", "VN", _motorbike()),
        car("10025", ("BR", "BRA2E19"), (SEDAN_REAR, GRAPHITE), CLEAR, (0.7, 1.3, 3.3), 10),
        car("10026", ("DE", "KA TX2048"), (SEDAN_FRONT, GRAPHITE), EVENING, (0.3, 1.3, 3.5), 8),
        car("10027", ("GB", "AB12 CDE"), (SUV_REAR, WHITE), OVERCAST, (0.4, 1.6, 3.9), 11),
        car("10028", ("FR", "AB-123-CD"), (HATCHBACK_REAR, GREEN), OVERCAST, (-0.6, 1.4, 3.4), -12),
        car("10029", ("ES", "4821 KLM"), (HATCHBACK_REAR, RED), EVENING, (0.3, 1.5, 3.4), 5),
        car("10030", ("PL", "WA 48215"), (SEDAN_FRONT, BLUE), CLEAR, (-0.4, 1.4, 3.4), -7),
        car("10032", ("VN", "30M-2943"), (SUV_REAR, SAND), CLEAR, (0.1, 1.5, 3.6), 3),
        Sample("10033", "EX 482 KV", "IT", pair),
        Sample("10000", "", "", _street("10000", (bare,), CLEAR, (0.2, 1.5, 4.2))),
        Sample("10040", "K794HH197", "RU", _cropped("RU", "K794HH197", 10040)),
        Sample("10041", "51F-970.22", "VN", _cropped("VN", "51F-970.22", 10041)),
    )


def encode(picture: NDArray[np.uint8]) -> bytes:
    """Encode as the best JPEG of at most ``MAX_BYTES`` bytes."""
    for quality in (92, 88, 84, 80, 75, 70, 60, 50):
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(encoded) <= MAX_BYTES:
            break
    return bytes(encoded)


def _render(index: int) -> bytes:
    cv2.setNumThreads(1)
    return encode(samples()[index].draw())


def write(folder: Path, only: Collection[str] = (), workers: int = 2) -> None:
    """Draw into ``folder``: ``images/{id}.jpg`` of all ids or of ``only``, and ``truth.csv``."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    described = samples()
    indexes = [i for i, sample in enumerate(described) if not only or sample.pict_id in only]
    with ProcessPoolExecutor(workers) as pool:
        for index, encoded in zip(indexes, pool.map(_render, indexes), strict=True):
            (folder / "images" / f"{described[index].pict_id}.jpg").write_bytes(encoded)
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("id", "text", "country"))
        rows.writerows((sample.pict_id, sample.text, sample.country) for sample in described)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--only", nargs="*", default=(), help="ids; all without it")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    write(arguments.folder, arguments.only, arguments.workers)
