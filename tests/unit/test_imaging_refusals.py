"""Oversized, damaged and hostile pictures."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import TooLarge, Unavailable, UnreadablePicture, UnsupportedPicture
from pipelines.imaging import decode
from tests.unit.encoded_pictures import LIMIT, colours, encoded, png


def test_too_many_pixels_are_refused_by_the_header_alone() -> None:
    message = r"^the picture has 50000x40000 pixels, more than the 1000000 allowed$"

    with pytest.raises(TooLarge, match=message) as raised:
        decode(png(50_000, 40_000), max_pixels=LIMIT)

    assert raised.value.extra == {"width": 50_000, "height": 40_000, "max_pixels": LIMIT}


def test_a_jpeg_header_that_promises_too_much_is_refused() -> None:
    data = encoded(colours(), "JPEG")
    size = data.index(b"\xff\xc0") + 5
    bomb = data[:size] + struct.pack(">HH", 65_000, 65_000) + data[size + 4 :]

    with pytest.raises(TooLarge):
        decode(bomb, max_pixels=200_000_000)


def test_a_picture_of_exactly_the_limit_is_accepted() -> None:
    data = encoded(colours(100, 50), "PNG")
    assert decode(data, max_pixels=5000).shape == (50, 100, 3)
    with pytest.raises(TooLarge):
        decode(data, max_pixels=4999)


def _with_thumbnail() -> bytes:
    """A JPEG whose EXIF holds a whole small JPEG, end marker included."""
    thumbnail = encoded(colours(16, 12), "JPEG")
    return encoded(colours(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + thumbnail)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize(
    "data",
    [
        encoded(colours(), "PNG"),
        encoded(colours().convert("RGBA"), "PNG"),
        encoded(colours(), "JPEG"),
        encoded(colours(), "JPEG", progressive=True),
        encoded(colours().convert("CMYK"), "JPEG"),
        _with_thumbnail(),
    ],
    ids=["png", "rgba", "jpeg", "progressive", "cmyk", "thumbnail"],
)
def test_a_truncated_picture_is_unreadable(data: bytes, share: float) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        decode(data[: max(8, int(len(data) * share))], max_pixels=LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"garbage" * 20,
        b"\x89PNG\r\n\x1a\n" + b"garbage" * 20,
        png(0, 10),
        png(10, 0),
        png(4, 4, pixels=b"\0"),
    ],
    ids=["jpeg", "png", "no width", "no height", "no pixels"],
)
def test_garbage_and_empty_pictures_are_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        decode(data, max_pixels=LIMIT)


@pytest.mark.parametrize("failure", [MemoryError(), cv2.error("out of memory")])
def test_a_lack_of_memory_is_not_the_senders_fault(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def exhausted(*_: object) -> None:
        raise failure

    if isinstance(failure, cv2.error):
        failure.code = cv2.Error.StsNoMem
    monkeypatch.setattr(cv2, "imdecode", exhausted)
    with pytest.raises(Unavailable, match=r"^there is not enough memory for the picture now$"):
        decode(encoded(colours(), "PNG"), max_pixels=LIMIT)


_SEEDS = [
    encoded(colours(20, 14).convert(mode), kind)
    for kind, mode in [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
    ]
]


def _decodes_or_is_refused(data: bytes) -> None:
    try:
        picture = decode(data, max_pixels=LIMIT)
    except (UnsupportedPicture, UnreadablePicture, TooLarge):
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert 0 < picture.shape[0] * picture.shape[1] <= LIMIT


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_named_errors(start: bytes, rest: bytes) -> None:
    _decodes_or_is_refused(start + rest)


@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0, 1),
)
@settings(max_examples=300)
def test_damaged_pictures_raise_only_named_errors(
    data: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    _decodes_or_is_refused(bytes(damaged))
    _decodes_or_is_refused(bytes(damaged[: int(kept * len(damaged))]))
