"""Readings held against known plates."""

import random

import pytest

from pipelines.plate_matching.confusions import shipped_confusions
from pipelines.plate_matching.decision import decide
from pipelines.plate_matching.known_plates import KnownPlates
from pipelines.plate_matching.outcome import MatchReason, PlateMatch
from pipelines.plate_matching.seen import SeenPlate
from pipelines.types import PlateCandidate

LEAST = 0.9


def crowd(count: int, seed: int = 1) -> list[str]:
    """Random Vietnamese plates."""
    order = random.Random(seed)
    letters = "ABCDEFGHKLMNPSTUVXYZ"
    return [
        f"{order.randrange(11, 99)}{order.choice(letters)}{order.randrange(100_000):05}"
        for _ in range(count)
    ]


def seen(text: str, unsure: str = "", sure: float = 0.98, doubtful: float = 0.5) -> SeenPlate:
    """A reading whose characters under a mark of ``unsure`` are doubtful."""
    marks = unsure.ljust(len(text))
    return SeenPlate(text, tuple(sure if mark == " " else doubtful for mark in marks))


def match(reading: SeenPlate, *plates: str, **countries: str) -> tuple[PlateMatch, str | None]:
    """The decision, and the plate it is about."""
    known = dict(enumerate(plates, 1))
    of = {one: countries.get(f"c{one}") for one in known}
    found = decide(reading, KnownPlates(known, shipped_confusions()), of, LEAST)
    return found, known.get(found.plate_id or 0)


MANY = crowd(2000)


def test_a_plate_read_as_it_is_known_is_matched() -> None:
    found, plate = match(seen("30A12345"), "30A12345", *MANY)
    assert (found.reason, plate, found.exact) == (MatchReason.MATCHED, "30A12345", True)
    assert found.probability > 0.99


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        ("30A1Z345", "    ^   "),
        ("3OA12345", " ^      "),
        ("B0A12345", "^       "),
    ],
    ids=["digit as letter", "0 as O", "3 as B"],
)
def test_a_plate_read_with_errors_is_matched(text: str, unsure: str) -> None:
    found, plate = match(seen(text, unsure), "30A12345", *MANY)
    assert (found.reason, plate, found.exact) == (MatchReason.MATCHED, "30A12345", False)


@pytest.mark.parametrize(
    ("text", "unsure"),
    [
        ("30A12346", ""),
        ("30A1Z345", ""),
        ("30A1234", ""),
        ("30A123", ""),
        ("30A123445", ""),
        ("38A12E45", " ^   ^  "),
        ("30A12354", ""),
    ],
    ids=["next number", "sure letter", "one short", "cut", "one more", "two doubtful", "swapped"],
)
@pytest.mark.parametrize("others", [[], MANY], ids=["one known", "2,001 known"])
def test_a_stranger_who_may_as_well_bear_what_was_read_is_not_taken_for_a_neighbour(
    text: str, unsure: str, others: list[str]
) -> None:
    found, _ = match(seen(text, unsure, sure=0.9998), "30A12345", *others)
    assert found.reason is not MatchReason.MATCHED
    assert found.probability < LEAST


@pytest.mark.parametrize("text", ["51F67890", "X", "30A", "ABCDEFGHJKLM"])
def test_a_stranger_is_matched_with_nobody(text: str) -> None:
    found, _ = match(seen(text), "30A12345", *MANY)
    assert found.reason is MatchReason.NOT_KNOWN
    assert found.probability < 0.5


def test_nothing_read_or_nothing_known_is_no_match() -> None:
    nothing = PlateMatch(MatchReason.NOT_KNOWN, None, 0.0, 0.0, exact=False)
    assert match(seen(""), "30A12345")[0] == nothing
    assert match(seen("30A12345"))[0] == nothing


def test_two_plates_about_equally_likely_are_no_match() -> None:
    found, _ = match(seen("3OA1O345", " ^  ^"), "30A1O345", "3OA10345", *MANY)
    assert found.reason is MatchReason.ALIKE
    assert found.probability + found.second_probability > LEAST
    same, _ = match(seen("30A12345"), "30A12345", "30A12345", *MANY)
    assert same.reason is MatchReason.ALIKE
    assert same.probability == pytest.approx(0.5, abs=0.01)


def test_the_country_alone_does_not_tell_two_of_one_text_apart() -> None:
    for country, likelier in (("FI", 1), ("SE", 2)):
        reading = SeenPlate("AB123", (0.98,) * 5, (), country)
        found, _ = match(reading, "AB123", "AB123", *MANY, c1="FI", c2="SE")
        assert (found.reason, found.plate_id) == (MatchReason.ALIKE, likelier)


def test_another_country_makes_a_plate_less_likely_but_not_impossible() -> None:
    found, _ = match(SeenPlate("30A12345", (0.98,) * 8, (), "LA"), "30A12345", *MANY, c1="VN")
    usual, _ = match(SeenPlate("30A12345", (0.98,) * 8, (), "VN"), "30A12345", *MANY, c1="VN")
    assert 0.5 < found.probability < usual.probability


def test_a_confusion_of_the_reader_is_likelier_than_one_it_never_makes() -> None:
    usual, _ = match(seen("3OA12345", " ^"), "30A12345")
    odd, _ = match(seen("3WA12345", " ^"), "30A12345")
    assert usual.probability > odd.probability


def test_a_doubtful_character_tells_less_than_a_sure_one() -> None:
    doubtful, _ = match(seen("30A12745", "     ^"), "30A12345", *MANY)
    sure, _ = match(seen("30A12745", sure=0.999), "30A12345", *MANY)
    assert doubtful.probability > sure.probability


def test_a_candidate_of_the_reader_counts() -> None:
    text, confidences = "30A1234", (0.98,) * 6 + (0.4,)
    known = ("30A123456", "30A12345", *MANY)
    plain = SeenPlate(text, confidences)
    helped = SeenPlate(text, confidences, (PlateCandidate("30A123456", 0.4),))
    wanted = known.index("30A123456") + 1
    before, _ = match(plain, *known)
    after, _ = match(helped, *known)
    assert before.plate_id != wanted
    assert (after.plate_id, after.reason) == (wanted, MatchReason.MATCHED)


def test_probabilities_are_those_of_a_whole() -> None:
    order = random.Random(4)
    for plate in crowd(30, seed=9):
        broken = plate.replace(plate[order.randrange(len(plate))], order.choice("O1B8"))
        found, _ = match(seen(broken, "^" * 8, doubtful=0.6), plate, *MANY[:50])
        assert 0.0 <= found.second_probability <= found.probability <= 1.0
        assert found.probability + found.second_probability <= 1.0 + 1e-9
