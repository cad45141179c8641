"""Which found box is which labelled plate."""

from collections.abc import Sequence

import pytest

from pipelines.types import Box
from tests.bench.matching import match

PLATE = Box(0, 0, 10, 4)


def matched(truth: Sequence[Box], found: Sequence[Box], least: float) -> list[tuple[float, ...]]:
    """Labelled index, found index and overlap of each pair, by the first."""
    pairs = match(truth, found, least)
    return [(index, place, round(overlap, 6)) for index, (place, overlap) in sorted(pairs.items())]


def test_pairs_each_plate_with_the_box_on_it() -> None:
    found = [Box(100, 0, 110, 4), Box(0, 0, 10, 2)]

    assert matched([PLATE, Box(100, 0, 110, 4)], found, 0.5) == [(0, 1, 0.5), (1, 0, 1.0)]


@pytest.mark.parametrize(("least", "pairs"), [(0.34, []), (0.33, [(0, 0, 0.333333)])])
def test_a_box_that_overlaps_too_little_is_no_match(
    least: float, pairs: list[tuple[float, ...]]
) -> None:
    # 5 x 4 shared, of 10 x 4 + 10 x 4 - 5 x 4 = 60.
    assert matched([PLATE], [Box(5, 0, 15, 4)], least) == pairs


def test_a_box_matches_one_plate_only_the_one_it_overlaps_most() -> None:
    neighbour = Box(0, 2, 10, 6)

    # 10 x 3.5 shared, of 40 + 40 - 35 = 45.
    assert matched([PLATE, neighbour], [Box(0, 1.5, 10, 5.5)], 0.1) == [(1, 0, 0.777778)]


def test_of_two_boxes_on_one_plate_the_better_one_matches() -> None:
    assert matched([PLATE], [Box(0, 0, 10, 3), PLATE], 0.5) == [(0, 1, 1.0)]
