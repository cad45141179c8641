import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cropping import cut
from pipelines.straightening import slant, straighten
from pipelines.types import Box, Picture
from tests.unit.plate_scenes import noise, scene


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("angle", [-19, -12, -6, -3, 3, 6, 12, 19])
def test_finds_and_undoes_the_slant_of_a_turned_plate(angle: float, scale: float) -> None:
    picture, box = scene(angle, scale)

    assert slant(cut(picture, box)) == pytest.approx(angle, abs=1.0)
    crop = straighten(picture, box, margin=0.06)
    assert slant(crop) == 0.0
    assert crop.shape[1] / crop.shape[0] == pytest.approx(220 / 48, rel=0.35)


@pytest.mark.parametrize("scale", [0.5, 1.0])
@pytest.mark.parametrize("text", ["7359 HBN", "1111 III", "AV WA VA", "-- -- --", "MWX"])
def test_an_upright_plate_is_cut_out_pixel_by_pixel(text: str, scale: float) -> None:
    picture, box = scene(0.0, scale, text)
    border = 0.1 * box.height

    crop = straighten(picture, box, margin=0.1)

    grown = Box(box.x1 - border, box.y1 - border, box.x2 + border, box.y2 + border)
    assert np.array_equal(crop, cut(picture, grown))


@pytest.mark.parametrize("angle", [-40, 30, 45])
def test_a_slant_beyond_twenty_degrees_is_left_alone(angle: float) -> None:
    picture, box = scene(angle)
    assert slant(cut(picture, box)) == 0.0


@pytest.mark.parametrize(
    "plate",
    [
        noise(48, 220),
        np.full((48, 220, 3), 200, np.uint8),
        np.zeros((4, 9, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
    ],
    ids=["grain", "blank", "small", "pixel"],
)
def test_what_has_no_lines_has_no_slant(plate: Picture) -> None:
    assert slant(plate) == 0.0


def test_a_loose_box_keeps_its_size_when_turned() -> None:
    picture, box = scene(8.0)
    whole = Box(box.x1 - 10, box.y1 - 5, box.x2 + 10, box.y2 + 5)

    crop = straighten(picture, whole, margin=0.0, tight=False)

    assert crop.shape[:2] == (round(whole.height), round(whole.width))
    assert slant(crop) == 0.0


def test_a_turned_plate_at_the_corner_of_the_picture_is_cut_out() -> None:
    picture, box = scene(10.0)
    corner = np.ascontiguousarray(picture[int(box.y1) + 8 :, int(box.x1) + 5 :])

    crop = straighten(corner, Box(0, 0, box.width - 5, box.height - 8), margin=0.3)

    assert abs(slant(crop)) <= 2.0


def test_a_large_plate_is_scaled_down_by_area() -> None:
    picture, box = scene(0.0, 6.0)

    crop = straighten(picture, box, margin=0.0)

    expected = cv2.resize(cut(picture, box), (480, 105), interpolation=cv2.INTER_AREA)
    assert np.array_equal(crop, expected)


def test_a_box_outside_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="covers no pixel of a picture of 40x30"):
        straighten(noise(30, 40), Box(50, 0, 60, 10), margin=0.1)


_fractions = st.floats(0, 0.9)


@given(
    st.tuples(st.integers(1, 900), st.integers(1, 900)),
    st.tuples(_fractions, _fractions, st.floats(0.05, 1.0), st.floats(0.05, 1.0)),
    st.floats(0, 0.5),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_crop_keeps_the_promised_limits(
    size: tuple[int, int], part: tuple[float, ...], margin: float, tight: bool
) -> None:
    height, width = size
    picture = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    before = picture.copy()
    x, y = part[0] * width, part[1] * height
    box = Box(x, y, min(width, x + part[2] * width), min(height, y + part[3] * height))

    crop = straighten(picture, box, margin, tight=tight)

    assert crop.dtype == np.uint8
    assert crop.shape[2] == 3
    assert 1 <= crop.shape[0] <= min(160, height + 1)
    assert 1 <= crop.shape[1] <= min(480, width + 1)
    assert crop.flags.c_contiguous
    assert np.array_equal(picture, before)
