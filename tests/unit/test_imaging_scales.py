"""Pictures that are decoded at a half, a quarter or an eighth first."""

from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from pipelines.errors import TooLarge, UnreadablePicture, UnsupportedPicture
from pipelines.imaging import decode, open_picture
from tests.unit.encoded_pictures import LIMIT, bgr, colours, encoded

_MARK = (400, 232, 432, 248)
"""Left, top, right and bottom of a red mark; multiples of 8."""


def marked(width: int = 601, height: int = 403) -> Image.Image:
    """Grey, with a red mark that every scale keeps."""
    picture = np.full((height, width, 3), 128, np.uint8)
    left, top, right, bottom = _MARK
    picture[top:bottom, left:right] = (255, 0, 0)
    return Image.fromarray(picture)


def _mark_on(picture: Any) -> tuple[float, float]:
    """Middle of the mark, pixels."""
    red = (picture[..., 2].astype(int) - picture[..., 1]).clip(0).astype(float)
    red[red < 60] = 0
    ys, xs = np.indices(red.shape)
    return (
        float((red * (xs + 0.5)).sum() / red.sum()),
        float((red * (ys + 0.5)).sum() / red.sum()),
    )


@pytest.mark.parametrize(
    ("longer_side", "factor"), [(602, 1), (301, 1), (300, 2), (150, 4), (75, 8), (10, 8)]
)
def test_the_smallest_scale_that_is_large_enough_is_decoded(longer_side: int, factor: int) -> None:
    picture = open_picture(encoded(marked(), "JPEG"), max_pixels=LIMIT, longer_side=longer_side)

    assert (picture.width, picture.height) == (601, 403)
    assert picture.finest.factor == factor
    assert picture.finest.pixels.shape == (-(-403 // factor), -(-601 // factor), 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_places_in_a_turned_picture_are_those_of_the_full_one(
    factor: int, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(marked(), "JPEG", exif=exif, quality=95)
    whole = decode(data, max_pixels=LIMIT)

    picture = open_picture(data, max_pixels=LIMIT, longer_side=600 // factor)

    assert (picture.width, picture.height) == whole.shape[1::-1]
    view = picture.finest
    assert view.factor == factor
    assert view.pixels.flags.c_contiguous
    assert view.to_source(_mark_on(view.pixels)) == pytest.approx(_mark_on(whole), abs=0.6)
    assert np.array_equal(picture.full(), whole)


def test_a_reduced_picture_looks_like_the_full_one() -> None:
    image = colours(640, 480)

    view = open_picture(encoded(image, "JPEG", quality=95), max_pixels=LIMIT, longer_side=160)

    shrunk = cv2.resize(bgr(image), (160, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(view.finest.pixels.astype(int) - shrunk).mean() < 2


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("CMYK", "JPEG")]
)
def test_other_pictures_are_decoded_in_full_at_once(mode: str, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(marked().convert(mode), kind, exif=exif)

    picture = open_picture(data, max_pixels=LIMIT, longer_side=75)

    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert (picture.width, picture.height) == upright.size
    assert picture.finest.factor == 1
    assert np.array_equal(picture.full(), decode(data, max_pixels=LIMIT))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_picture_is_unreadable_at_any_scale(share: float, progressive: bool) -> None:
    data = encoded(marked(), "JPEG", progressive=progressive)

    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        open_picture(data[: int(share * len(data))], max_pixels=LIMIT, longer_side=75)


def test_the_limit_holds_for_the_full_size() -> None:
    data = encoded(marked(), "JPEG")
    message = r"^the picture has 601x403 pixels, more than the 200000 allowed$"

    with pytest.raises(TooLarge, match=message):
        open_picture(data, max_pixels=200_000, longer_side=75)


def test_other_content_is_refused() -> None:
    with pytest.raises(UnsupportedPicture):
        open_picture(b"GIF89a", max_pixels=LIMIT, longer_side=75)


@given(
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    st.sampled_from([10, 150, 300]),
)
@settings(max_examples=150)
def test_damaged_pictures_raise_only_named_errors(
    changes: list[tuple[float, int]], longer_side: int
) -> None:
    damaged = bytearray(encoded(colours(320, 200), "JPEG"))
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    try:
        picture = open_picture(bytes(damaged), max_pixels=LIMIT, longer_side=longer_side)
        whole = picture.full()
    except (UnsupportedPicture, UnreadablePicture, TooLarge):
        return
    assert whole.shape == (picture.height, picture.width, 3)
