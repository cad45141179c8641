"""Cutting and fitting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cropping import cut, fit
from pipelines.types import Box


def test_cuts_every_pixel_that_the_box_touches() -> None:
    picture = np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)
    assert np.array_equal(cut(picture, Box(9.5, -3, 20.1, 7)), picture[0:7, 9:21])


@pytest.mark.parametrize("box", [Box(60, 0, 80, 10), Box(-9, 0, 0, 10), Box(5, 5, 5, 9)])
def test_a_box_without_pixels_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match=r"covers no pixel of a picture of 60x40$"):
        cut(np.zeros((40, 60, 3), np.uint8), box)


@given(*(st.integers(1, 600) for _ in range(4)))
@settings(max_examples=50)
def test_fitting_never_enlarges_and_always_fits(
    height: int, width: int, max_width: int, max_height: int
) -> None:
    picture = np.zeros((height, width, 3), np.uint8)

    fitted = fit(picture, max_width, max_height)

    assert 1 <= fitted.shape[0] <= min(height, max_height)
    assert 1 <= fitted.shape[1] <= min(width, max_width)
    assert not np.shares_memory(fitted, picture)


def test_fitting_keeps_the_proportions() -> None:
    assert fit(np.zeros((400, 1200, 3), np.uint8), 480, 160).shape == (160, 480, 3)
    assert fit(np.zeros((100, 1000, 3), np.uint8), 480, 160).shape == (48, 480, 3)
