import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from configs.settings import Settings
from pipelines.errors import NoPlateFound, PlateUnreadable
from pipelines.plates import PlatePipeline
from pipelines.types import (
    Box,
    Picture,
    Plate,
    PlateCandidate,
    PlateDetection,
    PlateReading,
    RegionGuess,
)

ENCODED = b"\xff\xd8\xff\xe0 picture"


def detection(score: float, width: float = 100, height: float = 25) -> PlateDetection:
    crop = np.full((8, 32, 3), round(score * 255), dtype=np.uint8)
    return PlateDetection(Box(10, 10, 10 + width, 10 + height), score, crop)


def reading(text: str, confidence: float) -> PlateReading:
    return PlateReading(
        text=text,
        confidence=confidence,
        char_confidences=(confidence,) * len(text),
        candidates=(PlateCandidate(text, confidence),),
        lines=(text,),
    )


class Stages:
    """Both stages with prepared answers; remembers what they were given."""

    def __init__(self, found: Sequence[tuple[PlateDetection, PlateReading]]) -> None:
        self.found = found
        self.pictures: list[bytes] = []
        self.crops: list[Picture] = []

    async def detect(self, picture: bytes) -> tuple[PlateDetection, ...]:
        self.pictures.append(picture)
        return tuple(detection for detection, _ in self.found)

    async def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        self.crops.extend(crops)
        return [reading for _, reading in self.found]

    def pipeline(self) -> PlatePipeline:
        return PlatePipeline(self.detect, self.read, Settings())


def read_all(*found: tuple[PlateDetection, PlateReading]) -> tuple[Plate, ...]:
    return asyncio.run(Stages(found).pipeline().read_picture(ENCODED))


def best(*found: tuple[PlateDetection, PlateReading]) -> Plate:
    return asyncio.run(Stages(found).pipeline().best_plate(ENCODED))


def test_reads_and_formats_every_plate_of_the_picture() -> None:
    found = (detection(0.9), reading("30A12345", 0.9)), (detection(0.8), reading("AB123CD", 0.8))
    stages = Stages(found)
    plates = asyncio.run(stages.pipeline().read_picture(ENCODED))
    assert plates[0].text.formatted == "30A-123.45"
    assert [plate.text.raw for plate in plates] == ["30A12345", "AB123CD"]
    assert stages.pictures == [ENCODED]
    assert [crop is plate.crop for crop, (plate, _) in zip(stages.crops, found, strict=True)] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("score", "text", "confidence", "counts"),
    [
        (0.40, "", 0.0, True),
        (0.39, "", 0.0, False),
        (0.39, "7", 0.99, False),
        (0.39, "30", 0.29, False),
        (0.39, "30", 0.30, True),
        (0.30, "30", 0.30, True),
        (0.29, "30A12345", 0.85, True),
        (0.29, "30A12345", 0.84, False),
        (0.29, "30A", 0.99, False),
    ],
)
def test_a_detection_counts_only_when_what_is_read_makes_up_for_its_doubt(
    score: float, text: str, confidence: float, counts: bool
) -> None:
    plates = read_all((detection(score), reading(text, confidence)))
    assert bool(plates) is counts


@pytest.mark.parametrize(
    ("text", "confidence", "counts"), [("", 0.0, False), ("30", 0.29, False), ("30", 0.30, True)]
)
def test_what_only_a_tile_shows_counts_only_when_it_is_read(
    text: str, confidence: float, counts: bool
) -> None:
    plates = read_all((replace(detection(0.9), in_tile=True), reading(text, confidence)))
    assert bool(plates) is counts


def test_a_picture_without_a_plate_gives_none_and_is_not_read() -> None:
    stages = Stages(())
    assert asyncio.run(stages.pipeline().read_picture(ENCODED)) == ()
    assert stages.crops == []


def test_the_surer_of_two_equal_plates_is_the_best() -> None:
    plate = best(
        (detection(0.5), reading("AA111AA", 0.6)), (detection(0.6), reading("BB222BB", 0.9))
    )
    assert plate.text.raw == "BB222BB"


def test_the_larger_plate_wins_where_both_are_nearly_as_certain() -> None:
    far = detection(0.95), reading("AA111AA", 0.97)
    near = detection(0.85, width=200, height=50), reading("BB222BB", 0.9)
    assert best(far, near).text.raw == "BB222BB"


def test_a_large_doubtful_plate_does_not_win() -> None:
    sure = detection(0.95), reading("AA111AA", 0.97)
    doubtful = detection(0.3, width=200, height=50), reading("BB222BB", 0.5)
    assert best(doubtful, sure).text.raw == "AA111AA"


@pytest.mark.parametrize("unreadable", [reading("", 0.0), reading("BB222BB", 0.29)])
def test_an_unreadable_plate_comes_last_with_empty_texts(unreadable: PlateReading) -> None:
    plates = read_all(
        (detection(0.99, width=400, height=100), unreadable),
        (detection(0.3), reading("AA111AA", 0.31)),
    )
    assert [plate.text.raw for plate in plates] == ["AA111AA", unreadable.text]
    last = plates[-1].text
    assert (last.text, last.formatted, last.country, last.cyrillic) == ("", "", None, None)


def test_a_picture_without_a_plate_is_refused_by_best_plate() -> None:
    with pytest.raises(NoPlateFound, match=r"^can not detect license plate from image$"):
        best()


def test_a_picture_with_unreadable_plates_only_is_refused_by_best_plate() -> None:
    with pytest.raises(PlateUnreadable, match=r"^can not recognize license plate from image$"):
        best((detection(0.9), reading("AA111AA", 0.1)), (detection(0.8), reading("", 0.0)))


def _with_plain(score: float) -> PlateDetection:
    return replace(detection(score), plain=np.full((9, 30, 3), 7, dtype=np.uint8))


class _ReadsTwice:
    """Reads straightened crops as one text and plain ones, 9 px high, as another."""

    def __init__(self, straight: PlateReading, plain: PlateReading) -> None:
        self.answers = {8: straight, 9: plain}
        self.heights: list[list[int]] = []

    async def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        self.heights.append([crop.shape[0] for crop in crops])
        return [self.answers[crop.shape[0]] for crop in crops]


def _read_twice(
    found: Sequence[PlateDetection], straight: PlateReading, plain: PlateReading
) -> tuple[list[str], list[list[int]]]:
    async def detect(_: bytes) -> Sequence[PlateDetection]:
        return found

    reader = _ReadsTwice(straight, plain)
    pipeline = PlatePipeline(detect, reader.read, Settings())
    plates = asyncio.run(pipeline.read_picture(ENCODED))
    return [plate.reading.text for plate in plates], reader.heights


def test_a_doubtful_plate_is_read_again_as_it_was_before_straightening() -> None:
    found = [_with_plain(0.9), detection(0.8)]
    texts, heights = _read_twice(found, reading("AA111AA", 0.6), reading("BB222BB", 0.9))
    assert sorted(texts) == ["AA111AA", "BB222BB"]
    assert heights == [[8, 8], [9]]


def test_the_surer_of_two_readings_stays() -> None:
    texts, _ = _read_twice([_with_plain(0.9)], reading("AA111AA", 0.6), reading("BB222BB", 0.5))
    assert texts == ["AA111AA"]


def test_a_surely_read_plate_is_not_read_again() -> None:
    texts, heights = _read_twice([_with_plain(0.9)], reading("AA111AA", 0.96), reading("B", 0.99))
    assert (texts, heights) == (["AA111AA"], [[8]])


def test_what_else_was_read_helps_the_text() -> None:
    doubtful = replace(
        reading("30A1Z345", 0.5),
        candidates=(PlateCandidate("30A1Z345", 0.5), PlateCandidate("30A12345", 0.45)),
    )
    (plate,) = read_all((detection(0.9), doubtful))
    assert plate.text.text == "30A12345"
    assert plate.text.raw == "30A1Z345"


def test_the_guessed_region_helps_the_format() -> None:
    plain = reading("AB123CD", 0.97)
    italian = replace(plain, regions=(RegionGuess("IT", 0.9),))
    (unknown,) = read_all((detection(0.9), plain))
    (known,) = read_all((detection(0.9), italian))
    assert unknown.text.country != "IT"
    assert known.text.country == "IT"
