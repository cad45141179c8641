"""Drawn pictures as the bytes of a file, for the tests of the codecs."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from pipelines.types import Picture

LIMIT = 1_000_000  # pixels


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colours(width: int = 90, height: int = 60) -> Image.Image:
    """Smooth colours, different in every corner."""
    few = np.random.default_rng(4).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(few).resize((width, height), Image.Resampling.BILINEAR)


def bgr(image: Image.Image) -> Picture:
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[..., ::-1])


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    """A grey 8-bit PNG written chunk by chunk, as no library would write it."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body
