from dataclasses import astuple

import numpy as np
import pytest

from pipelines.scalable_picture import ScalablePicture, View, factor_for
from pipelines.types import Box


@pytest.mark.parametrize(
    ("most", "factor"),
    [(100.0, 8), (8.0, 8), (7.9, 4), (4.0, 4), (2.5, 2), (1.9, 1), (1.0, 1), (0.2, 1)],
)
def test_the_coarsest_factor_that_suffices_is_taken(most: float, factor: int) -> None:
    assert factor_for(most) == factor


def test_points_and_boxes_go_to_the_source_and_back() -> None:
    view = View(np.zeros((10, 20, 3), np.uint8), 4, left=3, top=1)

    assert view.to_source((5.0, 2.0)) == (17.0, 7.0)
    assert view.from_source((17.0, 7.0)) == (5.0, 2.0)
    box = Box(1.0, 2.0, 6.5, 4.0)
    assert view.box_to_source(box) == Box(1.0, 7.0, 23.0, 15.0)
    assert astuple(view.box_from_source(view.box_to_source(box))) == pytest.approx(astuple(box))


class _Decoder:
    """Views of a picture of 80 x 40 pixels; remembers which were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, factor: int) -> View:
        self.asked.append(factor)
        return View(np.full((40 // factor, 80 // factor, 3), factor, np.uint8), factor)


def test_a_finer_view_is_decoded_once_and_kept() -> None:
    decoder = _Decoder()
    picture = ScalablePicture(80, 40, decoder(8), decoder)

    assert picture.view(20.0).factor == picture.view(8.0).factor == 8
    assert picture.view(3.0) is picture.view(2.0) is picture.finest
    assert picture.view(9.0).factor == 2
    assert picture.full().shape == (40, 80, 3)
    assert picture.view(0.1).factor == 1
    assert decoder.asked == [8, 2, 1]


def test_a_decoded_picture_is_its_only_view() -> None:
    pixels = np.zeros((30, 50, 3), np.uint8)
    picture = ScalablePicture.of(pixels)

    assert (picture.width, picture.height, picture.longer_side) == (50, 30, 50)
    assert picture.view(8.0).pixels is picture.full() is pixels
