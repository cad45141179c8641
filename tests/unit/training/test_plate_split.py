"""The division of photographs, crops and texts."""

import csv
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_split import Split, split_plates
from tests.unit.training.test_plate_data import scene

PHOTOS = 30
BOX = (0.25, 0.5, 0.75, 0.75)


def crop_of(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    x1, y1, x2, y2 = BOX
    return photo[int(y1 * height) : int(y2 * height), int(x1 * width) : int(x2 * width)]


@pytest.fixture(scope="module")
def plates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of one plate each, whose crops carry texts; the last two show one vehicle."""
    root = tmp_path_factory.mktemp("plates")
    for folder in ("detect/images", "detect/labels", "read/images", "unlabelled"):
        (root / folder).mkdir(parents=True)
    rows = []
    for index in range(PHOTOS):
        photo = scene(index)
        name = f"street__{index:03d}abcdef"
        cv2.imwrite(str(root / f"detect/images/{name}.png"), photo)
        (root / f"detect/labels/{name}.txt").write_text("0 0.5 0.625 0.5 0.25\n")
        cv2.imwrite(str(root / f"read/images/street__crop{index:03d}.png"), crop_of(photo))
        rows.append((f"street__crop{index:03d}.png", f"AB{min(index, PHOTOS - 2):03d}"))
    with (root / "read/labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([("image", "text"), *rows])
    for index in range(20):
        cv2.imwrite(str(root / f"unlabelled/lone_{index:03d}.jpg"), crop_of(scene(100 + index)))
    return root


@pytest.fixture(scope="module")
def division(plates: Path) -> Split:
    return split_plates(plates)


def test_a_third_of_the_known_plates_is_for_the_test(division: Split) -> None:
    counts = Counter(division.crops.values())

    assert 9 <= counts["test"] <= 11
    assert 3 <= counts["validation"] <= 5
    assert counts.total() == PHOTOS


def test_a_crop_lies_with_the_photograph_that_it_was_cut_from(division: Split) -> None:
    assert len(division.photo_of) == PHOTOS
    for crop, (photo, index) in division.photo_of.items():
        assert photo == crop.replace("crop", "").replace(".png", "abcdef.png")
        assert index == 0
        assert division.crops[crop] == division.photos[photo]


def test_plates_of_one_text_lie_together(division: Split) -> None:
    last, before = (f"street__crop{index:03d}.png" for index in (PHOTOS - 1, PHOTOS - 2))

    assert division.crops[last] == division.crops[before]


def test_plates_without_a_text_are_never_for_the_test(division: Split) -> None:
    counts = Counter(division.unlabelled.values())

    assert set(counts) == {"training", "validation"}
    assert counts["validation"] == 2


def test_the_same_files_are_divided_in_the_same_way(plates: Path, division: Split) -> None:
    assert split_plates(plates) == division


def test_what_was_saved_is_loaded(division: Split, tmp_path: Path) -> None:
    division.save(tmp_path / "split.json")

    assert Split.load(tmp_path / "split.json") == division
