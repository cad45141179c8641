import struct
import zlib
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from pipelines.errors import TooLarge, UnreadablePicture, UnsupportedPicture
from pipelines.imaging import decode, encode_jpeg, encode_png, fit, sniff
from pipelines.types import Picture

_LIMIT = 1_000_000


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _colours(width: int = 90, height: int = 60) -> Image.Image:
    """Smooth colours, different in every corner."""
    few = np.random.default_rng(4).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(few).resize((width, height), Image.Resampling.BILINEAR)


def _bgr(image: Image.Image) -> Picture:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    """A grey 8-bit PNG written chunk by chunk, as no library would write it."""
    header = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = _png_chunk(b"IDAT", zlib.compress(pixels)) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_encoded(_colours(), "PNG"), "png"),
        (_encoded(_colours(), "JPEG"), "jpeg"),
        (_encoded(_colours(), "GIF"), None),
        (_encoded(_colours(), "BMP"), None),
        (_encoded(_colours(), "TIFF"), None),
        (b"\xff\xd8", None),
        (b"", None),
        (b"plate.png", None),
    ],
    ids=["png", "jpeg", "gif", "bmp", "tiff", "two bytes", "empty", "text"],
)
def test_the_kind_is_known_by_content(data: bytes, kind: str | None) -> None:
    assert sniff(data) == kind
    if kind is None:
        with pytest.raises(UnsupportedPicture, match=r"^only PNG and JPEG pictures are accepted$"):
            decode(data, max_pixels=_LIMIT)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA", "RGBA"])
def test_opaque_png_of_any_mode_decodes_exactly(mode: str) -> None:
    image = _colours().convert(mode)

    picture = decode(_encoded(image, "PNG"), max_pixels=_LIMIT)

    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert np.array_equal(picture, _bgr(image))


@pytest.mark.parametrize(
    ("mode", "options"),
    [("RGB", {}), ("RGB", {"progressive": True}), ("L", {}), ("CMYK", {})],
    ids=["baseline", "progressive", "grey", "cmyk"],
)
def test_jpeg_of_any_mode_keeps_its_colours(mode: str, options: dict[str, Any]) -> None:
    image = _colours().convert(mode)

    picture = decode(_encoded(image, "JPEG", quality=95, **options), max_pixels=_LIMIT)

    assert picture.shape == (60, 90, 3)
    assert np.abs(picture.astype(int) - _bgr(image)).mean() < 3


def test_transparent_pixels_become_white() -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = (0, 128, 255)

    picture = decode(_encoded(Image.fromarray(rgba), "PNG"), max_pixels=_LIMIT)

    assert picture[0, :, 0].tolist() == [255, 127, 0]


def test_grey_with_alpha_and_transparent_palette_colours_become_white() -> None:
    grey = Image.new("LA", (2, 2), (0, 0))
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])

    for data in (_encoded(grey, "PNG"), _encoded(palette, "PNG", transparency=1)):
        assert (decode(data, max_pixels=_LIMIT) == 255).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_samples_are_scaled_to_eight(channels: int) -> None:
    samples = np.full((2, 3, channels), 65535, np.uint16)
    samples[:, 0, :3], samples[:, 1, :3] = 0, 0x80FF
    done, data = cv2.imencode(".png", samples)
    assert done

    picture = decode(data.tobytes(), max_pixels=_LIMIT)

    assert picture[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _encoded(_colours(), kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))

    picture = decode(data, max_pixels=_LIMIT)

    assert picture.flags.c_contiguous
    assert picture.shape == _bgr(upright).shape
    assert np.abs(picture.astype(int) - _bgr(upright)).mean() < 1


def test_exif_behind_the_pixels_of_a_png_is_honoured() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = _encoded(_colours(), "PNG")
    chunk = _png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))

    picture = decode(plain[:-12] + chunk + plain[-12:], max_pixels=_LIMIT)

    assert picture.shape == (90, 60, 3)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*", b"Exif\0\0garbage" * 9])
def test_damaged_exif_counts_as_upright(exif: bytes) -> None:
    picture = decode(_encoded(_colours(), "JPEG", exif=exif), max_pixels=_LIMIT)
    assert picture.shape == (60, 90, 3)


def test_too_many_pixels_are_refused_by_the_header_alone() -> None:
    message = r"^the picture has 50000x40000 pixels, more than the 1000000 allowed$"

    with pytest.raises(TooLarge, match=message) as raised:
        decode(_png(50_000, 40_000), max_pixels=_LIMIT)

    assert raised.value.extra == {"width": 50_000, "height": 40_000, "max_pixels": _LIMIT}


def test_a_jpeg_header_that_promises_too_much_is_refused() -> None:
    data = _encoded(_colours(), "JPEG")
    size = data.index(b"\xff\xc0") + 5
    bomb = data[:size] + struct.pack(">HH", 65_000, 65_000) + data[size + 4 :]

    with pytest.raises(TooLarge):
        decode(bomb, max_pixels=200_000_000)


def test_a_picture_of_exactly_the_limit_is_accepted() -> None:
    data = _encoded(_colours(100, 50), "PNG")
    assert decode(data, max_pixels=5000).shape == (50, 100, 3)
    with pytest.raises(TooLarge):
        decode(data, max_pixels=4999)


def _with_thumbnail() -> bytes:
    """A JPEG whose EXIF holds a whole small JPEG, end marker included."""
    thumbnail = _encoded(_colours(16, 12), "JPEG")
    return _encoded(_colours(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + thumbnail)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize(
    "data",
    [
        _encoded(_colours(), "PNG"),
        _encoded(_colours().convert("RGBA"), "PNG"),
        _encoded(_colours(), "JPEG"),
        _encoded(_colours(), "JPEG", progressive=True),
        _encoded(_colours().convert("CMYK"), "JPEG"),
        _with_thumbnail(),
    ],
    ids=["png", "rgba", "jpeg", "progressive", "cmyk", "thumbnail"],
)
def test_a_truncated_picture_is_unreadable(data: bytes, share: float) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        decode(data[: max(8, int(len(data) * share))], max_pixels=_LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"garbage" * 20,
        b"\x89PNG\r\n\x1a\n" + b"garbage" * 20,
        _png(0, 10),
        _png(10, 0),
        _png(4, 4, pixels=b"\0"),
    ],
    ids=["jpeg", "png", "no width", "no height", "no pixels"],
)
def test_garbage_and_empty_pictures_are_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        decode(data, max_pixels=_LIMIT)


def test_a_text_chunk_that_inflates_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(bytes(100 * PngImagePlugin.MAX_TEXT_CHUNK))
    data = _png(1, 1, _png_chunk(b"zTXt", b"note\0\0" + bomb), pixels=b"\0\0")

    with pytest.raises(UnreadablePicture):
        decode(data, max_pixels=_LIMIT)


_SEEDS = [
    _encoded(_colours(20, 14).convert(mode), kind)
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
        picture = decode(data, max_pixels=_LIMIT)
    except (UnsupportedPicture, UnreadablePicture, TooLarge):
        return
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert 0 < picture.shape[0] * picture.shape[1] <= _LIMIT


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_named_errors(start: bytes, rest: bytes) -> None:
    _decodes_or_is_refused(start + rest)


@given(
    st.sampled_from(_SEEDS),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0, 1),
)
@settings(max_examples=300, deadline=None)
def test_damaged_pictures_raise_only_named_errors(
    data: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    _decodes_or_is_refused(bytes(damaged))
    _decodes_or_is_refused(bytes(damaged[: int(kept * len(damaged))]))


def test_png_round_trip_is_exact_and_jpeg_round_trip_is_close() -> None:
    picture = _bgr(_colours())

    assert np.array_equal(decode(encode_png(picture), max_pixels=_LIMIT), picture)
    again = decode(encode_jpeg(picture), max_pixels=_LIMIT)
    assert np.abs(again.astype(int) - picture).mean() < 2


def test_a_lower_quality_makes_a_smaller_file() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    assert len(encode_jpeg(picture, quality=50)) < len(encode_jpeg(picture))


@given(*(st.integers(1, 600) for _ in range(4)))
@settings(max_examples=50, deadline=None)
def test_fitting_never_enlarges_and_always_fits(
    height: int, width: int, max_width: int, max_height: int
) -> None:
    picture = np.zeros((height, width, 3), np.uint8)

    fitted = fit(picture, max_width, max_height)

    assert 1 <= fitted.shape[0] <= min(height, max_height)
    assert 1 <= fitted.shape[1] <= min(width, max_width)
    assert not np.shares_memory(fitted, picture)


def test_fitting_keeps_the_proportions() -> None:
    assert fit(np.zeros((400, 1200, 3), np.uint8), 480, 160).shape == (160, 480, 3)
    assert fit(np.zeros((100, 1000, 3), np.uint8), 480, 160).shape == (48, 480, 3)
