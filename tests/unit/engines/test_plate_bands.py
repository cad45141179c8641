"""Country bands at the ends of a line."""

import numpy as np
import pytest

from pipelines.engines.plate_bands import without_bands
from pipelines.types import Picture

_BLUE = (150, 60, 10)


def _line() -> Picture:
    line = np.full((40, 200, 3), 240, np.uint8)
    line[5:35, 60:66] = 20
    return line


@pytest.mark.parametrize(
    ("left", "right", "width"), [(20, 0, 180), (0, 18, 182), (20, 18, 162), (30, 0, 170)]
)
def test_blue_ends_are_cut_off(left: int, right: int, width: int) -> None:
    line = _line()
    line[:, :left] = _BLUE
    line[:, 200 - right :] = _BLUE
    between = without_bands(line)
    assert between is not None
    assert between.shape == (40, width, 3)


def test_a_line_without_blue_ends_is_left_alone() -> None:
    assert without_bands(_line()) is None


def test_a_blue_plate_has_no_bands() -> None:
    assert without_bands(np.full((40, 200, 3), _BLUE, np.uint8)) is None


def test_blue_letters_are_no_bands() -> None:
    line = _line()
    for x in range(10, 190, 20):
        line[8:32, x : x + 5] = _BLUE
    assert without_bands(line) is None
