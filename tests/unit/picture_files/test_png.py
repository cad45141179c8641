"""PNG files without anything but their pixels."""

import zlib

import pytest
from PIL import Image

from pipelines.errors import UnreadablePicture
from pipelines.imaging import decode
from pipelines.picture_files.png import MAX_CHUNKS, read_png
from tests.unit.encoded_pictures import LIMIT, colours, encoded, exif, png, png_chunk

_PLAIN = encoded(colours(), "PNG")
_HEADER_ENDS = 33


def _with(chunks: bytes, place: int = _HEADER_ENDS) -> bytes:
    return _PLAIN[:place] + chunks + _PLAIN[place:]


@pytest.mark.parametrize(
    ("mode", "plain"),
    [("RGB", True), ("L", True), ("1", False), ("P", False), ("LA", False), ("RGBA", False)],
)
def test_the_pixels_stay(mode: str, plain: bool) -> None:
    data = encoded(colours().convert(mode), "PNG")

    file = read_png(data)

    assert (file.kind, file.width, file.height, file.orientation) == ("png", 90, 60, 1)
    assert file.plain is plain
    same = decode(file.data, max_pixels=LIMIT) == decode(data, max_pixels=LIMIT)
    assert same.all()


@pytest.mark.parametrize("place", [_HEADER_ENDS, -12], ids=["before", "behind"])
def test_metadata_and_whatever_follows_are_left_out(place: int) -> None:
    metadata = (
        png_chunk(b"eXIf", exif(6))
        + png_chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(1_000_000)))
        + png_chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(1_000_000)))
        + png_chunk(b"tEXt", b"note\0<script>")
    )

    file = read_png(_with(metadata, place) + b"PK\3\4" + _PLAIN)

    assert file.data == _PLAIN
    assert file.orientation == 6


def test_of_an_animation_the_first_picture_stays() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])

    file = read_png(data)

    assert b"fdAT" in data
    assert b"fdAT" not in file.data
    assert (decode(file.data, max_pixels=LIMIT) == (0, 0, 255)).all()


def test_transparency_stays_where_it_counts() -> None:
    transparent = png_chunk(b"tRNS", bytes(6))
    assert not read_png(_with(transparent)).plain
    assert read_png(_with(transparent, -12)).data == _PLAIN


def test_as_many_chunks_are_read_as_any_encoder_writes() -> None:
    assert read_png(_with(png_chunk(b"abCd", b"") * (MAX_CHUNKS - 10))).data == _PLAIN
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        read_png(_with(png_chunk(b"abCd", b"") * MAX_CHUNKS))


@pytest.mark.parametrize(
    "data",
    [
        png(0, 10),
        png(10, 0),
        _with(_PLAIN[8:_HEADER_ENDS]),
        _PLAIN[:8] + _PLAIN[_HEADER_ENDS:],
        _PLAIN[:8] + png_chunk(b"IHDR", bytes(12)) + _PLAIN[_HEADER_ENDS:],
        _PLAIN[:_HEADER_ENDS] + png_chunk(b"IEND", b""),
        _with(png_chunk(b"ABCD", b"")),
        _with(b"\xff\xff\xff\xffabCd"),
        _PLAIN[:-12],
        _PLAIN[:-1],
        _PLAIN[:8],
    ],
    ids=[
        "no width",
        "no height",
        "second header",
        "no header",
        "short header",
        "no pixels",
        "unknown and necessary",
        "length beyond the end",
        "no end",
        "cut",
        "signature alone",
    ],
)
def test_what_is_damaged_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        read_png(data)
