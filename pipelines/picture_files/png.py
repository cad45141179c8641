"""PNG files: walked once within bounds, and written anew with nothing but their pixels.

Texts, profiles and comments are never inflated: a megabyte of them can become gigabytes.
"""

import struct
from typing import Final

from pipelines.errors import UnreadablePicture
from pipelines.picture_files.exif import UPRIGHT, orientation_of
from pipelines.picture_files.reduced import READ_ERROR, ReducedFile

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

MAX_CHUNKS: Final = 20_000
"""Encoders write 8 KiB and more in a chunk: 8,192 of them in a file of 64 MiB."""

_HEADER, _PALETTE, _TRANSPARENT = b"IHDR", b"PLTE", b"tRNS"
_PIXELS, _EXIF, _END = b"IDAT", b"eXIf", b"IEND"
_GREY, _COLOUR = 0, 2
_AROUND: Final = 12
"""Bytes of a chunk around its content: length, name and checksum."""


def read_png(data: bytes) -> ReducedFile:
    """Reduces a PNG file; what follows its end is cut off.

    Checksums are left to the decoder, which looks at them all.

    Args:
        data: The file, which starts with the signature.

    Raises:
        UnreadablePicture: It is damaged, truncated, or has more chunks than any encoder writes.
    """
    kept: dict[bytes, list[bytes]] = {}
    orientation: int | None = None
    at = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        name, after = _chunk(data, at)
        if (name == _HEADER) == (_HEADER in kept):  # it comes first, and once
            break
        if name in {_HEADER, _PIXELS, _END}:
            kept.setdefault(name, []).append(data[at:after])
        elif name in {_PALETTE, _TRANSPARENT}:
            if _PIXELS not in kept:
                kept.setdefault(name, []).append(data[at:after])
        elif name == _EXIF and orientation is None:
            orientation = orientation_of(data[at + 8 : after - 4])
        elif name[:1].isupper():  # nothing can be shown without it, whatever it is
            break
        if name == _END:
            return _reduced(kept, orientation or UPRIGHT)
        at = after
    raise UnreadablePicture(READ_ERROR)


def _chunk(data: bytes, at: int) -> tuple[bytes, int]:
    """Name of a chunk, and where it ends."""
    if at + _AROUND > len(data):
        raise UnreadablePicture(READ_ERROR)
    length, name = struct.unpack_from(">I4s", data, at)
    after = at + _AROUND + length
    if after > len(data):
        raise UnreadablePicture(READ_ERROR)
    return name, after


def _reduced(kept: dict[bytes, list[bytes]], orientation: int) -> ReducedFile:
    header = kept[_HEADER][0]
    if len(header) != _AROUND + 13 or _PIXELS not in kept:
        raise UnreadablePicture(READ_ERROR)
    width, height, bits, colours = struct.unpack_from(">IIBB", header, 8)
    if not width or not height:
        raise UnreadablePicture(READ_ERROR)
    plain = (colours == _COLOUR or (colours == _GREY and bits in {2, 4, 8})) and (
        _TRANSPARENT not in kept
    )
    order = (_HEADER, _PALETTE, _TRANSPARENT, _PIXELS, _END)
    chunks = [chunk for name in order for chunk in kept.get(name, ())]
    return ReducedFile("png", SIGNATURE + b"".join(chunks), width, height, orientation, plain)
