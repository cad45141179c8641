"""Files that are small and would keep a decoder busy, or fill its memory, for minutes."""

import zlib

import pytest

from tests.fuzz.cost import CPU_LIMIT_S, MEMORY_LIMIT_MIB, ON_LINUX, measured
from tests.fuzz.picture_path import ANSWERED, PicturePath
from tests.unit.encoded_pictures import (
    colours,
    encoded,
    exif,
    grey_scans,
    jpeg_segment,
    png_chunk,
)

pytestmark = ON_LINUX

_EMPTY_SEGMENTS = b"\xff\xfe\0\2" * (15 * 2**18)
_EXIFS = jpeg_segment(0xE1, b"Exif\0\0" + bytes(20)) * 500_000
_ENDLESS = [(1000 + number, 7, 12 * 2**20, 8) for number in range(300)]
_GIGABYTES = png_chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(7_900_000)))


def _jpeg_with(segments: bytes) -> bytes:
    data = encoded(colours(), "JPEG")
    return data[:2] + segments + data[2:]


def _png_with(chunks: bytes, *, behind: bool = False) -> bytes:
    data = encoded(colours(), "PNG")
    place = len(data) - 12 if behind else 33
    return data[:place] + chunks + data[place:]


@pytest.mark.parametrize(
    ("data", "is_shown"),
    [
        (_jpeg_with(b"\xff\xe0\0\2" + bytes(15 * 2**20)), True),
        (_jpeg_with(b"\xff" * (15 * 2**20)), True),
        (_jpeg_with(_EMPTY_SEGMENTS), False),
        (_jpeg_with(_EXIFS), False),
        (grey_scans(1400, 1400, 500_000), False),
        (_png_with(png_chunk(b"abCd", b"") * 1_250_000), False),
        (_png_with(png_chunk(b"IDAT", b"") * 1_250_000), False),
        (_png_with(_GIGABYTES * 300), True),
        (_png_with(_GIGABYTES * 300, behind=True), True),
        (_png_with(png_chunk(b"eXIf", exif(1, *_ENDLESS) + bytes(13 * 2**20))), True),
    ],
    ids=[
        "junk",
        "fill bytes",
        "empty segments",
        "pieces of EXIF",
        "scans",
        "empty chunks",
        "empty pixels",
        "texts",
        "texts behind the pixels",
        "EXIF that points to itself",
    ],
)
def test_a_file_that_would_keep_a_decoder_busy_takes_no_time(data: bytes, is_shown: bool) -> None:
    with measured() as cost:
        outcome = PicturePath()(data)
    assert outcome == (ANSWERED if is_shown else "unreadable_picture")
    assert cost.cpu_s < CPU_LIMIT_S
    assert cost.memory_mib < MEMORY_LIMIT_MIB
