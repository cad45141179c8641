"""Which photos pictures are made from."""

from pathlib import Path

import cv2
import numpy as np

from pipelines.types import Box
from tests.bench.dataset import LabelledPicture, LabelledPlate
from tests.bench.throughput.pictures import Counts, Scene, draw, readable

BOX = Box(1, 2, 3, 4)


def photo(*plates: LabelledPlate) -> LabelledPicture:
    return LabelledPicture(Path("a.jpg"), "source", plates)


def test_only_photos_of_one_plate_that_any_reader_can_give_are_taken() -> None:
    good = photo(LabelledPlate(BOX, "AB123"))
    others = [
        photo(),
        photo(LabelledPlate(BOX, "AB123"), LabelledPlate(BOX)),
        photo(LabelledPlate(BOX)),
        photo(LabelledPlate(None, "AB123")),
        photo(LabelledPlate(BOX, "AB123", from_model=True)),
        photo(LabelledPlate(BOX, "AB12345678")),
    ]

    assert readable([*others, good]) == [good]


def drawn(path: Path, width: int, height: int) -> Path:
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
    return path


def test_pictures_of_every_size_are_drawn(tmp_path: Path) -> None:
    vehicles = [
        LabelledPicture(drawn(tmp_path / f"{n}.png", 80, 60), "s", (LabelledPlate(BOX, "AB1"),))
        for n in range(3)
    ]
    faces = [drawn(tmp_path / f"face{n}.png", 50, 50) for n in range(5)]

    scenes = draw(vehicles, {"Ann": faces, "Bob": faces[:4]}, tmp_path / "made", Counts(3, 1, 2))

    counts = {place: len(its) for place, its in scenes.of.items()}
    assert counts["plates", "small"] == counts["drivers", "720p"] == counts["both", "720p"] == 3
    assert counts["plates", "12 MP, small plates"] == counts["both", "12 MP"] == 1
    assert ("drivers", "12 MP, small plates") not in counts
    assert [one.driver for one in scenes.of["drivers", "small"]] == ["Ann", "Bob", "Ann"]
    assert scenes.of["both", "720p"][1] == Scene(tmp_path / "made/both-720p/001.jpg", "AB1", "Bob")
    assert scenes.enrolled == {"Ann": tuple(faces[:3]), "Bob": tuple(faces[:3])}
    shapes = {size: cv2.imread(str(its[0].path)).shape for (_, size), its in scenes.of.items()}
    assert shapes["720p"] == (720, 1280, 3)
    assert shapes["12 MP"] == (3000, 4000, 3)
