"""Encoded pictures in and out: the only place that knows file formats.

PNG and JPEG are told apart by content, and reduced to their pixels (``picture_files``) before a
decoder sees them. Plain grey and colour pictures are decoded by OpenCV, which takes half of
Pillow's time for a 12-megapixel JPEG (0.13 s against 0.25 s on one core); everything else (alpha,
palettes, 16-bit grey, CMYK) goes through Pillow. Large plain JPEGs are decoded at a half, a quarter
or an eighth where that is enough: a quarter takes 0.4 of the whole's time, and the rest is reading
the bits.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final, cast

import cv2
import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from pipelines.errors import TooLarge, Unavailable, UnreadablePicture, UnsupportedPicture
from pipelines.orientation import SIDEWAYS, leading, upright
from pipelines.picture_files.jpeg import read_jpeg
from pipelines.picture_files.png import SIGNATURE, read_png
from pipelines.picture_files.reduced import READ_ERROR, Kind, ReducedFile
from pipelines.scalable_picture import ScalablePicture, View, factor_for
from pipelines.types import Picture

_JPEG_SIGNATURE: Final = b"\xff\xd8\xff"

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
    if data.startswith(SIGNATURE):
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
    file = _opened(data, max_pixels)
    width, height, orientation = file.width, file.height, file.orientation
    factor = factor_for(max(width, height) / longer_side)
    if factor == 1 or not file.plain or file.kind != "jpeg":
        return ScalablePicture.of(_whole(file))

    def decode_view(factor: int) -> View:
        with _named_memory_errors():
            pixels = _decode_plain(file, factor)
            wide, high = pixels.shape[1] * factor - width, pixels.shape[0] * factor - height
            return View(upright(pixels, orientation), factor, *leading(orientation, wide, high))

    sides = (height, width) if orientation in SIDEWAYS else (width, height)
    return ScalablePicture(*sides, decode_view(factor), decode_view)


def _opened(data: bytes, max_pixels: int) -> ReducedFile:
    kind = sniff(data)
    if kind is None:
        raise UnsupportedPicture("only PNG and JPEG pictures are accepted")
    file = read_png(data) if kind == "png" else read_jpeg(data)
    if file.width * file.height > max_pixels:
        raise TooLarge(
            f"the picture has {file.width}x{file.height} pixels, more than the {max_pixels} "
            "allowed",
            {"width": file.width, "height": file.height, "max_pixels": max_pixels},
        )
    return file


def _whole(file: ReducedFile) -> Picture:
    with _named_memory_errors():
        picture = _decode_plain(file, 1) if file.plain else _decode_odd(file)
        return upright(picture, file.orientation)


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


def _decode_plain(file: ReducedFile, factor: int) -> Picture:
    flags = _FLAGS[factor] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        picture = cv2.imdecode(np.frombuffer(file.data, np.uint8), flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise UnreadablePicture(READ_ERROR) from error
    # Where the decoder sees another size than was read here, the limit of pixels is worth nothing.
    shape = (-(-file.height // factor), -(-file.width // factor), 3)
    if picture is None or picture.shape != shape:
        raise UnreadablePicture(READ_ERROR)
    return cast(Picture, picture)


def _decode_odd(file: ReducedFile) -> Picture:
    width, height = file.width, file.height
    # The format's own class, since Image.open warns or refuses by a process-wide pixel limit.
    opened = PngImageFile if file.kind == "png" else JpegImageFile
    try:
        with opened(BytesIO(file.data)) as image:
            if image.size != (width, height):
                raise UnreadablePicture(READ_ERROR)
            image.load()
            rows = max(1, _STRIP_PIXELS // width)
            picture = np.empty((height, width, 3), np.uint8)
            for top in range(0, height, rows):
                bottom = min(top + rows, height)
                picture[top:bottom] = _as_bgr(image.crop((0, top, width, bottom)))
    except _PILLOW_ERRORS as error:
        raise UnreadablePicture(READ_ERROR) from error
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
