"""Kinds, colours, orientation, encoding and fitting of sound pictures."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from configs.settings import ROOT
from pipelines.errors import UnsupportedPicture
from pipelines.imaging import decode, encode_jpeg, encode_png, sniff
from tests.unit.encoded_pictures import LIMIT, bgr, colours, encoded, png_chunk


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded(colours(), "PNG"), "png"),
        (encoded(colours(), "JPEG"), "jpeg"),
        (encoded(colours(), "GIF"), None),
        (encoded(colours(), "BMP"), None),
        (encoded(colours(), "TIFF"), None),
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
            decode(data, max_pixels=LIMIT)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA", "RGBA"])
def test_opaque_png_of_any_mode_decodes_exactly(mode: str) -> None:
    image = colours().convert(mode)

    picture = decode(encoded(image, "PNG"), max_pixels=LIMIT)

    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert np.array_equal(picture, bgr(image))


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA"])
def test_a_picture_of_several_strips_decodes_exactly(mode: str) -> None:
    image = colours(700, 3100).convert(mode)

    picture = decode(encoded(image, "PNG"), max_pixels=3 * LIMIT)

    assert np.array_equal(picture, bgr(image))


_PEAK = """
import sys
from pipelines.imaging import decode

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024

data = sys.stdin.buffer.read()
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = peak()
decode(data, max_pixels=20_000_000)
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_odd_pictures_need_little_more_memory_than_their_frame(mode: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.new(mode, (4000, 4000)), "PNG", exif=exif)

    done = subprocess.run(
        [sys.executable, "-c", _PEAK], input=data, cwd=ROOT, capture_output=True, check=True
    )

    frame = 4000 * 4000 * 3
    assert frame <= int(done.stdout) <= 3 * frame


@pytest.mark.parametrize(
    ("mode", "options"),
    [("RGB", {}), ("RGB", {"progressive": True}), ("L", {}), ("CMYK", {})],
    ids=["baseline", "progressive", "grey", "cmyk"],
)
def test_jpeg_of_any_mode_keeps_its_colours(mode: str, options: dict[str, Any]) -> None:
    image = colours().convert(mode)

    picture = decode(encoded(image, "JPEG", quality=95, **options), max_pixels=LIMIT)

    assert picture.shape == (60, 90, 3)
    assert np.abs(picture.astype(int) - bgr(image)).mean() < 3


def test_transparent_pixels_become_white() -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = (0, 128, 255)

    picture = decode(encoded(Image.fromarray(rgba), "PNG"), max_pixels=LIMIT)

    assert picture[0, :, 0].tolist() == [255, 127, 0]


def test_grey_with_alpha_and_transparent_palette_colours_become_white() -> None:
    grey = Image.new("LA", (2, 2), (0, 0))
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])

    for data in (encoded(grey, "PNG"), encoded(palette, "PNG", transparency=1)):
        assert (decode(data, max_pixels=LIMIT) == 255).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_samples_are_scaled_to_eight(channels: int) -> None:
    samples = np.full((2, 3, channels), 65535, np.uint16)
    samples[:, 0, :3], samples[:, 1, :3] = 0, 0x80FF
    done, data = cv2.imencode(".png", samples)
    assert done

    picture = decode(data.tobytes(), max_pixels=LIMIT)

    assert picture[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(colours(), kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))

    picture = decode(data, max_pixels=LIMIT)

    assert picture.flags.c_contiguous
    assert picture.shape == bgr(upright).shape
    assert np.abs(picture.astype(int) - bgr(upright)).mean() < 1


def test_exif_behind_the_pixels_of_a_png_is_honoured() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = encoded(colours(), "PNG")
    chunk = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))

    picture = decode(plain[:-12] + chunk + plain[-12:], max_pixels=LIMIT)

    assert picture.shape == (90, 60, 3)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*", b"Exif\0\0garbage" * 9])
def test_damaged_exif_counts_as_upright(exif: bytes) -> None:
    picture = decode(encoded(colours(), "JPEG", exif=exif), max_pixels=LIMIT)
    assert picture.shape == (60, 90, 3)


def test_png_round_trip_is_exact_and_jpeg_round_trip_is_close() -> None:
    picture = bgr(colours())

    assert np.array_equal(decode(encode_png(picture), max_pixels=LIMIT), picture)
    again = decode(encode_jpeg(picture), max_pixels=LIMIT)
    assert np.abs(again.astype(int) - picture).mean() < 2


def test_a_lower_quality_makes_a_smaller_file() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    assert len(encode_jpeg(picture, quality=50)) < len(encode_jpeg(picture))
