"""Development photos with known plates and people, from GATEHOUSE_DATA."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.types import Picture

_SIGNATURE_SIZE = (32, 12)
# Crops were cut from photos of full size and the photos then made smaller, so a crop and its place
# in the photo differ by resampling: most pairs by 4 to 12 grey levels, other plates by over 20.
_LARGEST_DIFFERENCE = 14.0
_CLEAR_LEAD = 1.4


@dataclass(frozen=True, slots=True)
class PlatePhoto:
    """A photo, where it comes from, and the text of one of its plates."""

    path: Path
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class People:
    """Photos of drivers by name, and of strangers, one each."""

    drivers: dict[str, list[Path]]
    strangers: list[Path]


def plate_photos(data: Path) -> list[PlatePhoto]:
    """Pairs the labelled crops with the photos that they were cut from, by their content.

    Args:
        data: ``data/plates`` of the development data.

    Returns:
        Photos of exactly one plate, whose text is known; a crop without a clear photo is left out.
    """
    cuts: dict[str, list[tuple[Path, NDArray[np.float32]]]] = defaultdict(list)
    for path in sorted((data / "detect/images").iterdir()):
        cuts[_source(path.name)] += [(path, _signature(cut)) for cut in _the_plate(path)]
    texts: dict[Path, list[tuple[str, str]]] = defaultdict(list)
    with (data / "read/labels.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            source = _source(row["image"])
            crop = cv2.imread(str(data / "read/images" / row["image"]))
            photo = _photo_of(_signature(crop), cuts.get(source, []))
            if photo is not None:
                texts[photo].append((source, row["text"]))
    return [PlatePhoto(path, *known[0]) for path, known in sorted(texts.items()) if len(known) == 1]


def people(data: Path, *, seed: int) -> People:
    """The drivers, each one's photos in an order that the seed decides, and the strangers.

    Args:
        data: ``data/faces`` of the development data.
        seed: Decides which photos come first, and so are enrolled.
    """
    order = random.Random(seed)
    drivers = {}
    for folder in sorted((data / "drivers").iterdir()):
        photos = sorted(folder.iterdir())
        drivers[folder.name] = order.sample(photos, len(photos))
    return People(drivers, sorted((data / "strangers").iterdir()))


def _source(name: str) -> str:
    return name.split("__", maxsplit=1)[0]


def _the_plate(path: Path) -> Iterator[Picture]:
    """Cuts the plate of a photo that shows one, tightly and with a margin."""
    label = path.parent.parent / "labels" / f"{path.stem}.txt"
    boxes = label.read_text(encoding="utf-8").splitlines()
    if len(boxes) != 1:
        return
    picture = cv2.imread(str(path))
    height, width = picture.shape[:2]
    x, y, w, h = (float(value) for value in boxes[0].split()[1:5])
    for margin in (0.0, 0.05):
        half_w, half_h = (0.5 + margin) * w, (0.5 + margin) * h
        left, right = max(0, round((x - half_w) * width)), round((x + half_w) * width)
        top, bottom = max(0, round((y - half_h) * height)), round((y + half_h) * height)
        if right > left and bottom > top:
            yield picture[top:bottom, left:right]


def _signature(picture: Picture) -> NDArray[np.float32]:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, _SIGNATURE_SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).ravel()


def _photo_of(
    signature: NDArray[np.float32], cuts: list[tuple[Path, NDArray[np.float32]]]
) -> Path | None:
    nearest: dict[Path, float] = {}
    for path, cut in cuts:
        difference = float(np.abs(cut - signature).mean())
        nearest[path] = min(difference, nearest.get(path, np.inf))
    ranked = sorted(nearest, key=lambda path: nearest[path])
    if not ranked or nearest[ranked[0]] > _LARGEST_DIFFERENCE:
        return None
    if len(ranked) > 1 and nearest[ranked[1]] < _CLEAR_LEAD * nearest[ranked[0]]:
        return None
    return ranked[0]
