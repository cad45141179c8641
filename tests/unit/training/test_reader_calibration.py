"""Fitting both readers' confidences on plates made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines.calibration import Calibration
from pipelines.engines.plate_evidence import Evidence
from pipelines.engines.small_plate_reader import reading_of
from pipelines.training.reader_calibration import Decisions, Example, Fitted, describe, report
from pipelines.types import PlateCandidate, PlateReading
from tests.unit.plate_networks import recognition, sure


def _example(plate: int, chance: np.random.Generator) -> Example:
    """A plate B123 or 8123; what the small reader sees is worth half of what it says."""
    text, other = ("B123", "8123") if chance.random() < 0.5 else ("8123", "B123")
    small = 1 / (1 + np.exp(-2 * chance.normal(2, 2)))
    large = 1 / (1 + np.exp(-0.5 * chance.normal(1, 2)))
    look = recognition([{text[0]: small, other[0]: 1 - small}, *sure("123")])
    ranked = sorted(((large, text), (1 - large, other)), reverse=True)
    candidates = tuple(PlateCandidate(one, float(confidence)) for confidence, one in ranked)
    best = candidates[0]
    reading = PlateReading(
        best.text, best.confidence, (best.confidence, 0.99, 0.99, 0.99), candidates, (best.text,)
    )
    evidence = Evidence((look,))
    seen = reading_of(evidence, Calibration(), ("unknown", "FR"), 5)
    return Example(plate, text, seen, seen, evidence, reading)


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    chance = np.random.default_rng(4)
    return [_example(plate, chance) for plate in range(250)]


@pytest.fixture(scope="module")
def decisions() -> Decisions:
    return Decisions(PlateReaderSettings(doubt_below=0.95))


@pytest.fixture(scope="module")
def fitted(examples: list[Example], decisions: Decisions) -> Fitted:
    return decisions.fit(examples)


def test_finds_what_each_reader_is_worth(fitted: Fitted) -> None:
    assert fitted.stages.first.slope == pytest.approx(0.5, abs=0.15)
    assert fitted.fusion.small < fitted.fusion.large


def test_both_are_right_more_often_than_either(
    examples: list[Example], decisions: Decisions, fitted: Fitted
) -> None:
    small = [decisions.small(one, fitted.stages).text == one.text for one in examples]
    large = [one.large.text == one.text for one in examples]
    both = [decisions.both(one, fitted).text == one.text for one in examples]
    assert np.mean(both) > max(np.mean(small), np.mean(large))


def test_confidences_hold_on_plates_that_were_held_out(
    examples: list[Example], decisions: Decisions
) -> None:
    lines = report(examples, decisions).splitlines()
    assert lines[0].startswith("250 cuts of 250 plates; PaddleOCR needed for ")
    errors = [float(line.split("ECE ")[1]) for line in lines if "ECE" in line]
    assert len(errors) == 3
    assert max(errors) < 0.08


def test_writes_what_the_readers_take(tmp_path: Path, fitted: Fitted) -> None:
    path = tmp_path / "small.json"
    path.write_text('{"name": "small"}')
    describe(path, fitted, "250 cuts")
    fields = json.loads(path.read_text())
    assert fields["name"] == "small"
    assert fields["calibration"]["fitted_on"] == "250 cuts"
    assert fields["calibration"]["plates"]["first"]["slope"] == fitted.stages.first.slope
    assert fields["calibration"]["both"]["large"] == fitted.fusion.large
