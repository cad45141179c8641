"""The bench of plate matching, on made-up readings."""

import random

import numpy as np
import pytest

from pipelines.plate_matching.seen import SeenPlate
from tests.bench.plate_matches import (
    Share,
    beside,
    by_likelihood,
    fleet,
    like,
    nearest_by_edits,
    share,
)
from tests.bench.worn_crops import worn

PLATES = ["30A12345", "30A12346", "51F67890"]


def seen(text: str) -> SeenPlate:
    return SeenPlate(text, (0.9,) * len(text))


def test_a_plate_beside_another_differs_in_one_character_of_the_same_kind() -> None:
    order = random.Random(1)
    for text in ("30A12345", "B123CD77") * 20:
        other = beside(text, order)
        differing = [(a, b) for a, b in zip(text, other, strict=True) if a != b]
        assert len(differing) == 1
        assert differing[0][0].isdigit() == differing[0][1].isdigit()


def test_random_plates_have_the_shapes_of_the_real_ones() -> None:
    order = random.Random(1)
    for _ in range(20):
        made = like("30A12345", order)
        assert [one.isdigit() for one in made] == [one.isdigit() for one in "30A12345"]
    made_up = fleet(PLATES, 50, order)
    assert (made_up[:3], len(set(made_up))) == (PLATES, 50)


@pytest.mark.parametrize(
    ("text", "most", "taken"),
    [
        ("51F67890", 0, "51F67890"),
        ("51F6789O", 0, None),
        ("51F6789O", 1, "51F67890"),
        ("30A12347", 1, None),
        ("51F678", 2, "51F67890"),
        ("99Z99999", 2, None),
        ("", 2, None),
    ],
)
def test_plain_edit_distance_takes_the_one_nearest(text: str, most: int, taken: str | None) -> None:
    assert nearest_by_edits(PLATES, most)(seen(text)) == taken


def test_counts_what_was_taken_for_what() -> None:
    readings = [
        ("30A12345", seen("30A12345")),
        ("51F67890", seen("30A12345")),
        ("51F67890", seen("77Z77777")),
        ("99K00000", seen("51F67890")),
        ("99K00000", seen("99K00000")),
    ]
    ways = (nearest_by_edits(PLATES, 0), by_likelihood(PLATES, 0.9))
    for way in ways:
        assert share(way, readings, set(PLATES)) == Share(1, 1, 3, 1, 2)


def test_a_worn_crop_has_the_height_asked_for_and_its_proportions() -> None:
    crop = np.full((60, 240, 3), 90, np.uint8)
    small = worn(crop, 12, random.Random(1))
    assert small.shape == (12, 48, 3)
    assert small.std() > 1
    assert (worn(crop, 12, random.Random(1)) == small).all()
