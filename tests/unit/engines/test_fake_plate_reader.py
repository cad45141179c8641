"""Fake plates survive what happens to pictures on their way."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.settings import PlateReaderSettings
from pipelines.engines.fake_plate_reader import YELLOW, FakePlateReader, draw_fake_plate
from pipelines.plate_alphabet import ALPHABET
from pipelines.types import Box

_READER = FakePlateReader(PlateReaderSettings(engine="fake"))


@settings(max_examples=50, deadline=None)
@given(
    text=st.text(alphabet=ALPHABET, min_size=1, max_size=12),
    scale=st.floats(0.5, 1.5),
    quality=st.integers(50, 95),
    margin=st.integers(0, 6),
)
def test_reads_a_plate_after_jpeg_and_rescaling(
    text: str, scale: float, quality: int, margin: int
) -> None:
    ground = np.full((180, 320, 3), 60, np.uint8)
    picture, box = draw_fake_plate(ground, 20, 30, text)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR).astype(np.uint8)
    x1, y1, x2, y2 = (int(side * scale) for side in (box.x1, box.y1, box.x2, box.y2))
    crop = picture[y1 - margin : y2 + margin, x1 - margin : x2 + margin]
    assert _READER.read([crop])[0].text == text


def test_draws_on_a_copy_with_a_yellow_border_and_says_where() -> None:
    ground = np.zeros((150, 250, 3), np.uint8)
    picture, box = draw_fake_plate(ground, 7, 9, "ABC123")
    assert not ground.any()
    assert (box.x1, box.y1, box.width, box.height) == (7, 9, 120, 108)
    border = picture[9:13, 7:127], picture[113:117, 7:127], picture[9:117, 7:11]
    assert all((side == YELLOW).all() for side in border)
    outside = picture.copy()
    outside[9:117, 7:127] = 0
    assert not outside.any()


def test_the_longest_plate_fits_a_crop() -> None:
    _, box = draw_fake_plate(np.zeros((160, 480, 3), np.uint8), 0, 0, "W" * 12)
    assert box == Box(0, 0, 192, 108)


@pytest.mark.parametrize("text", ["", "A" * 13, "abc", "A-1"])
def test_refuses_a_text_that_it_cannot_draw(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a fake plate shows 1 to 12 letters and digits: "):
        draw_fake_plate(np.zeros((160, 480, 3), np.uint8), 0, 0, text)


def test_refuses_a_place_outside_the_picture() -> None:
    expected = r"^a fake plate of 84x108 px at \(100, 0\) leaves the picture$"
    with pytest.raises(ValueError, match=expected):
        draw_fake_plate(np.zeros((160, 180, 3), np.uint8), 100, 0, "ABC")


def test_a_damaged_plate_reads_as_empty() -> None:
    picture, _ = draw_fake_plate(np.zeros((110, 130, 3), np.uint8), 0, 0, "ABC123")
    picture[48:60, 36:48] = 255 - picture[48:60, 36:48]
    assert _READER.read([picture])[0].text == ""


def test_a_crop_that_is_no_fake_plate_reads_as_empty() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, 200, 3), dtype=np.uint8)
    yellow = np.full((60, 200, 3), YELLOW, np.uint8)
    assert [reading.text for reading in _READER.read([noise, yellow])] == ["", ""]
