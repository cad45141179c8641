"""Calibrated confidences."""

from math import prod

import pytest

from pipelines.engines.calibration import Calibration, calibrated
from pipelines.types import PlateCandidate, PlateReading


def _reading(*candidates: tuple[str, float], characters: tuple[float, ...]) -> PlateReading:
    text, confidence = candidates[0]
    named = tuple(PlateCandidate(*one) for one in candidates)
    return PlateReading(text, confidence, characters, named, (text,))


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.9])
def test_the_default_changes_nothing(probability: float) -> None:
    assert Calibration()(probability) == pytest.approx(probability)


def test_scales_log_odds() -> None:
    # Odds of 9 become 9 ** 0.5 * e ** 0 = 3; odds of 1 become e.
    assert Calibration(slope=0.5)(0.9) == pytest.approx(0.75)
    assert Calibration(intercept=1.0)(0.5) == pytest.approx(2.718282 / 3.718282)


def test_never_says_that_something_is_certain() -> None:
    assert 0.0 < Calibration()(0.0) < 1e-3
    assert 1.0 - 1e-3 < Calibration()(1.0) < 1.0


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan")])
def test_refuses_to_turn_the_order_of_readings(slope: float) -> None:
    with pytest.raises(ValueError, match=r"^a calibration's slope must be above 0, not "):
        Calibration(slope=slope)


def test_the_characters_share_the_texts_doubt_and_the_doubtful_ones_most_of_it() -> None:
    reading = _reading(("AB", 0.8), characters=(0.9, 0.99))
    first, second = calibrated(reading, Calibration(slope=0.5)).char_confidences
    assert first * second == pytest.approx(2 / 3)
    assert first < second


def test_characters_without_doubt_share_it_alike() -> None:
    reading = _reading(("ABC", 0.8), characters=(1.0, 1.0, 1.0))
    confidences = calibrated(reading, Calibration()).char_confidences
    assert confidences == pytest.approx([0.8 ** (1 / 3)] * 3)
    assert prod(confidences) == pytest.approx(0.8)


def test_other_candidates_share_what_is_left() -> None:
    reading = _reading(("A", 0.9), ("B", 0.06), ("C", 0.02), characters=(0.9,))
    confidences = [one.confidence for one in calibrated(reading, Calibration(0.5)).candidates]
    assert confidences == pytest.approx([0.75, 0.15, 0.05])


def test_no_candidate_rises_above_the_first() -> None:
    reading = _reading(("A", 0.5), ("B", 0.45), characters=(0.5,))
    best, second = calibrated(reading, Calibration(intercept=-3.0)).candidates
    assert best.confidence == second.confidence == pytest.approx(0.0474, abs=1e-4)


def test_nothing_read_stays_nothing() -> None:
    nothing = PlateReading("", 0.0, (), (), ())
    assert calibrated(nothing, Calibration(intercept=5.0)) is nothing
