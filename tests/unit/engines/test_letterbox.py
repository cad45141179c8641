import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.engines.letterbox import letterbox
from pipelines.types import Box
from tests.unit.plate_scenes import noise


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ((720, 1280), (384, 640)),
        ((1280, 720), (640, 384)),
        ((480, 640), (480, 640)),
        ((300, 300), (640, 640)),
        ((56, 260), (160, 640)),
        ((10, 4000), (96, 640)),
        ((1, 1), (640, 640)),
    ],
)
def test_the_canvas_is_as_small_as_the_stride_allows(
    size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    assert letterbox(np.zeros((*size, 3), np.uint8), 640).canvas.shape == (*canvas, 3)


@given(st.integers(1, 1500), st.integers(1, 1500), st.sampled_from([160, 416, 640]))
@settings(max_examples=60, deadline=None)
def test_the_whole_canvas_maps_back_around_the_whole_picture(
    height: int, width: int, side: int
) -> None:
    boxed = letterbox(np.zeros((height, width, 3), np.uint8), side)

    rows, columns = boxed.canvas.shape[:2]
    assert rows % 32 == columns % 32 == 0
    assert max(rows, columns) == side
    inner = (columns - 2 * boxed.left) / boxed.scale_x, (rows - 2 * boxed.top) / boxed.scale_y
    assert inner[0] == pytest.approx(width, abs=1 / boxed.scale_x + 1e-6)
    assert inner[1] == pytest.approx(height, abs=1 / boxed.scale_y + 1e-6)


def test_a_place_in_the_picture_maps_to_the_canvas_and_back() -> None:
    picture = noise(300, 600)
    picture[100:200, 150:300] = (0, 0, 255)

    boxed = letterbox(picture, 320)

    red = (boxed.canvas[..., 2] > 200) & (boxed.canvas[..., 0] < 60)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    box = boxed.to_source(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    expected = Box(150, 100, 300, 200)
    for side in ("x1", "y1", "x2", "y2"):
        assert getattr(box, side) == pytest.approx(getattr(expected, side), abs=4)


def test_the_border_is_grey_and_the_picture_is_not_changed() -> None:
    picture = noise(100, 640)
    before = picture.copy()

    boxed = letterbox(picture, 640)

    assert (boxed.canvas[: boxed.top] == 114).all()
    assert np.array_equal(boxed.canvas[boxed.top : boxed.top + 100], before)
    assert np.array_equal(picture, before)
