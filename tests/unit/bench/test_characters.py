"""Readings compared with the true text character by character."""

import pytest

from tests.bench.characters import aligned, confusions, edit_distance


@pytest.mark.parametrize(
    ("truth", "read", "distance"),
    [
        ("AB12", "AB12", 0),
        ("AB12", "A812", 1),
        ("AB12", "AB2", 1),
        ("AB12", "AB112", 1),
        ("AB12", "", 4),
        ("", "XY", 2),
        ("KITTEN", "SITTING", 3),
    ],
)
def test_counts_the_fewest_edits(truth: str, read: str, distance: int) -> None:
    assert edit_distance(truth, read) == distance
    assert sum(a != b for a, b in aligned(truth, read)) == distance


def test_aligns_a_character_that_was_left_out() -> None:
    assert aligned("MH12DE", "MH2DE") == [
        ("M", "M"),
        ("H", "H"),
        ("1", ""),
        ("2", "2"),
        ("D", "D"),
        ("E", "E"),
    ]


def test_aligns_a_character_that_was_made_up() -> None:
    assert aligned("4DR", "4DRR") == [("4", "4"), ("D", "D"), ("", "R"), ("R", "R")]


def test_counts_confusions_over_all_texts() -> None:
    counts = confusions([("B8", "88"), ("B1", "81"), ("O", "")])

    assert counts == {("B", "8"): 2, ("8", "8"): 1, ("1", "1"): 1, ("O", ""): 1}
