import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cropping import cut
from pipelines.straightening import (
    MAX_CROP_HEIGHT,
    MAX_CROP_WIDTH,
    crop_limits,
    straighten,
    upright,
)
from pipelines.types import Box, Picture
from tests.unit.plate_scenes import noise, plate, scene

LIMITS = (MAX_CROP_WIDTH, MAX_CROP_HEIGHT)
Quad = tuple[tuple[float, float], ...]


def _tilted(size: int = 1) -> tuple[Picture, Quad]:
    """A plate seen from the side on a grey ground, and its corners."""
    corners = np.array([(150, 90), (330, 130), (325, 175), (148, 145)], np.float32) * size
    flat = plate(scale=3.0)
    height, width = flat.shape[:2]
    own = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(own - 0.5, corners - 0.5)
    canvas = (500 * size, 300 * size)
    picture = cv2.warpPerspective(flat, matrix, canvas)
    mask = cv2.warpPerspective(np.full(flat.shape, 255, np.uint8), matrix, canvas)
    ground = np.full_like(picture, 90)
    return np.where(mask > 127, picture, ground), tuple(map(tuple, corners.tolist()))


@pytest.mark.parametrize("size", [1, 4])
def test_a_tilted_plate_is_seen_from_the_front(size: int) -> None:
    picture, corners = _tilted(size)

    crop = straighten(picture, corners, 0.0, LIMITS)

    expected = cv2.resize(plate(scale=3.0), crop.shape[1::-1], interpolation=cv2.INTER_AREA)
    difference = np.abs(crop.astype(int) - expected)
    assert difference.mean() < 12  # blank paper in its place differs by 50


def test_proportions_are_those_of_the_sides() -> None:
    picture, corners = _tilted()
    tl, tr, br, bl = corners

    crop = straighten(picture, corners, 0.0, LIMITS)

    width = (math.dist(tl, tr) + math.dist(bl, br)) / 2
    height = (math.dist(tl, bl) + math.dist(tr, br)) / 2
    assert crop.shape[:2] == (round(height), round(width))


def test_the_margin_is_a_share_of_the_height_on_all_sides() -> None:
    picture = noise(200, 300)
    corners = ((100.0, 50.0), (200.0, 50.0), (200.0, 90.0), (100.0, 90.0))

    crop = straighten(picture, corners, 0.1, LIMITS)

    assert np.array_equal(crop, picture[46:94, 96:204])


def test_beyond_the_picture_its_border_repeats() -> None:
    picture = np.full((60, 120, 3), 80, np.uint8)
    corners = ((-20.0, 10.0), (100.0, 10.0), (100.0, 70.0), (-20.0, 70.0))

    crop = straighten(picture, corners, 0.05, LIMITS)

    assert (crop == 80).all()


def test_corners_beyond_the_picture_are_refused() -> None:
    corners = ((500.0, 0.0), (600.0, 0.0), (600.0, 30.0), (500.0, 30.0))
    with pytest.raises(ValueError, match="covers no pixel of a picture of 40x30"):
        straighten(noise(30, 40), corners, 0.1, LIMITS)


def test_an_upright_plate_is_cut_out_pixel_by_pixel() -> None:
    picture, box = scene()
    border = 0.1 * box.height

    crop = upright(picture, box, 0.1, LIMITS)

    grown = Box(box.x1 - border, box.y1 - border, box.x2 + border, box.y2 + border)
    assert np.array_equal(crop, cut(picture, grown))
    assert not np.shares_memory(crop, picture)


def test_a_large_plate_is_scaled_down_by_area() -> None:
    picture, box = scene(0.0, 6.0)

    crop = upright(picture, box, 0.0, LIMITS)

    expected = cv2.resize(cut(picture, box), (480, 105), interpolation=cv2.INTER_AREA)
    assert np.array_equal(crop, expected)


@pytest.mark.parametrize("plates", range(1, 17))
def test_two_crops_a_plate_stay_below_a_message(plates: int) -> None:
    width, height = crop_limits(plates)

    assert 2 * plates * width * height * 3 < 4 * 1024 * 1024
    assert width >= 240
    assert width == pytest.approx(2 * height, abs=2)


@given(
    st.tuples(st.integers(1, 900), st.integers(1, 900)),
    st.tuples(*[st.floats(0, 0.9)] * 2, *[st.floats(0.05, 1.0)] * 2),
    st.floats(0, 0.5),
    st.integers(1, 16),
)
@settings(max_examples=60, deadline=None)
def test_any_crop_keeps_the_promised_limits(
    size: tuple[int, int], part: tuple[float, ...], margin: float, plates: int
) -> None:
    height, width = size
    picture = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    before = picture.copy()
    x, y = part[0] * width, part[1] * height
    box = Box(x, y, min(width, x + part[2] * width), min(height, y + part[3] * height))
    lean = 0.2 * box.height
    corners = ((box.x1, box.y1), (box.x2, box.y1 + lean), (box.x2, box.y2), (box.x1, box.y2 - lean))
    limits = crop_limits(plates)

    for crop in (
        upright(picture, box, margin, limits),
        straighten(picture, corners, margin, limits),
    ):
        assert crop.dtype == np.uint8
        assert crop.shape[2] == 3
        assert 1 <= crop.shape[0] <= limits[1]
        assert 1 <= crop.shape[1] <= limits[0]
        assert crop.flags.c_contiguous
    assert np.array_equal(picture, before)
