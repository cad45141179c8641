"""Real plates for training: nothing of the test part gets in."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

import pipelines.training
from pipelines.training.plate_split import Part, Split
from pipelines.training.reader.photographs import labelled, sources, taught, teach
from pipelines.training.synthesis.backdrops import load_backdrops
from pipelines.types import Picture, PlateReading

PARTS: dict[str, Part] = {"a": "training", "b": "validation", "c": "test", "d": "training"}
BRIGHTNESS = {"a": 60, "b": 120, "c": 180, "d": 240}


class Teacher:
    """Reads the text that is set for the brightness of a crop, and keeps the brightnesses."""

    model_id = "teacher"

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts = texts
        self.seen: set[int] = set()

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        levels = [round(float(crop.mean()) / 60) * 60 for crop in crops]
        self.seen.update(levels)
        return [PlateReading(self.texts[level], 0.95, (), (), ()) for level in levels]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One photograph of one plate for each part, and one more for training."""
    for folder in ("detect/images", "detect/labels", "read/images", "unlabelled"):
        (tmp_path / folder).mkdir(parents=True)
    for name, level in BRIGHTNESS.items():
        photo = np.full((200, 400, 3), level, np.uint8)
        cv2.imwrite(str(tmp_path / f"detect/images/street__{name}.png"), photo)
        (tmp_path / f"detect/labels/street__{name}.txt").write_text("0 0.5 0.5 0.4 0.2\n")
        cv2.imwrite(str(tmp_path / f"read/images/street__{name}.png"), photo[80:120, 120:280])
    with (tmp_path / "read/labels.csv").open("w", newline="") as file:
        rows = [(f"street__{name}.png", f"{name.upper()}1234") for name in PARTS]
        csv.writer(file).writerows([("image", "text"), *rows])
    return tmp_path


def division(*, linked: bool) -> Split:
    parts = {f"street__{name}.png": part for name, part in PARTS.items()}
    return Split(
        photos=parts,
        crops=parts,
        unlabelled={},
        photo_of={name: (name, 0) for name in parts} if linked else {},
    )


def test_labelled_plates_come_from_their_part_alone(data: Path) -> None:
    split = division(linked=True)

    found = labelled(data, split, "training")

    assert found.texts == ["A1234", "D1234"]
    assert sources(split, "training") == ["street", "street"]
    assert [round(float(found.picture(i).mean())) for i in range(2)] == [60, 240]
    np.testing.assert_allclose(found.corners[0, 2] - found.corners[0, 0], (160, 40), atol=1)


def test_a_plate_is_seen_by_its_corners_where_they_are_found(data: Path) -> None:
    sample = Path(pipelines.training.__file__).with_name("sample_pictures") / "images/10022.jpg"
    photo = np.asarray(cv2.imread(str(sample)), np.uint8)
    cv2.imwrite(str(data / "detect/images/street__a.png"), photo)
    height, width = photo.shape[:2]
    loose = (436 / width, 348 / height, 190 / width, 50 / height)
    (data / "detect/labels/street__a.txt").write_text(f"0 {' '.join(map(str, loose))}\n")

    found = labelled(data, division(linked=True), "training")

    assert found.boxed.tolist() == [False, True]
    sides = found.corners[0, 2] - found.corners[0, 0]
    np.testing.assert_allclose(sides, (172, 37), atol=4)  # tighter than the label


def test_the_teacher_sees_training_plates_alone(data: Path, tmp_path: Path) -> None:
    teacher = Teacher({60: "AB123", 240: "CD456"})

    teach(data, division(linked=False), teacher, tmp_path / "teacher.csv")

    assert teacher.seen == {60, 240}
    assert taught(data, division(linked=False), tmp_path / "teacher.csv").texts == [
        "AB123",
        "CD456",
    ]


def test_a_text_of_the_test_part_is_not_taught(data: Path, tmp_path: Path) -> None:
    teacher = Teacher({60: "C1234", 240: "CD456"})

    teach(data, division(linked=False), teacher, tmp_path / "teacher.csv")

    assert taught(data, division(linked=False), tmp_path / "teacher.csv").texts == ["CD456"]


def test_plates_with_a_known_text_need_no_teacher(data: Path, tmp_path: Path) -> None:
    teacher = Teacher({})

    teach(data, division(linked=True), teacher, tmp_path / "teacher.csv")

    assert teacher.seen == set()


def test_backdrops_come_from_training_photographs_alone(data: Path) -> None:
    backdrops = load_backdrops(data, division(linked=True))

    levels = {round(float(cut.picture.mean()) / 60) * 60 for cut in backdrops.cuts}
    assert levels == {60, 240}
