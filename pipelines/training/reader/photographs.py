"""Real plates for the reader's training: labelled ones, and ones that a teacher is sure of."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from pipelines.engines.plate_corners import CornerFinder
from pipelines.training.plate_data import read_pictures
from pipelines.training.plate_split import Part, Split, read_texts
from pipelines.training.reader.network import CHARACTERS
from pipelines.training.reader.samples import (
    Packer,
    Pixels,
    Samples,
    box_corners,
    cut_with_surroundings,
)
from pipelines.types import Box, Picture, PlateReader

SURROUNDINGS: Final = 0.35
LONGEST_PX: Final = 220
SURE: Final = 0.83
"""Least calibrated confidence of each of a teacher's readings; 0.9 before calibration."""

_LENGTHS: Final = range(4, 11)
_TEACHER_MARGINS: Final = (0.0, 0.06)
_UNTAUGHT: Final = frozenset({"egypt_moto", "russia_null70", "us_florida_aug"})
"""Plates that are not Latin, or that the teacher reads in part, and copies of others' pictures."""

_REGIONS: Final = {"spain_vcp4": "ES", "italy": "IT", "india_dc": "IN", "indo_vlm": "ID"}
_COUNTRY_OF_SOURCE: Final = {"us_mixed_indo": "US", "us_florida": "US-FL", "russia_null70": "RU"}


@dataclass(frozen=True)
class RealPlate:
    """A plate in a picture: its name in the tables, its picture, its box in pixels."""

    name: str
    source: str
    pixels: Pixels
    box: tuple[float, float, float, float]


def labelled(data: Path, split: Split, part: Part) -> Samples:
    """Plates whose texts are known.

    Args:
        data: The development plates, with ``detect`` and ``read``.
        split: Says which plates belong to the part.
        part: Which plates.
    """
    texts = read_texts(data)
    boxes = {photo.path.name: photo for photo in read_pictures(data / "detect")}
    packer, finder = Packer(), CornerFinder()
    for name in sorted(name for name, its in split.crops.items() if its == part):
        if name in split.photo_of:
            photo_name, index = split.photo_of[name]
            photo = boxes[photo_name]
            pixels = _read(photo.path)
            box = _pixels(photo.boxes[index].tolist(), pixels)
        else:
            pixels = _read(data / "read/images" / name)
            box = _whole(pixels)
        _add(packer, finder, RealPlate(name, _source(name), pixels, box), texts[name])
    return packer.samples()


def sources(split: Split, part: Part) -> list[str]:
    """Where the plates of ``labelled`` come from, in its order."""
    return [_source(name) for name in sorted(split.crops) if split.crops[name] == part]


def teach(data: Path, split: Split, teacher: PlateReader, table: Path) -> None:
    """Writes what a teacher reads on the training plates whose texts are unknown.

    Every plate is read from two cuts; the table has the texts and confidences of both.

    Args:
        data: The development plates, with ``detect`` and ``unlabelled``.
        split: Only its training part is read.
        teacher: A reader that was not trained on these plates' labels.
        table: CSV file to write.
    """
    plates = list(_untold(data, split))
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["plate", "text", "confidence", "second_text", "second_confidence"])
        for plate in tqdm(plates, desc="teacher", mininterval=10):
            first, second = teacher.read([_cut(plate, margin) for margin in _TEACHER_MARGINS])
            rows.writerow(
                [plate.name, first.text, first.confidence, second.text, second.confidence]
            )


def taught(data: Path, split: Split, table: Path, sure: float = SURE) -> Samples:
    """Plates on which the teacher read the same text from both cuts, and was sure of it.

    Plates with the text of one that is for validation or the test are left out.
    """
    with table.open(encoding="utf-8") as file:
        known = {row["plate"]: row["text"] for row in csv.DictReader(file) if _agreed(row, sure)}
    texts = read_texts(data)
    measured = {texts[name] for name, part in split.crops.items() if part != "training"}
    packer, finder = Packer(), CornerFinder()
    for plate in _untold(data, split):
        if known.get(plate.name, "") not in {"", *measured}:
            _add(packer, finder, plate, known[plate.name])
    return packer.samples()


def _agreed(row: dict[str, str], sure: float) -> bool:
    text = row["text"]
    return (
        text == row["second_text"]
        and min(float(row["confidence"]), float(row["second_confidence"])) >= sure
        and len(text) in _LENGTHS
        and any(character.isdigit() for character in text)
        and all(character in CHARACTERS for character in text)
    )


def _untold(data: Path, split: Split) -> Iterator[RealPlate]:
    told = set(split.photo_of.values())
    for photo in read_pictures(data / "detect"):
        if split.photos[photo.path.name] != "training" or photo.source in _UNTAUGHT:
            continue
        pixels = _read(photo.path)
        for index, box in enumerate(photo.boxes.tolist()):
            if (photo.path.name, index) not in told:
                name = f"{photo.path.name}#{index}"
                yield RealPlate(name, photo.source, pixels, _pixels(box, pixels))
    for name in sorted(name for name, part in split.unlabelled.items() if part == "training"):
        pixels = _read(data / "unlabelled" / name)
        yield RealPlate(name, "indo_vlm", pixels, _whole(pixels))


def _add(packer: Packer, finder: CornerFinder, plate: RealPlate, text: str) -> None:
    """Adds a plate with its corners where they are found, as the service sees it."""
    cut, corners = cut_with_surroundings(plate.pixels, plate.box, SURROUNDINGS, LONGEST_PX)
    region = _REGIONS.get(plate.source) or _COUNTRY_OF_SOURCE.get(plate.source, "")
    found = finder.find(plate.pixels, [Box(*plate.box)])[0]
    if found is not None:
        origin, scale = np.array(plate.box[:2]), plate.box[2] - plate.box[0]
        shrink = (corners[1, 0] - corners[0, 0]) / scale
        corners = np.asarray((np.array(found) - origin) * shrink + corners[0], np.float32)
    packer.add(cut, text, region, corners, boxed=found is None)


def _cut(plate: RealPlate, margin: float) -> Picture:
    x1, y1, x2, y2 = plate.box
    height, width = plate.pixels.shape[:2]
    extra = margin * (y2 - y1)
    top, bottom = max(0, round(y1 - extra)), min(height, round(y2 + extra))
    left, right = max(0, round(x1 - extra)), min(width, round(x2 + extra))
    return plate.pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


def _pixels(box: Sequence[float], pixels: Pixels) -> tuple[float, float, float, float]:
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = box
    return x1 * width, y1 * height, x2 * width, y2 * height


def _whole(pixels: Pixels) -> tuple[float, float, float, float]:
    corners = box_corners(0, 0, pixels.shape[1], pixels.shape[0])
    return (0.0, 0.0, float(corners[2, 0]), float(corners[2, 1]))


def _source(name: str) -> str:
    return name.split("__", 1)[0] if "__" in name else name.rsplit("_", 1)[0]


def _read(path: Path) -> Pixels:
    return np.asarray(cv2.imread(str(path)), np.uint8)
