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


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return b"\xff%c" % marker + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int, *entries: tuple[int, int, int, int]) -> bytes:
    """EXIF with entries of one's own (tag, type, count, value or offset) before the orientation."""
    all_entries = (*entries, (0x0112, 3, 1, orientation << 16))
    packed = b"".join(struct.pack(">HHII", *entry) for entry in all_entries)
    return b"MM\0*" + struct.pack(">IH", 8, len(all_entries)) + packed + bytes(4)


def grey_scans(width: int, height: int, scans: int) -> bytes:
    """A grey progressive JPEG: one scan of averages, the others of nothing in very few bytes."""
    blocks = -(-width // 8) * -(-height // 8)
    bits = ("0" + "1" * 14) * -(-blocks // 32_767)  # "the next 32,767 blocks are empty"
    bits += "1" * (-len(bits) % 8)
    empty = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
    return b"".join(
        (
            b"\xff\xd8",
            jpeg_segment(0xDB, b"\0" + bytes([1] * 64)),
            jpeg_segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])),
            jpeg_segment(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0"),
            jpeg_segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\xe0"),
            jpeg_segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(-(-blocks // 8)),
            *[jpeg_segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + empty] * (scans - 1),
            b"\xff\xd9",
        )
    )
