import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.geometry import (
    bounding_box,
    clip,
    containment,
    grow,
    intersection_over_union,
    keep_best,
    moved,
)
from pipelines.types import Box

_numbers = st.floats(-1e5, 1e5, allow_nan=False)
_boxes = st.builds(Box, _numbers, _numbers, _numbers, _numbers)
_sides = st.integers(1, 5000)


@given(_boxes, _sides, _sides)
def test_a_clipped_box_lies_in_the_picture_and_stays_as_it_is(
    box: Box, width: int, height: int
) -> None:
    clipped = clip(box, width, height)

    assert 0 <= clipped.x1 <= clipped.x2 <= width
    assert 0 <= clipped.y1 <= clipped.y2 <= height
    assert clip(clipped, width, height) == clipped


def test_a_box_inside_the_picture_is_not_changed_by_clipping() -> None:
    assert clip(Box(1.5, 2, 30, 40), 30, 40) == Box(1.5, 2, 30, 40)


@given(_boxes, _boxes)
def test_overlaps_are_symmetric_fractions(first: Box, second: Box) -> None:
    first, second = clip(first, 1e5, 1e5), clip(second, 1e5, 1e5)
    for measure in (intersection_over_union, containment):
        assert 0 <= measure(first, second) <= 1 + 1e-9
        assert measure(first, second) == measure(second, first)


def test_overlaps_of_known_boxes() -> None:
    assert intersection_over_union(Box(0, 0, 10, 10), Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert containment(Box(0, 0, 10, 10), Box(2, 2, 4, 4)) == 1.0
    assert containment(Box(0, 0, 10, 10), Box(10, 10, 20, 20)) == 0.0
    assert intersection_over_union(Box(3, 3, 3, 3), Box(3, 3, 3, 3)) == 0.0


def test_growing_adds_borders_on_both_sides() -> None:
    assert grow(Box(5, 6, 7, 8), 2, 3) == Box(3, 3, 9, 11)


def test_keeps_the_best_of_overlapping_boxes_and_sorts_by_score() -> None:
    plate, shifted = Box(0, 0, 100, 30), Box(5, 0, 105, 30)
    inside, apart = Box(40, 5, 60, 25), Box(200, 0, 300, 30)

    kept = keep_best([(0.4, apart), (0.8, shifted), (0.9, plate), (0.7, inside)], most=9)

    assert kept == [(0.9, plate), (0.4, apart)]


def test_keeps_touching_neighbours() -> None:
    left, right = Box(0, 0, 100, 30), Box(90, 0, 190, 30)
    assert keep_best([(0.9, left), (0.8, right)], most=9) == [(0.9, left), (0.8, right)]


def test_drops_slivers_and_what_exceeds_the_number_wanted() -> None:
    boxes = [Box(100.0 * n, 0, 100.0 * n + 50, 20) for n in range(5)]
    scored = [(0.5 + 0.1 * n, box) for n, box in enumerate(boxes)]

    kept = keep_best([*scored, (0.99, Box(0, 50, 100, 53))], most=2)

    assert [box for _, box in kept] == [boxes[4], boxes[3]]


def test_the_bounding_box_is_the_smallest_around_points() -> None:
    assert bounding_box([(3.0, 1.0), (9.0, 4.0), (7.0, 8.0), (2.0, 5.0)]) == Box(2, 1, 9, 8)


def test_a_moved_box_keeps_its_size() -> None:
    assert moved(Box(1, 2, 4, 8), 10, -2) == Box(11, 0, 14, 6)
