import cv2
import numpy as np
import pytest

from pipelines.engines.corner_view import GROWTH_X, GROWTH_Y, VIEW_HEIGHT, VIEW_WIDTH, corner_view
from pipelines.types import Box
from tests.unit.plate_scenes import noise


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_a_spot_of_the_picture_lies_where_the_view_says(scale: float) -> None:
    picture = noise(int(300 * scale), int(500 * scale))
    spot = (260 * scale, 150 * scale)
    low = (round(spot[0] - 4 * scale), round(spot[1] - 3 * scale))
    high = (round(spot[0] + 4 * scale), round(spot[1] + 3 * scale))
    picture[low[1] : high[1], low[0] : high[0]] = (0, 0, 255)

    view = corner_view(picture, Box(200 * scale, 130 * scale, 310 * scale, 165 * scale))

    assert view.pixels.shape == (VIEW_HEIGHT, VIEW_WIDTH, 3)
    red = view.pixels[..., 0].astype(int) - view.pixels[..., 1] > 60
    rows, columns = np.nonzero(red)
    x, y = (columns.mean() + 0.5) / VIEW_WIDTH, (rows.mean() + 0.5) / VIEW_HEIGHT
    assert view.to_source(x, y) == pytest.approx(spot, abs=max(1.0, scale))


def test_the_window_is_the_box_grown_by_its_shares() -> None:
    view = corner_view(noise(100, 300), Box(100, 40, 200, 60))

    assert view.window.x1 == pytest.approx(100 - 100 * GROWTH_X)
    assert view.window.y2 == pytest.approx(60 + 20 * GROWTH_Y)
    assert view.to_source(0.5, 0.5) == pytest.approx((150, 50))


def test_beyond_the_picture_its_border_repeats() -> None:
    picture = np.full((40, 90, 3), 10, np.uint8)
    picture[:, -1] = 200

    view = corner_view(picture, Box(0, 0, 90, 40))

    assert (view.pixels[:, -10:] == 200).all()
    assert (view.pixels[:, :10] == 10).all()


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2)])
def test_pictures_of_odd_sizes_have_a_view(size: tuple[int, int]) -> None:
    view = corner_view(noise(*size), Box(0, 0, size[1], size[0]))
    assert view.pixels.shape == (VIEW_HEIGHT, VIEW_WIDTH, 3)


def test_the_view_is_in_rgb() -> None:
    picture = np.zeros((40, 90, 3), np.uint8)
    picture[..., 0] = 250
    view = corner_view(picture, Box(10, 10, 60, 30))
    assert cv2.mean(view.pixels)[:3] == (0, 0, 250)
