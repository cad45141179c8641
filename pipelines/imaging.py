"""Encoded pictures in and out: the only place that knows file formats.

PNG and JPEG are told apart by content. Plain 8-bit grey and colour pictures are decoded by OpenCV,
which takes half of Pillow's time for a 12-megapixel JPEG (0.13 s against 0.25 s on one core);
everything else (alpha, palettes, 16 bit, CMYK) goes through Pillow. Large plain JPEGs are decoded
at a half, a quarter or an eighth where that is enough: a quarter takes 0.4 of the whole's time, and
the rest is reading the bits.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal, cast

import cv2
import numpy as np
from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from pipelines.errors import TooLarge, Unavailable, UnreadablePicture, UnsupportedPicture
from pipelines.orientation import SIDEWAYS, leading, upright
from pipelines.scalable_picture import ScalablePicture, View, factor_for
from pipelines.types import Picture

Kind = Literal["png", "jpeg"]

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"

_FLAGS: Final = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
"""How OpenCV is asked for a picture with both sides divided."""

_STRIP_PIXELS: Final = 1_000_000
"""Pillow's pictures are converted in strips of this size: whole, each step would add a copy."""

# What Pillow's parsers raise on damaged files; a UserWarning only where warnings are errors.
_PILLOW_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    UserWarning,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)


def sniff(data: bytes) -> Kind | None:
    """Tells the kind of an encoded picture by its first bytes; None is neither PNG nor JPEG."""
    if data.startswith(_PNG_SIGNATURE):
        return "png"
    return "jpeg" if data.startswith(_JPEG_SIGNATURE) else None


def decode(data: bytes, *, max_pixels: int) -> Picture:
    """Decodes a PNG or JPEG picture.

    EXIF orientation is applied, transparency is laid on white, 16-bit samples keep their upper
    byte, CMYK is converted without a colour profile. Of an animation the first picture is taken.

    Args:
        data: The encoded picture.
        max_pixels: Largest width x height; compared with the header before anything is decoded.

    Returns:
        ``(H, W, 3)`` uint8 BGR, upright, C-contiguous.

    Raises:
        UnsupportedPicture: The content is neither PNG nor JPEG.
        TooLarge: The header promises more than ``max_pixels``.
        UnreadablePicture: The picture is damaged, truncated or empty.
        Unavailable: There is not enough memory for it now.
    """
    return _whole(_opened(data, max_pixels))


def open_picture(data: bytes, *, max_pixels: int, longer_side: int) -> ScalablePicture:
    """Decodes a PNG or JPEG picture, at first no finer than needed; ``decode``'s rules hold.

    Args:
        data: The encoded picture; finer views are decoded from it when they are asked for.
        max_pixels: As in ``decode``.
        longer_side: A plain JPEG is decoded at the smallest scale whose longer side has at least
            so many pixels, every other picture in full.

    Raises:
        GatehouseError: What ``decode`` raises.
    """
    header = _opened(data, max_pixels)
    factor = factor_for(max(header.image.size) / longer_side)
    if factor == 1 or not header.plain or not isinstance(header.image, JpegImageFile):
        return ScalablePicture.of(_whole(header))
    width, height = header.image.size
    orientation = _orientation(header.image)

    def decode_view(factor: int) -> View:
        with _named_memory_errors():
            pixels = _decode_plain(data, header.pixels_at, factor)
            wide, high = pixels.shape[1] * factor - width, pixels.shape[0] * factor - height
            if not (0 <= wide < factor and 0 <= high < factor):
                raise UnreadablePicture("read image error")  # the decoders disagree on its size
            return View(upright(pixels, orientation), factor, *leading(orientation, wide, high))

    sides = (height, width) if orientation in SIDEWAYS else (width, height)
    return ScalablePicture(*sides, decode_view(factor), decode_view)


@dataclass(frozen=True, slots=True)
class _Header:
    """A picture of which no more than the header was read."""

    data: bytes
    image: ImageFile
    plain: bool
    pixels_at: int


def _opened(data: bytes, max_pixels: int) -> _Header:
    kind = sniff(data)
    if kind is None:
        raise UnsupportedPicture("only PNG and JPEG pictures are accepted")
    try:
        # The format's own class, since Image.open warns or refuses by a process-wide pixel limit.
        stream = BytesIO(data)
        image = PngImageFile(stream) if kind == "png" else JpegImageFile(stream)
    except _PILLOW_ERRORS as error:
        raise UnreadablePicture("read image error") from error
    width, height = image.size
    if width * height > max_pixels:
        raise TooLarge(
            f"the picture has {width}x{height} pixels, more than the {max_pixels} allowed",
            {"width": width, "height": height, "max_pixels": max_pixels},
        )
    return _Header(data, image, _is_plain(image, data), stream.tell())


def _whole(header: _Header) -> Picture:
    with _named_memory_errors():
        if header.plain:
            picture = _decode_plain(header.data, header.pixels_at, 1)
        else:
            picture = _decode_odd(header.image)
        orientation = _orientation(header.image)
        header.image.close()  # frees its pixels before the picture is turned
        return upright(picture, orientation)


@contextmanager
def _named_memory_errors() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise Unavailable("there is not enough memory for the picture now") from error


def encode_jpeg(picture: Picture, quality: int = 95) -> bytes:
    """Encodes a ``(H, W, 3)`` uint8 BGR picture, sides at most 65,500 px, quality 0 to 100."""
    return _encode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(picture: Picture) -> bytes:
    """Encodes a ``(H, W, 3)`` uint8 BGR picture without loss."""
    return _encode(".png", picture, [])


def _encode(suffix: str, picture: Picture, options: list[int]) -> bytes:
    done, encoded = cv2.imencode(suffix, picture, options)
    if not done:
        raise ValueError(f"cannot encode a picture of shape {picture.shape} as {suffix}")
    return encoded.tobytes()


def _is_plain(image: ImageFile, data: bytes) -> bool:
    """Whether OpenCV decodes the opened picture as Pillow would."""
    if image.mode not in {"L", "RGB"} or "transparency" in image.info:
        return False
    # An eXIf chunk behind the pixels is only seen by a decoder that reads on.
    return isinstance(image, JpegImageFile) or "exif" in image.info or b"eXIf" not in data


def _decode_plain(data: bytes, pixels_at: int, factor: int) -> Picture:
    # libjpeg fills what is missing with grey, so a truncated file is known by its absent end; the
    # end marker cannot occur inside entropy-coded data.
    if data.startswith(_JPEG_SIGNATURE) and data.rfind(_JPEG_END, pixels_at) < 0:
        raise UnreadablePicture("read image error")
    flags = _FLAGS[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise UnreadablePicture("read image error") from error
    if picture is None:
        raise UnreadablePicture("read image error")
    return cast(Picture, picture)


def _decode_odd(image: ImageFile) -> Picture:
    try:
        image.load()
        width, height = image.size
        rows = max(1, _STRIP_PIXELS // width)
        picture = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, rows):
            bottom = min(top + rows, height)
            picture[top:bottom] = _as_bgr(image.crop((0, top, width, bottom)))
    except _PILLOW_ERRORS as error:
        raise UnreadablePicture("read image error") from error
    return picture


def _as_bgr(image: Image.Image) -> Picture:
    if image.mode.startswith("I"):
        grey = (np.asarray(image, np.uint16) >> 8).astype(np.uint8)
        return cast(Picture, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
    rgb = image.convert("RGB") if not image.has_transparency_data else _on_white(image)
    return cast(Picture, cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR))


def _on_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def _orientation(image: ImageFile) -> int:
    """EXIF orientation, 1 to 8; damaged or absent EXIF counts as upright."""
    if isinstance(image, PngImageFile) and "exif" not in image.info:
        return 1  # getexif() would decode the pixels to look behind them
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _PILLOW_ERRORS:
        return 1
