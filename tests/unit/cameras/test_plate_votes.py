"""What many readings of one plate say together."""

import pytest

from configs.camera_settings import TrackSettings
from pipelines.cameras.plate_votes import PlateVotes
from pipelines.cameras.tracking import OTHER
from pipelines.types import Plate
from tests.unit.cameras.readings import BEGINNING, frame, plate

SETTINGS = TrackSettings(enough_pictures=4)
ANY = TrackSettings(least_confidence=0.0)


def votes(*plates: Plate, settings: TrackSettings = SETTINGS) -> PlateVotes:
    counted = PlateVotes(settings)
    for at_s, one in enumerate(plates):
        counted.add(one, frame(at_s))
    return counted


def test_the_text_with_the_most_weight_is_taken_with_its_best_picture() -> None:
    best = plate("AB123CD", 0.97)
    seen = votes(plate("AB123CD", 0.8), best, plate("AB128CD", 0.6)).outcome()
    assert seen is not None
    assert seen.plate.text.text == "AB123CD"
    assert seen.plate.detection is best.detection
    assert (seen.at - BEGINNING).total_seconds() == 1
    assert seen.pictures == 3


def test_confidence_counts_more_than_numbers() -> None:
    seen = votes(
        plate("AB123CD", 0.99), plate("AB123CD", 0.95), *[plate("AB128CD", 0.31)] * 3
    ).outcome()
    assert seen is not None
    assert seen.plate.text.text == "AB123CD"


def test_disagreement_lowers_the_confidence() -> None:
    sure = votes(*[plate("AB123CD", 0.96)] * 3).outcome()
    unsure = votes(*[plate("AB123CD", 0.96)] * 3, plate("XY123CD", 0.8)).outcome()
    assert sure is not None and unsure is not None
    assert sure.plate.reading.confidence == pytest.approx(0.96)
    assert unsure.plate.reading.confidence == pytest.approx(0.96 * 2.88 / 3.68)


def test_characters_vote_by_their_places_where_no_text_leads() -> None:
    seen = votes(
        plate("8KLM456", 0.7, "x      "),
        plate("BKLN456", 0.7, "   x   "),
        plate("BKLM4S6", 0.7, "     x "),
    ).outcome()
    assert seen is not None
    assert seen.plate.text.text == "BKLM456"
    assert seen.plate.reading.text == "BKLM456"
    assert len(seen.plate.reading.char_confidences) == 7


def test_less_agreement_is_less_confidence() -> None:
    one, other = plate("AB123CD"), plate("AB128CD")
    sure_of = []
    for ours, theirs in [(3, 0), (2, 1), (5, 4), (3, 3)]:
        seen = votes(*[one] * ours, *[other] * theirs, settings=ANY).outcome()
        assert seen is not None
        sure_of.append(seen.plate.reading.confidence)
    assert sure_of == pytest.approx([0.9, 0.6, 0.5, 0.45])


@pytest.mark.parametrize("other", ["AB128CD", "AB1238CD", "XY999ZZ"])
def test_two_plates_that_share_the_weight_are_none(other: str) -> None:
    assert votes(*[plate("AB123CD")] * 3, *[plate(other)] * 3).outcome() is None


def test_a_vehicle_that_becomes_readable_late_is_decided() -> None:
    counted = votes(*[plate("AB123CD", 0.6), plate("AB128CD", 0.6)] * 30)
    assert not counted.enough
    for _ in range(50):
        counted.add(plate("AB123CD", 0.99), frame(99))
    assert counted.enough


def test_one_picture_decides_alone_only_where_it_is_sure() -> None:
    assert votes(plate("AB123CD", 0.94)).outcome() is None
    assert votes(plate("AB123CD", 0.96)).outcome() is not None


def test_what_leaves_too_much_doubt_is_nothing() -> None:
    assert votes(plate("AB123CD", 0.45), plate("AB123CD", 0.45)).outcome() is None
    assert votes(plate("", 0.0), plate("", 0.0)).outcome() is None


def test_pictures_that_agree_are_enough() -> None:
    agreeing = [plate("AB123CD")] * 4
    assert not votes(*agreeing[:3]).enough
    assert votes(*agreeing).enough
    assert not votes(*agreeing[:2], *[plate("AB128CD")] * 2).enough


def test_says_how_alike_a_plate_is() -> None:
    counted = votes(plate("AB123CD"))
    assert counted.alike(plate("AB123CD")) == 1.0
    assert counted.alike(plate("A8123CD")) == pytest.approx(12 / 14)
    assert counted.alike(plate("XYZ999")) == 0.0


def test_two_sure_plates_of_one_series_are_two() -> None:
    assert votes(plate("BMA1234")).alike(plate("BMA5678")) == 0.0
    assert votes(plate("BMA1234", 0.89)).alike(plate("BMA5678")) == pytest.approx(6 / 14)
    assert votes(plate("BMA1234")).alike(plate("BMA1294")) == pytest.approx(12 / 14)


def test_sure_pieces_of_one_plate_are_one() -> None:
    counted = votes(plate("HR26BP3543"))
    for piece in ("BP3543", "HR26BP35", "HR26"):
        alike = counted.alike(plate(piece))
        assert alike is not None
        assert alike > OTHER


def test_what_can_hardly_be_read_tells_nothing() -> None:
    assert votes(plate("AB123CD")).alike(plate("XYZ999", 0.4)) is None
    assert votes(plate("AB123CD")).alike(plate("")) is None
    assert votes(plate("AB123CD", 0.4)).alike(plate("XYZ999")) is None
    assert votes().alike(plate("XYZ999")) is None


def test_o_and_nought_are_alike() -> None:
    assert votes(plate("AO1")).alike(plate("A0I")) == 1.0
