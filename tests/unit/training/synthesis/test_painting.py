"""Whole plates."""

import numpy as np
import pytest

from pipelines.training.synthesis.layouts import load_layouts
from pipelines.training.synthesis.painting import Painter


@pytest.mark.parametrize("region", load_layouts().regions)
def test_every_region_paints_a_legible_plate(painter: Painter, region: str) -> None:
    plate = painter.paint(np.random.default_rng(11), region)
    assert plate.region == region
    assert plate.text.isascii()
    assert plate.text.isalnum()
    assert plate.text == plate.text.upper()
    height, width = plate.picture.shape[:2]
    assert plate.mask.shape == (height, width)
    assert plate.corners.min() >= 0
    assert (plate.corners <= (width, height)).all()
    assert plate.picture[plate.mask > 127].std() > 8


def test_the_same_seed_paints_the_same_plate(painter: Painter) -> None:
    first, second = (painter.paint(np.random.default_rng(4)) for _ in range(2))
    assert first.lines == second.lines
    assert np.array_equal(first.picture, second.picture)


def test_plates_of_two_rows_tell_both(painter: Painter) -> None:
    layout = next(row for row in load_layouts().rows if row.texts == ("AAA/9A99",))
    plate = painter.paint_layout(layout, np.random.default_rng(8))
    assert [len(line) for line in plate.lines] == [3, 4]


def test_a_russian_number_ends_with_the_code_of_its_region(painter: Painter) -> None:
    for seed in range(10):
        plate = painter.paint(np.random.default_rng(seed), "RU")
        assert plate.text[-2:].isdigit()
        assert len(plate.text) >= 6
