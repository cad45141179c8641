"""Which plate pictures train, which choose and which only measure.

Photographs, the crops cut from them and crops without a photograph are divided together: whatever
shows the same photograph, or carries the same text, lies on one side.
"""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, Self

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.plate_data import (
    LabelledPicture,
    difference_hash,
    group,
    group_pictures,
    near_duplicates,
    read_pictures,
)

Part = Literal["training", "validation", "test"]
Signature = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

TEST_SHARE: Final = 1 / 3
KNOWN_VALIDATION_SHARE: Final = 0.2
VALIDATION_SHARE: Final = 0.1
"""Of what is not for the test: of groups with and without known texts."""

LARGEST_TEST_GROUP: Final = 6
"""Larger groups always train: they would make the test monotonous."""

_SIGNATURE_SIZE: Final = (32, 12)
_MARGINS: Final = (0.0, 0.05)
LARGEST_DIFFERENCE: Final = 14.0
"""Mean grey levels. A crop and its place in its photo differ by resampling: most pairs by 4 to 12,
other plates by over 20."""

CROP_DUPLICATE_BITS: Final = 10
"""Of 128: plates resemble each other more than photographs do."""


@dataclass(frozen=True)
class Split:
    """A division of the development plates.

    Attributes:
        photos: Part of each file of ``detect/images``.
        crops: Part of each labelled crop of ``read/images``.
        unlabelled: Part of each crop of ``unlabelled``.
        photo_of: Crop of ``read/images`` -> its photo's file name and the index of the plate's box
            in the photo's label file.
    """

    photos: dict[str, Part]
    crops: dict[str, Part]
    unlabelled: dict[str, Part]
    photo_of: dict[str, tuple[str, int]]

    def save(self, path: Path) -> None:
        """Writes the division as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what ``save`` wrote."""
        known = json.loads(path.read_text(encoding="utf-8"))
        photo_of = {crop: (photo, index) for crop, (photo, index) in known.pop("photo_of").items()}
        return cls(**known, photo_of=photo_of)


def split_plates(data: Path) -> Split:
    """Divides the development plates by groups; the same files are divided in the same way.

    A third of the groups whose plates' texts are known is for the test. Of the rest a part of each
    source is for validation, a fifth where texts are known.

    Args:
        data: Folder with ``detect``, ``read`` and, if there are any, ``unlabelled`` crops.

    Raises:
        ValueError: A picture cannot be decoded.
    """
    photos = read_pictures(data / "detect")
    texts = read_texts(data)
    photo_of = _photos_of(sorted(texts), data, photos)
    loose = sorted((data / "unlabelled").glob("*.jpg")) if (data / "unlabelled").is_dir() else []
    crops = [data / "read/images" / name for name in sorted(texts)]

    place = {photo.path.name: index for index, photo in enumerate(photos)}
    first_crop, first_loose = len(photos), len(photos) + len(crops)
    pairs = [(a, b) for a, *rest in group_pictures(photos) for b in rest]
    by_text: dict[str, int] = {}
    for index, crop in enumerate(crops, first_crop):
        if crop.name in photo_of:
            pairs.append((place[photo_of[crop.name][0]], index))
        pairs.append((by_text.setdefault(texts[crop.name], index), index))
    pairs += [(first_crop + a, first_crop + b) for a, b in _alike([*crops, *loose])]

    names = [path.name for path in (*(photo.path for photo in photos), *crops, *loose)]
    labelled = range(first_crop, first_loose)
    parts = _parts(names, group(len(names), pairs), labelled)
    return Split(
        photos=dict(zip(names[:first_crop], parts[:first_crop], strict=True)),
        crops=dict(zip(names[first_crop:first_loose], parts[first_crop:first_loose], strict=True)),
        unlabelled=dict(zip(names[first_loose:], parts[first_loose:], strict=True)),
        photo_of=photo_of,
    )


def read_texts(data: Path) -> dict[str, str]:
    """Texts of the labelled crops by file name.

    Args:
        data: Folder with ``read/labels.csv``.
    """
    with (data / "read/labels.csv").open(encoding="utf-8") as table:
        return {row["image"]: row["text"] for row in csv.DictReader(table)}


def _parts(names: Sequence[str], groups: Sequence[Sequence[int]], labelled: range) -> list[Part]:
    by_source: dict[str, list[Sequence[int]]] = defaultdict(list)
    for members in groups:
        by_source[_source(names[members[0]])].append(members)
    parts: list[Part] = ["training"] * len(names)
    for candidates in by_source.values():
        small = [m for m in candidates if len(m) <= LARGEST_TEST_GROUP]
        known = [m for m in small if any(index in labelled for index in m)]
        other = [m for m in small if not any(index in labelled for index in m)]
        test, known = _drawn(names, known, TEST_SHARE)
        chosen: list[tuple[Part, list[Sequence[int]]]] = [
            ("test", test),
            ("validation", _drawn(names, known, KNOWN_VALIDATION_SHARE)[0]),
            ("validation", _drawn(names, other, VALIDATION_SHARE)[0]),
        ]
        for part, selected in chosen:
            for index in (index for members in selected for index in members):
                parts[index] = part
    return parts


def _drawn(
    names: Sequence[str], groups: Sequence[Sequence[int]], share: float
) -> tuple[list[Sequence[int]], list[Sequence[int]]]:
    ordered = sorted(groups, key=lambda m: hashlib.sha256(names[m[0]].encode()).hexdigest())
    taken = round(len(ordered) * share)
    return ordered[:taken], ordered[taken:]


def _photos_of(
    crops: Sequence[str], data: Path, photos: Sequence[LabelledPicture]
) -> dict[str, tuple[str, int]]:
    """Finds each crop's place among the labelled plates of its source, by content."""
    cuts: dict[str, list[tuple[str, int, Signature]]] = defaultdict(list)
    for photo in photos:
        pixels = _read(photo.path)
        for index, box in enumerate(photo.boxes.tolist()):
            cuts[photo.source] += [
                (photo.path.name, index, _signature(cut)) for cut in _cuts(pixels, box)
            ]
    found = {}
    for name in crops:
        signature = _signature(_read(data / "read/images" / name))
        places = cuts.get(_source(name), [])
        differences = [float(np.abs(known - signature).mean()) for *_, known in places]
        if differences and min(differences) <= LARGEST_DIFFERENCE:
            photo_name, index, _ = places[int(np.argmin(differences))]
            found[name] = (photo_name, index)
    return found


def _cuts(pixels: Pixels, box: Sequence[float]) -> Iterator[Pixels]:
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = box
    for margin in _MARGINS:
        dx, dy = margin * (x2 - x1), margin * (y2 - y1)
        left, right = max(0, round((x1 - dx) * width)), round((x2 + dx) * width)
        top, bottom = max(0, round((y1 - dy) * height)), round((y2 + dy) * height)
        cut = pixels[top:bottom, left:right]
        if cut.size:
            yield cut


def _alike(crops: Sequence[Path]) -> list[tuple[int, int]]:
    hashes = np.stack([difference_hash(_read(path)) for path in crops])
    return near_duplicates(hashes, hashes, CROP_DUPLICATE_BITS)


def _signature(pixels: Pixels) -> Signature:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, _SIGNATURE_SIZE, interpolation=cv2.INTER_AREA), np.float32)


def _read(path: Path) -> Pixels:
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise ValueError(f"cannot decode {path}")
    return np.asarray(pixels, np.uint8)


def _source(name: str) -> str:
    return name.split("__", 1)[0] if "__" in name else name.rsplit("_", 1)[0]
