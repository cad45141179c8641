"""Pictures with known plates, and without any."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_split import Split
from tests.bench.dataset import cut_grey, fewer, pictures, region_of


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("MH12DE1433", "IN/NL/EU", "IN"),
        ("TN02BL9", "mixed", "IN"),
        ("94FDTJ", "IN/NL/EU", "NL/EU"),
        ("HNYCHIL3", "mixed", "mixed"),
        ("OX65AWD", "mixed", "mixed"),
        ("ABC1234", "US/EU mixed", "US/EU"),
        ("MH12DE1433", "ES", "ES"),
    ],
)
def test_indian_plates_are_told_by_their_text(text: str, region: str, expected: str) -> None:
    assert region_of(text, region) == expected


def test_a_cut_is_small_and_grey_whatever_it_was(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "crop.png"), np.full((100, 300, 3), (0, 0, 255), np.uint8))

    cut_grey(tmp_path / "crop.png", tmp_path / "cut.png")

    cut = cv2.imread(str(tmp_path / "cut.png"), cv2.IMREAD_UNCHANGED)
    assert cut.shape == (56, 260)
    assert np.unique(cut).tolist() == [76]  # red is 0.299 of white


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder in ("detect/images", "detect/labels", "read/images"):
        (tmp_path / "plates" / folder).mkdir(parents=True)
    for folder in ("drivers/a", "strangers"):
        (tmp_path / "faces" / folder).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / folder / "1.jpg"), np.zeros((9, 9, 3), np.uint8))
    blank = np.zeros((100, 200, 3), np.uint8)
    detect, read = tmp_path / "plates/detect", tmp_path / "plates/read"
    for name in ("one__a", "one__b"):
        cv2.imwrite(str(detect / f"images/{name}.jpg"), blank)
        (detect / f"labels/{name}.txt").write_text("0 0.5 0.5 0.1 0.1\n0 0.25 0.5 0.1 0.2\n")
    for name in ("one__AB1_1", "two__CD2_1"):
        cv2.imwrite(str(read / f"images/{name}.jpg"), blank)
    (read / "labels.csv").write_text(
        "image,text,region,source\n"
        "one__AB1_1.jpg,AB1,ES,one:filename\n"
        "two__CD2_1.jpg,CD2,US,two:visual\n"
    )
    return tmp_path


@pytest.fixture
def split() -> Split:
    return Split(
        photos={"one__a.jpg": "test", "one__b.jpg": "training"},
        crops={"one__AB1_1.jpg": "test", "two__CD2_1.jpg": "test"},
        unlabelled={},
        photo_of={"one__AB1_1.jpg": ("one__a.jpg", 1)},
    )


def test_a_photo_has_all_its_boxes_and_the_texts_that_are_known(data: Path, split: Split) -> None:
    chosen = pictures(data, split, "test", plateless=5, seed=1)

    (photo,) = chosen.photos
    assert photo.name == "one__a.jpg"
    assert [(plate.text, plate.region) for plate in photo.plates] == [(None, ""), ("AB1", "ES")]
    box = photo.plates[1].box
    assert box is not None
    assert (box.x1, box.y1, box.x2, box.y2) == pytest.approx((40, 40, 60, 60))


def test_a_crop_stands_for_itself_only_where_its_photo_is_missing(data: Path, split: Split) -> None:
    chosen = pictures(data, split, "test", plateless=5, seed=1)

    assert [crop.name for crop in chosen.crops] == ["two__CD2_1.jpg"]
    assert chosen.crops[0].plates[0].from_model
    assert [cut.name for cut in chosen.cuts] == ["one__AB1_1.jpg", "two__CD2_1.jpg"]


def test_only_the_asked_part_is_taken(data: Path, split: Split) -> None:
    chosen = pictures(data, split, "training", plateless=1, seed=1)

    assert [photo.name for photo in chosen.photos] == ["one__b.jpg"]
    assert chosen.crops == []
    assert [len(paths) for paths in chosen.plateless.values()] == [1, 1]


def test_a_sample_keeps_photos_whose_texts_are_known(data: Path, split: Split) -> None:
    sample = fewer(pictures(data, split, "test", plateless=5, seed=1), photos=3, crops=1, seed=1)

    assert [photo.name for photo in sample.photos] == ["one__a.jpg"]
    assert len(sample.cuts) == 1
