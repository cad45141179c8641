"""PaddleOCR on real plates."""

import csv
import tracemalloc
from collections.abc import Sequence
from itertools import product
from math import prod
from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.settings import ROOT, PlateReaderSettings
from pipelines.engines.ctc import LineText
from pipelines.engines.paddle_plate_reader import PaddlePlateReader, likeliest
from pipelines.errors import ConfigurationError
from pipelines.types import Picture


@pytest.fixture(scope="module")
def reader() -> PaddlePlateReader:
    return PaddlePlateReader(PlateReaderSettings())


def _printed(*lines: str) -> Picture:
    """Return a plate with these lines of text."""
    plate = np.full((10 + 70 * len(lines), 330, 3), 235, np.uint8)
    for row, line in enumerate(lines):
        at = (165 - 18 * len(line), 58 + 70 * row)
        cv2.putText(plate, line, at, cv2.FONT_HERSHEY_DUPLEX, 1.7, (20, 20, 20), 4)
    return plate


def test_reads_both_lines_of_a_two_line_plate_top_to_bottom(reader: PaddlePlateReader) -> None:
    (reading,) = reader.read([_printed("59X1", "23456")])
    assert (reading.text, reading.lines) == ("59X123456", ("59X1", "23456"))


def test_a_picture_full_of_text_costs_no_more_than_a_plate(reader: PaddlePlateReader) -> None:
    page = np.full((160, 480, 3), 235, np.uint8)
    for row in range(9):
        text = f"B8O0I1Z2{row}S5"
        cv2.putText(page, text, (10, 15 + 17 * row), cv2.FONT_HERSHEY_DUPLEX, 0.5, (20, 20, 20), 1)

    tracemalloc.start()
    (reading,) = reader.read([page])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 1 <= len(reading.lines) <= 3
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("most", [1, 3, 20])
def test_the_likeliest_ways_are_the_best_of_all_combinations(most: int) -> None:
    chance = np.random.default_rng(3)
    lines = [
        [LineText(text, float(chance.uniform(0.3, 1)), ()) for text in (f"A{n}", f"B{n}", f"C{n}")]
        for n in range(4)
    ]
    everything = sorted(product(*lines), key=_probability, reverse=True)
    assert likeliest(lines, most) == [way for way in everything if _probability(way) > 0.02][:most]


def test_a_way_that_reads_nothing_takes_nobodys_place() -> None:
    lines = [[LineText("", 0.9, ()), LineText("A", 0.1, ())]]
    assert likeliest(lines, 1) == [(LineText("A", 0.1, ()),)]


def _probability(way: Sequence[LineText]) -> float:
    return prod(text.probability for text in way)


def test_reads_a_grey_plate_of_260_by_56(reader: PaddlePlateReader) -> None:
    grey = cv2.cvtColor(_printed("A123BC77"), cv2.COLOR_BGR2GRAY)
    crop = cv2.merge([cv2.resize(grey, (260, 56), interpolation=cv2.INTER_AREA)] * 3)
    (reading,) = reader.read([crop.astype(np.uint8)])
    assert reading.text == "A123BC77"


def test_gives_no_more_candidates_than_asked_for() -> None:
    reader = PaddlePlateReader(PlateReaderSettings(max_candidates=2))
    noise = np.random.default_rng(0).integers(0, 256, (60, 330, 3), dtype=np.uint8)
    crop = cv2.addWeighted(_printed("B8O0I1"), 0.6, cv2.resize(noise, (330, 80)), 0.4, 0)
    (reading,) = reader.read([crop.astype(np.uint8)])
    assert 1 <= len(reading.candidates) <= 2


def test_a_relative_model_folder_starts_at_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as error:
        PaddlePlateReader(PlateReaderSettings(model_dir="configs"))
    assert str(error.value).startswith(f"{ROOT / 'configs'} holds no PaddleOCR model: ")


def test_writes_nothing_to_the_terminal(
    reader: PaddlePlateReader, capfd: pytest.CaptureFixture[str]
) -> None:
    reader.read([_printed("A123BC77")])
    assert capfd.readouterr() == ("", "")


def test_says_which_device_does_not_work() -> None:
    with pytest.raises(ConfigurationError) as error:
        PaddlePlateReader(PlateReaderSettings(device="npu:0"))
    message = str(error.value)
    assert message.startswith("the PaddleOCR model 'PP-OCRv6_small_rec' could not be loaded from ")
    assert "on device 'npu:0': " in message


@pytest.mark.slow
def test_reads_real_plates(reader: PaddlePlateReader, gatehouse_data: Path) -> None:
    """Nine of ten at the time of writing; a broken preprocessing step reads far fewer."""
    folder = gatehouse_data / "data" / "plates" / "read"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::17]
    crops = [_bounded(cv2.imread(str(folder / "images" / row["image"]))) for row in rows]
    texts = [reading.text for reading in reader.read(crops)]
    right = sum(text == row["text"] for text, row in zip(texts, rows, strict=True))
    assert len(rows) >= 50
    assert right / len(rows) >= 0.8


def _bounded(crop: Picture) -> Picture:
    scale = min(1.0, 480 / crop.shape[1], 160 / crop.shape[0])
    resized: Picture = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return resized
