"""Pictures with known plates, and without any, from GATEHOUSE_DATA: one part of the split."""

import csv
import hashlib
import inspect
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import cv2

from pipelines.training import plate_data, plate_split
from pipelines.training.plate_data import parse_label
from pipelines.training.plate_split import Part, Split
from pipelines.types import Box

T = TypeVar("T")

TWO_LINES = Path(__file__).with_name("two_line_plates.txt")
CUT_SIZE = (260, 56)
"""Width and height of pictures that gate cameras cut out themselves."""

_LEAST_CUT_ASPECT = 2.0
_PLATELESS_FOLDERS = {"drivers": "drivers", "strangers": "strangers (in the detector's training)"}

_INDIAN = re.compile(
    "(?:A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK"
    r"|T[GNRS]|U[AKP]|WB)\d{1,2}[A-Z]{0,3}\d{1,4}"
)
_SEVERAL_REGIONS = {"IN/NL/EU": "NL/EU", "US/EU mixed": "US/EU", "mixed": "mixed"}


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """A plate of a picture.

    Attributes:
        box: Where it is, in pixels; None where the picture is the plate.
        text: What it says, None where that is not known.
        region: Where it is from, as far as that is known.
        from_model: The label was first read by fast-alpr's v2 reader, then checked by eye.
        two_lines: Its text stands in two lines.
    """

    box: Box | None
    text: str | None = None
    region: str = ""
    from_model: bool = False
    two_lines: bool = False


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture, where it comes from, and its plates."""

    path: Path
    source: str
    plates: tuple[LabelledPlate, ...]

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True, slots=True)
class Pictures:
    """What one run measures on.

    Attributes:
        photos: Photos with all their labelled plates.
        crops: Labelled crops whose photo is not there.
        cuts: All labelled crops of a plate's proportions, to be made small and grey.
        plateless: Pictures without plates by kind.
    """

    photos: list[LabelledPicture]
    crops: list[LabelledPicture]
    cuts: list[LabelledPicture]
    plateless: dict[str, list[Path]] = field(default_factory=dict)


def pictures(data: Path, split: Split, part: Part, *, plateless: int, seed: int) -> Pictures:
    """Collects one part of the development pictures.

    Args:
        data: The folder that holds ``plates`` and ``faces``.
        split: Their division.
        part: Which part.
        plateless: Pictures without plates, at most, of each kind.
        seed: Decides which of these.
    """
    plates = data / "plates"
    known = _labels(plates)
    by_photo: dict[str, dict[int, LabelledPlate]] = defaultdict(dict)
    for crop, (photo, index) in split.photo_of.items():
        by_photo[photo][index] = known[crop]
    photos = [
        _photo(plates / "detect/images" / name, by_photo[name])
        for name, its_part in sorted(split.photos.items())
        if its_part == part
    ]
    crops = [
        LabelledPicture(plates / "read/images" / name, _source(name), (known[name],))
        for name, its_part in sorted(split.crops.items())
        if its_part == part
    ]
    order = random.Random(seed)
    kinds = {
        title: _sample(order, sorted((data / "faces" / folder).rglob("*.jpg")), plateless)
        for folder, title in _PLATELESS_FOLDERS.items()
    }
    return Pictures(
        [photo for photo in photos if photo.plates],
        [crop for crop in crops if crop.name not in split.photo_of],
        [crop for crop in crops if _is_wide(crop.path)],
        kinds,
    )


def fewer(chosen: Pictures, *, photos: int, crops: int, seed: int) -> Pictures:
    """A sample that the seed decides, of at most so many photos with texts, crops and cuts."""
    order = random.Random(seed)
    known = [one for one in chosen.photos if any(plate.text is not None for plate in one.plates)]
    return replace(
        chosen,
        photos=_sample(order, known, photos),
        crops=_sample(order, chosen.crops, crops),
        cuts=_sample(order, chosen.cuts, crops),
    )


def cut_grey(path: Path, target: Path) -> None:
    """Writes a crop as a grey picture of ``CUT_SIZE``, whatever its proportions."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(target), cv2.resize(grey, CUT_SIZE, interpolation=cv2.INTER_AREA))


def division(data: Path, cache: Path) -> Split:
    """The split of ``data``, kept in ``cache`` until the pictures or the rules change.

    Args:
        data: ``data/plates`` of the development data.
        cache: Folder for ``split-*.json``.
    """
    digest = hashlib.sha256()
    for module in (plate_split, plate_data):
        digest.update(inspect.getsource(module).encode())
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(data)} {path.stat().st_size}\n".encode())
    kept = cache / f"split-{digest.hexdigest()[:16]}.json"
    if kept.is_file():
        return Split.load(kept)
    split = plate_split.split_plates(data)
    cache.mkdir(exist_ok=True)
    split.save(kept)
    return split


def region_of(text: str, region: str) -> str:
    """A plate's region: of labels that name several, India is told by its texts."""
    if region not in _SEVERAL_REGIONS:
        return region
    return "IN" if _INDIAN.fullmatch(text) else _SEVERAL_REGIONS[region]


def _labels(plates: Path) -> dict[str, LabelledPlate]:
    lines = TWO_LINES.read_text(encoding="utf-8").splitlines()
    two_lines = {line for line in lines if not line.startswith("#")}
    with (plates / "read/labels.csv").open(encoding="utf-8") as table:
        return {
            row["image"]: LabelledPlate(
                None,
                row["text"],
                region_of(row["text"], row["region"]),
                row["source"].endswith(":visual"),
                row["image"] in two_lines,
            )
            for row in csv.DictReader(table)
        }


def _photo(path: Path, known: dict[int, LabelledPlate]) -> LabelledPicture:
    label = path.parent.parent / "labels" / f"{path.stem}.txt"
    fractions = parse_label(label.read_text(encoding="utf-8")).tolist()
    height, width = _size(path)
    boxes = [Box(x1 * width, y1 * height, x2 * width, y2 * height) for x1, y1, x2, y2 in fractions]
    plates = [
        replace(known.get(index, LabelledPlate(None)), box=box) for index, box in enumerate(boxes)
    ]
    return LabelledPicture(path, _source(path.name), tuple(plates))


def _size(path: Path) -> tuple[int, int]:
    shape: tuple[int, ...] = cv2.imread(str(path)).shape
    return shape[0], shape[1]


def _is_wide(path: Path) -> bool:
    height, width = _size(path)
    return width >= _LEAST_CUT_ASPECT * height


def _source(name: str) -> str:
    return name.split("__", maxsplit=1)[0]


def _sample(order: random.Random, items: Sequence[T], most: int) -> list[Any]:
    """Keeps the items' order."""
    chosen = sorted(order.sample(range(len(items)), min(most, len(items))))
    return [items[index] for index in chosen]
