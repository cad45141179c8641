"""Deciding between two readers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines.calibration import Calibration
from pipelines.engines.fused_plate_reader import (
    FusedPlateReader,
    Fusion,
    fused,
    log_scores,
    possible_texts,
)
from pipelines.engines.plate_evidence import Evidence
from pipelines.engines.small_plate_reader import Look, SmallPlateReader, reading_of
from pipelines.errors import ConfigurationError
from pipelines.types import Picture, PlateCandidate, PlateReading
from tests.unit.plate_networks import Step, recognition, sure, write_network

_NOTHING = PlateReading("", 0.0, (), (), ())


def _look(*upper: Step, lower: Sequence[Step] = ()) -> Look:
    evidence = Evidence((recognition(upper, lower),))
    return Look(reading_of(evidence, Calibration(), ("unknown", "FR"), 5), evidence)


def _reading(text: str, confidence: float, *others: tuple[str, float]) -> PlateReading:
    candidates = tuple(PlateCandidate(*one) for one in ((text, confidence), *others))
    characters = (confidence ** (1 / len(text)),) * len(text)
    return PlateReading(text, confidence, characters, candidates, (text,))


def _fused(look: Look, other: PlateReading, most: int = 5) -> PlateReading:
    return fused(look, other, Fusion(), most)


def test_agreement_raises_the_confidence() -> None:
    together = _fused(_look({"B": 0.7, "8": 0.3}, *sure("1")), _reading("B1", 0.8, ("81", 0.2)))
    assert together.text == "B1"
    assert together.confidence == pytest.approx(0.56 / 0.62, abs=0.01)


def test_disagreement_goes_to_the_surer_and_lowers_the_confidence() -> None:
    look = _look({"B": 0.7, "8": 0.3}, *sure("1"))
    together = _fused(look, _reading("81", 0.9, ("B1", 0.1)))
    assert together.text == "81"
    assert together.confidence == pytest.approx(0.27 / 0.34, abs=0.01)
    assert [one.text for one in together.candidates[:2]] == ["81", "B1"]


def test_the_small_reader_judges_texts_that_it_did_not_think_of() -> None:
    look = _look({"B": 0.9, "8": 0.1}, {"1": 0.9, "I": 0.1}, *sure("2"))
    small, large = log_scores(look.evidence or Evidence(()), _reading("8I2", 0.6), ["8I2", "B12"])
    assert np.exp(small) == pytest.approx([0.01, 0.81], rel=1e-3)
    assert np.exp(large[0]) == pytest.approx(0.6)
    assert large[1] < large[0]


def test_no_reader_rules_a_text_out() -> None:
    look = _look(*sure("AB12"))
    small, large = log_scores(look.evidence or Evidence(()), _reading("XY", 0.9), ["XY", "AB12"])
    assert min(*small, *large) == pytest.approx(np.log(1e-4))


def test_texts_of_one_length_are_mixed_position_by_position() -> None:
    texts = possible_texts(_reading("AB123", 0.6), _reading("A812S", 0.6))
    assert texts[:2] == ["AB123", "A812S"]
    assert set(texts) == {"AB123", "A812S", "A8123", "AB12S"}


def test_a_mixture_wins_where_each_reader_is_right_about_one_character() -> None:
    look = _look({"B": 0.99, "8": 0.01}, *sure("12"), {"3": 0.55, "S": 0.45})
    other = PlateReading(
        "812S", 0.5, (0.55, 0.99, 0.99, 0.95), (PlateCandidate("812S", 0.5),), ("812S",)
    )
    assert _fused(look, other).text == "B12S"


def test_texts_that_differ_too_much_are_not_mixed() -> None:
    assert possible_texts(_reading("ABCD", 0.6), _reading("1234", 0.6)) == ["ABCD", "1234"]
    assert possible_texts(_reading("ABCD", 0.6), _reading("ABC", 0.6)) == ["ABCD", "ABC"]


def test_where_the_larger_reader_sees_nothing_the_small_one_stays() -> None:
    look = _look(*sure("AB12"))
    assert _fused(look, _NOTHING) is look.reading


def test_where_the_small_reader_reads_nothing_the_larger_ones_text_stands() -> None:
    together = _fused(_look(), _reading("AB12", 0.9))
    assert together.text == "AB12"
    assert together.lines == ("AB12",)


def test_where_only_the_larger_reads_its_confidence_stands() -> None:
    assert _fused(_look(), _reading("AB12", 0.95)).confidence == pytest.approx(0.95)


@pytest.mark.parametrize(("text", "confidence"), [("SHOP", 0.89), ("OLM", 0.99)])
def test_a_sign_that_only_the_larger_reads_is_no_plate(text: str, confidence: float) -> None:
    together = _fused(_look(), _reading(text, confidence))
    assert (together.text, together.confidence) == ("", 0.0)


def test_two_weak_readings_do_not_make_a_sure_one() -> None:
    look = _look({"B": 0.3}, {"7": 0.3}, {"1": 0.3})
    assert _fused(look, _reading("X94", 0.05)).confidence < 0.5


def test_the_text_stands_in_the_lines_that_the_small_reader_saw() -> None:
    look = _look({"B": 0.9, "8": 0.1}, *sure("1"), lower=sure("22"))
    assert _fused(look, _reading("8122", 0.99)).lines == ("81", "22")


def test_a_reading_is_consistent_in_itself() -> None:
    reading = _fused(_look({"B": 0.7, "8": 0.3}, *sure("12")), _reading("8I2", 0.7), most=2)
    assert len(reading.char_confidences) == len(reading.text)
    assert "".join(reading.lines) == reading.text
    assert (reading.candidates[0].text, reading.candidates[0].confidence) == (
        reading.text,
        reading.confidence,
    )
    assert len(reading.candidates) == 2
    assert sum(one.confidence for one in reading.candidates) <= 1


class _Large:
    """Reads the same text from every crop and counts them."""

    model_id = "large"

    def __init__(self, text: str) -> None:
        self.text = text
        self.crops: list[Picture] = []

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        self.crops.extend(crops)
        return [_reading(self.text, 0.95) for _ in crops]


def _crop(level: int) -> Picture:
    crop = np.full((40, 120, 3), level, np.uint8)
    crop[10:30:4, 20:100] = 255 - level
    return crop


def test_the_larger_reader_reads_only_what_leaves_doubt(tmp_path: Path) -> None:
    path = write_network(tmp_path, [{"B": 0.6, "8": 0.4}, *sure("12")], sure("ZZ9"))
    settings = PlateReaderSettings(engine="both", weights=str(path))
    small, large = SmallPlateReader(settings), _Large("812")
    reader = FusedPlateReader(small, large, settings)
    crops = [_crop(20), _crop(235)]
    assert [reading.text for reading in reader.read(crops)] == ["812", "ZZ9"]
    assert [crop is crops[0] for crop in large.crops] == [True]
    assert reader.model_id == f"{small.model_id}+large"


def test_the_larger_reader_is_not_asked_where_the_small_one_sees_hardly_anything(
    tmp_path: Path,
) -> None:
    path = write_network(tmp_path, [dict.fromkeys("ABCD", 0.25)] * 3, sure("ZZ9"))
    settings = PlateReaderSettings(engine="both", weights=str(path))
    large = _Large("812")
    reader = FusedPlateReader(SmallPlateReader(settings), large, settings)
    assert reader.read([_crop(20)])[0].text == ""
    assert large.crops == []


def test_weights_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = write_network(tmp_path, sure("A"), sure("B"), calibration={"both": {"small": 1}})
    settings = PlateReaderSettings(engine="both", weights=str(path))
    with pytest.raises(ConfigurationError) as error:
        FusedPlateReader(SmallPlateReader(settings), _Large("A"), settings)
    assert (
        str(error.value) == "the weights for both plate readers cannot be used: KeyError('large')"
    )
