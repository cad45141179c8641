"""Mutations of picture files that know what the files are made of."""

import re
import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random

from pipelines.picture_files.png import SIGNATURE
from tests.unit.encoded_pictures import exif, jpeg_segment, png_chunk

MAX_BYTES = 200_000

_JPEG_SIGNATURE = b"\xff\xd8\xff"
_SHARE_THAT_IS_LOOKED_INTO = 0.9
"""The others may lose their signature, and are refused for that."""

_EDGES = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32_767, 32_768, 65_500, 65_535, 2**31 - 1, 2**32 - 1)
_PIECES = re.compile(rb"(?=\xff[\xc0-\xfe])")

Parts = list[bytes]


def mutated(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """A file with one to four things wrong; the same for the same random numbers.

    Args:
        data: A PNG or JPEG file, sound or not.
        random: Decides what is done, and where.
        others: Files of which pieces may be taken over.
    """
    signature = SIGNATURE if data.startswith(SIGNATURE) else _JPEG_SIGNATURE
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        if random.random() < 0.6:
            data = _with_parts_changed(data, random, others)
        else:
            data = random.choice(_OF_BYTES)(data, random)
        data = data[:MAX_BYTES]
    if random.random() < _SHARE_THAT_IS_LOOKED_INTO:
        data = signature + data[len(signature) :]
    return data


def parts_of(data: bytes) -> Parts:
    """A file in pieces: the chunks of a PNG, and of everything else what markers begin."""
    if not data.startswith(SIGNATURE):
        return [piece for piece in _PIECES.split(data) if piece]
    parts, at = [SIGNATURE], len(SIGNATURE)
    while at + 12 <= len(data):
        after = at + 12 + int.from_bytes(data[at : at + 4])
        parts.append(data[at:after])
        at = after
    return parts


def _with_parts_changed(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    parts = parts_of(data)
    if not parts:
        return data
    place = random.randrange(len(parts))
    what = random.randrange(8)
    if what == 0:
        del parts[place]
    elif what == 1:
        times = min(random.choice((1, 2, 50, 300)), MAX_BYTES // (1 + len(parts[place])))
        parts[place:place] = [parts[place]] * times
    elif what == 2:
        other = random.randrange(len(parts))
        parts[place], parts[other] = parts[other], parts[place]
    elif what == 3 and others:
        parts.insert(place, random.choice(parts_of(random.choice(others))))
    elif what == 4:
        parts.insert(place, _odd_part(data.startswith(SIGNATURE), random))
    elif what == 5:
        parts[place] = _resized(parts[place], random)
    elif what == 6 and data.startswith(SIGNATURE):
        parts = [_with_pixels_changed(part, random) for part in parts]
    else:
        parts[place] = _mended(_flipped(parts[place], random))
    return b"".join(parts)


def _odd_part(is_png: bool, random: Random) -> bytes:
    """EXIF that lies, text that inflates, or a part of any kind with noise in it."""
    entries = [
        (random.randrange(65_536), random.randrange(14), random.choice(_EDGES), 8)
        for _ in range(random.choice((0, 1, 60)))
    ]
    lies = exif(random.choice((0, 1, 6, 8, 9, 65_535)), *entries)
    noise = random.randbytes(random.choice((0, 1, 5, 64, 400)))
    if not is_png:
        return random.choice(
            (
                jpeg_segment(0xE1, b"Exif\0\0" + lies),
                jpeg_segment(random.randrange(0xC0, 0xFF), noise),
                b"\xff" * random.choice((1, 2, 3000)),
                b"\xff%c" % random.randrange(256),
            )
        )
    name = random.choice((b"zTXt", b"iCCP", b"iTXt", b"acTL", b"fcTL", b"tRNS", b"PLTE", b"QRST"))
    return random.choice(
        (
            png_chunk(b"eXIf", lies),
            png_chunk(name, noise),
            png_chunk(random.choice((b"zTXt", b"iCCP")), b"a\0\0" + zlib.compress(bytes(300_000))),
        )
    )


def _resized(part: bytes, random: Random) -> bytes:
    """A frame's or header's sizes, or any other length, replaced by an edge."""
    edge = random.choice(_EDGES)
    if part[4:8] == b"IHDR" and len(part) >= 25:
        body = bytearray(part[8:-4])
        field = random.randrange(6)
        if field < 2:
            body[4 * field : 4 * field + 4] = struct.pack(">I", edge)
        else:
            body[6 + field] = random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        return png_chunk(b"IHDR", bytes(body))
    changed = bytearray(part)
    place = 5 if part[1:2] in {b"\xc0", b"\xc1", b"\xc2"} else 2
    place += 2 * random.randrange(2)
    changed[place : place + 2] = struct.pack(">H", edge % 65_536)
    return bytes(changed)


def _with_pixels_changed(part: bytes, random: Random) -> bytes:
    """Pixel data inflated, changed and deflated again, so that its checksums are right."""
    if part[4:8] != b"IDAT":
        return part
    try:
        pixels = zlib.decompressobj().decompress(part[8:-4], 10 * MAX_BYTES)
    except zlib.error:
        return part
    more = bytes(random.choice((0, 0, 1, 100_000)))
    return png_chunk(b"IDAT", zlib.compress(_flipped(pixels, random) + more))


def _mended(part: bytes) -> bytes:
    """A chunk with its length and checksum set right; everything else stays."""
    is_chunk = len(part) >= 12 and part[4:8].isalpha()
    return png_chunk(part[4:8], part[8:-4]) if is_chunk else part


def _flipped(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 40)) if changed else 0):
        changed[random.randrange(len(changed))] = random.choice(
            (0, 1, 0x7F, 0xFF, 0xD9, 0xDA, 0x5A)
        )
    return bytes(changed)


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _doubled(data: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:]


def _with_junk(data: bytes, random: Random) -> bytes:
    junk = random.choice((b"\0", b"\xff", b"<script>", b"PK\3\4", b"\xff\xd8\xff", SIGNATURE))
    place = random.choice((0, len(data), random.randrange(len(data) + 1)))
    return data[:place] + junk * random.choice((1, 3, 2000)) + data[place:]


_OF_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flipped,
    _flipped,
    _cut,
    _doubled,
    _with_junk,
)
