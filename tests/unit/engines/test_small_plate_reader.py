"""The small reader with networks made by hand."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines.small_plate_reader import SmallPlateReader
from pipelines.errors import ConfigurationError
from pipelines.types import Picture, PlateReading, RegionGuess
from tests.unit.plate_networks import Step, sure, write_network

_UNSURE: list[Step] = [{"B": 0.7, "8": 0.3}, *sure("123")]


def _crop(level: int) -> Picture:
    crop = np.full((40, 120, 3), level, np.uint8)
    crop[10:30:4, 20:100] = 255 - level
    return crop


def _reader(path: Path, **settings: Any) -> SmallPlateReader:
    return SmallPlateReader(PlateReaderSettings(engine="plates", weights=str(path), **settings))


def test_reads_crops_in_order_with_their_regions(tmp_path: Path) -> None:
    reader = _reader(write_network(tmp_path, sure("AB123"), sure("ZZ9")))
    dark, bright = reader.read([_crop(20), _crop(235)])
    assert (dark.text, dark.lines, bright.text) == ("AB123", ("AB123",), "ZZ9")
    assert dark.confidence > 0.99
    assert [guess.region for guess in dark.regions] == ["US-CA", "FR"]
    assert dark.regions[0].probability == pytest.approx(0.5)
    assert isinstance(dark.regions[0], RegionGuess)


def test_alternatives_are_candidates(tmp_path: Path) -> None:
    reader = _reader(write_network(tmp_path, _UNSURE, sure("ZZ9")))
    (reading,) = reader.read([_crop(20)])
    assert [one.text for one in reading.candidates] == ["B123", "8123"]
    assert reading.candidates[0].confidence == reading.confidence
    assert sum(one.confidence for one in reading.candidates) == pytest.approx(1.0, abs=1e-3)


def test_gives_no_more_candidates_than_asked_for(tmp_path: Path) -> None:
    reader = _reader(write_network(tmp_path, _UNSURE, sure("ZZ9")), max_candidates=1)
    (reading,) = reader.read([_crop(20)])
    assert len(reading.candidates) == 1


def test_only_doubtful_crops_are_looked_at_again(tmp_path: Path) -> None:
    reader = _reader(write_network(tmp_path, _UNSURE, sure("ZZ9")), doubt_below=0.9)
    doubtful, clear = reader.look([_crop(20), _crop(235)])
    assert doubtful.evidence is not None
    assert clear.evidence is not None
    assert len(doubtful.evidence.looks) > 1
    assert len(clear.evidence.looks) == 1


@pytest.mark.parametrize(("characters", "is_worth_it"), [(2, True), (3, False)])
def test_a_crop_of_which_hardly_anything_is_seen_is_not_looked_at_again(
    tmp_path: Path, characters: int, is_worth_it: bool
) -> None:
    guessed: Step = dict.fromkeys("ABCD", 0.25)
    reader = _reader(write_network(tmp_path, [guessed] * characters, sure("ZZ9")))
    (look,) = reader.look([_crop(20)])
    assert (look.evidence is not None) == is_worth_it
    assert (look.reading.text != "") == is_worth_it


def test_confidences_are_calibrated_as_the_description_says(tmp_path: Path) -> None:
    stages = {
        "first": {"slope": 0.5, "intercept": 0.0},
        "views": {"slope": 1.0, "intercept": -1.0},
    }
    path = write_network(tmp_path, _UNSURE, sure("ZZ9"), calibration={"plates": stages})
    (first,) = _reader(path, doubt_below=0.0).read([_crop(20)])
    (views,) = _reader(path, doubt_below=1.0).read([_crop(20)])
    odds = 0.7 / 0.3
    assert first.confidence == pytest.approx(odds**0.5 / (1 + odds**0.5), abs=1e-3)
    assert views.confidence == pytest.approx(odds / 2.718 / (1 + odds / 2.718), abs=5e-3)


@pytest.mark.parametrize("fields", [{}, {"first": {}, "views": {}}, 3])
def test_a_calibration_that_cannot_be_used_is_named(tmp_path: Path, fields: Any) -> None:
    path = write_network(tmp_path, sure("A"), sure("B"), calibration={"plates": fields})
    with pytest.raises(ConfigurationError) as error:
        _reader(path)
    assert str(error.value).startswith(f"the calibration of {path} cannot be used: ")


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (160, 2, 3), (56, 260, 3)])
def test_a_crop_that_shows_nothing_reads_as_nothing(
    tmp_path: Path, shape: tuple[int, int, int]
) -> None:
    reader = _reader(write_network(tmp_path, sure("AB1"), sure("ZZ9")))
    nothing = PlateReading(text="", confidence=0.0, char_confidences=(), candidates=(), lines=())
    assert reader.read([np.full(shape, 127, np.uint8)]) == [nothing]


@pytest.mark.parametrize("steps", [[], [{"A": 0.05}, {"B": 0.05}], sure("")])
def test_hardly_any_text_reads_as_nothing(tmp_path: Path, steps: list[Step]) -> None:
    reader = _reader(write_network(tmp_path, steps, sure("ZZ9")))
    assert reader.read([_crop(20)])[0].text == ""


def test_needs_no_other_engine(tmp_path: Path) -> None:
    path = write_network(tmp_path, sure("AB1"), sure("ZZ9"))
    script = (
        "import sys; from configs.settings import PlateReaderSettings as Settings;"
        "from pipelines.engines.plate_reader import build_plate_reader;"
        f"build_plate_reader(Settings(engine='plates', weights={str(path)!r}));"
        "sys.exit(bool({'paddleocr', 'paddlex', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
