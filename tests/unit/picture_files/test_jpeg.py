"""JPEG files without anything but their pixels."""

import pytest
from PIL import Image

from pipelines.errors import UnreadablePicture
from pipelines.imaging import decode
from pipelines.picture_files.jpeg import MAX_SCANS, MAX_SEGMENTS, read_jpeg
from tests.unit.encoded_pictures import LIMIT, colours, encoded, exif, grey_scans, jpeg_segment

_PLAIN = encoded(colours(), "JPEG")


def _with(segments: bytes, data: bytes = _PLAIN) -> bytes:
    return data[:2] + segments + data[2:]


@pytest.mark.parametrize(
    ("mode", "options", "plain"),
    [
        ("RGB", {}, True),
        ("RGB", {"progressive": True}, True),
        ("RGB", {"restart_marker_blocks": 1}, True),
        ("L", {}, True),
        ("CMYK", {}, False),
    ],
    ids=["baseline", "progressive", "restarts", "grey", "cmyk"],
)
def test_the_pixels_stay(mode: str, options: dict[str, bool | int], plain: bool) -> None:
    data = encoded(colours().convert(mode), "JPEG", **options)

    file = read_jpeg(data)

    assert (file.kind, file.width, file.height, file.orientation) == ("jpeg", 90, 60, 1)
    assert file.plain is plain
    same = decode(file.data, max_pixels=LIMIT) == decode(data, max_pixels=LIMIT)
    assert same.all()


def test_metadata_junk_and_whatever_follows_are_left_out() -> None:
    metadata = (
        jpeg_segment(0xE1, b"Exif\0\0" + exif(6))
        + jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0")
        + jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes(600))
        + jpeg_segment(0xFE, b"<script>")
        + b"junk\xff\xff\xff"
    )

    file = read_jpeg(_with(metadata) + b"PK\3\4" + _PLAIN)

    assert file.data == _PLAIN
    assert file.orientation == 6


def test_the_first_exif_counts() -> None:
    both = b"".join(jpeg_segment(0xE1, b"Exif\0\0" + exif(number)) for number in (8, 3))
    assert read_jpeg(_with(both)).orientation == 8


def test_the_transform_of_colours_stays() -> None:
    rgb = encoded(colours(), "JPEG", keep_rgb=True)  # told by an Adobe segment alone
    assert b"Adobe" in read_jpeg(rgb).data


def test_an_end_marker_inside_metadata_is_no_end() -> None:
    thumbnail = jpeg_segment(0xE1, b"Exif\0\0" + exif(1) + encoded(colours(16, 12), "JPEG"))
    data = _with(thumbnail)
    assert read_jpeg(data).data == _PLAIN
    with pytest.raises(UnreadablePicture):
        read_jpeg(data[:-2])


def test_as_many_scans_and_segments_are_read_as_any_encoder_writes() -> None:
    assert read_jpeg(grey_scans(64, 64, MAX_SCANS)).data.count(b"\xff\xda") == MAX_SCANS
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        read_jpeg(grey_scans(64, 64, MAX_SCANS + 1))
    comments = jpeg_segment(0xFE, b"") * MAX_SEGMENTS
    assert read_jpeg(_with(comments[: -4 * 20])).data == _PLAIN
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        read_jpeg(_with(comments))


def _frame(**changes: int) -> bytes:
    data = bytearray(_PLAIN)
    place = _PLAIN.index(b"\xff\xc0")
    fields = {"marker": 1, "bits": 4, "height": 6, "width": 8, "components": 9}
    for name, value in changes.items():
        data[place + fields[name]] = value
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        _frame(marker=0xC3),
        _frame(marker=0xC9),
        _frame(marker=0xCA),
        _frame(bits=12),
        _frame(height=0),
        _frame(width=0),
        _frame(components=2),
        _with(jpeg_segment(0xC0, b"\x08")),
        _with(b"\xff\xd8"),
        _with(b"\xff\xd9"),
        _with(jpeg_segment(0xDA, bytes(6))),
        _with(jpeg_segment(0xF7, bytes(6))),
        _with(b"\xff\xfe\0\0"),
        _with(b"\xff\xfe\xff\xff"),
        _PLAIN[: _PLAIN.index(b"\xff\xda")] + b"\xff\xd9",
        _PLAIN.replace(b"\xff\xc0", b"\xff\xfe"),
        b"\xff\xd8\xff",
    ],
    ids=[
        "lossless",
        "arithmetic",
        "arithmetic progressive",
        "12 bits",
        "no height",
        "no width",
        "two components",
        "short frame",
        "second start",
        "early end",
        "scan without a frame",
        "reserved marker",
        "length of nothing",
        "length beyond the end",
        "no scan",
        "no frame",
        "start alone",
    ],
)
def test_what_is_damaged_or_not_decoded_here_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        read_jpeg(data)


def test_a_second_frame_cannot_make_the_picture_smaller_than_it_is() -> None:
    large = encoded(Image.new("L", (800, 600)), "JPEG")
    small = jpeg_segment(0xC0, b"\x08\0\x08\0\x08\1\1\x11\0")
    with pytest.raises(UnreadablePicture):
        read_jpeg(large.replace(b"\xff\xda", small + b"\xff\xda", 1))
