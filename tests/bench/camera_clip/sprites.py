"""What moves through the clip: vehicles and faces, cut out of pictures."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.geometry import clip, grow
from pipelines.plate_text import interpret
from pipelines.types import Box, Picture
from tests.bench.dataset import division, pictures
from tests.bench.people import people

SAMPLES: Final = Path(__file__).resolve().parents[3] / "pipelines/training/sample_pictures"
RESULTS: Final = Path(__file__).resolve().parents[1] / "results"

_CAR: Final = Box(110, 90, 770, 520)
"""Where the samples show the car, in a picture of 960 x 640 px."""

_PLATE_WIDTH: Final = 130
"""Of a photo's plate in the clip, where the vehicle is nearest; pixels."""

_LEAST_PLATE: Final = 90
_HEAD: Final = Box(45, 45, 205, 205)
"""Where the photos show the head, and nobody behind it, in a picture of 250 x 250 px."""

_FACE_SIDE: Final = 180
_FEATHER: Final = 0.12
_ENROLLED_PHOTOS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A cut-out.

    Attributes:
        name: The plate's text, or the person's name.
        picture: ``(h, w, 3)`` uint8 BGR, as large as it is where it is nearest.
        mask: ``(h, w)`` float32, how opaque, [0, 1].
        person: Whether it is a person.
    """

    name: str
    picture: Picture
    mask: NDArray[np.float32]
    person: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose photos are there: some to enrol, one that walks by."""

    name: str
    enrolled: tuple[Path, ...]
    sprite: Sprite


def street() -> Picture:
    """A street without a vehicle, 960 x 640 px."""
    picture: Picture = cv2.imread(str(SAMPLES / "images/10000.jpg"))
    return picture


def drawn_vehicles() -> Iterator[Sprite]:
    """The vehicles of the sample pictures, which this project drew."""
    with (SAMPLES / "truth.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            picture = cv2.imread(str(SAMPLES / "images" / f"{row['id']}.jpg"))
            if not row["text"] or picture.shape[:2] != (640, 960):
                continue
            car = _cut(picture, _CAR)
            yield Sprite(interpret(row["text"]).text, car, _feathered(car))


def photographed_vehicles(data: Path, most: int, seed: int) -> list[Sprite]:
    """Vehicles of the development photos: the surroundings of each plate.

    Args:
        data: GATEHOUSE_DATA.
        most: Vehicles.
        seed: Decides which.
    """
    chosen = pictures(
        data / "data", division(data / "data/plates", RESULTS), "test", plateless=0, seed=seed
    )
    photos = [one for one in chosen.photos if len(one.plates) == 1]
    random.Random(seed).shuffle(photos)
    found: dict[str, Sprite] = {}
    for photo in photos:
        plate = photo.plates[0]
        if len(found) == most:
            break
        if plate.box is None or plate.text is None or plate.box.width < _LEAST_PLATE:
            continue
        picture = cv2.imread(str(photo.path))
        height, width = picture.shape[:2]
        around = grow(plate.box, 1.6 * plate.box.width, 1.1 * plate.box.width)
        cut = _cut(picture, clip(around, width, height))
        scale = _PLATE_WIDTH / plate.box.width
        vehicle = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        text = interpret(plate.text).text
        found.setdefault(text, Sprite(text, vehicle, _feathered(vehicle)))
    return list(found.values())


def walkers(data: Path, most: int, seed: int) -> list[Person]:
    """People of the development photos with photos to spare."""
    found: list[Person] = []
    for name, photos in people(data / "data/faces", seed=seed).drivers.items():
        if len(photos) > _ENROLLED_PHOTOS and len(found) < most:
            picture = cv2.imread(str(photos[_ENROLLED_PHOTOS]))
            face = cv2.resize(
                _cut(picture, _HEAD), (_FACE_SIDE, _FACE_SIDE), interpolation=cv2.INTER_AREA
            )
            sprite = Sprite(name, face, _oval(face), person=True)
            found.append(Person(name, tuple(photos[:_ENROLLED_PHOTOS]), sprite))
    return found


def _cut(picture: Picture, box: Box) -> Picture:
    return picture[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)].copy()


def _feathered(picture: Picture) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    edge = int(_FEATHER * min(height, width))
    mask = np.zeros((height, width), np.float32)
    mask[edge // 2 : height - edge // 2, edge // 2 : width - edge // 2] = 1.0
    return np.asarray(cv2.blur(mask, (edge, edge)), np.float32)


def _oval(picture: Picture) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.float32)
    middle, half = (width // 2, height // 2), (int(0.42 * width), int(0.48 * height))
    cv2.ellipse(mask, middle, half, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.blur(mask, (9, 9)), np.float32)
