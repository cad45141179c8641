"""JPEG files: walked once within bounds, and written anew with nothing but their pixels.

A file of a few megabytes can keep decoders busy for minutes: hundreds of thousands of scans over
every pixel, millions of empty segments or fill bytes, each looked at one by one.
"""

import re
import struct
from dataclasses import dataclass
from typing import Final

from pipelines.errors import UnreadablePicture
from pipelines.picture_files.exif import EXIF_PREFIX, UPRIGHT, orientation_of
from pipelines.picture_files.reduced import READ_ERROR, ReducedFile

MAX_SEGMENTS: Final = 2000
"""A file of 64 MiB has 1,024 segments of the largest size."""

MAX_SCANS: Final = 100
"""Encoders write about ten; each costs some 4 ms in a picture of 48 megapixels."""

_END, _SCAN, _EXIF = 0xD9, 0xDA, 0xE1
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive, all with Huffman codes; browsers show no others."""
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})
"""Huffman and quantisation tables, restart interval."""
_COLOURS: Final = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""How the application segments begin that say which colours the components are."""
_LEFT_OUT: Final = frozenset({0xCC, 0xDC, 0xFE, *range(0xE0, 0xF0)})
"""Application data, comments, and what belongs to other kinds of JPEG."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a segment."""

_MARKER: Final = re.compile(rb"\xff([^\x00\xff])")
# In coded pixels a 0xFF is followed by 0, or is a restart marker.
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class _Frame:
    width: int
    height: int
    components: int

    def reduced(self, data: bytes, orientation: int) -> ReducedFile:
        plain = self.components < 4
        return ReducedFile("jpeg", data, self.width, self.height, orientation, plain)


def read_jpeg(data: bytes) -> ReducedFile:
    """Reduces a JPEG file; what follows its end is cut off.

    Args:
        data: The file, which starts with a start marker.

    Raises:
        UnreadablePicture: It is damaged, truncated, of a kind that is not decoded here, or has
            more segments or scans than any encoder writes.
    """
    kept = [b"\xff\xd8"]
    frame: _Frame | None = None
    orientation: int | None = None
    scans = 0
    at = 2
    for _ in range(MAX_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker in _ALONE:
            continue
        if marker == _END:
            if frame is None or not scans:
                break
            whole = b"".join((*kept, b"\xff\xd9"))
            return frame.reduced(whole, orientation or UPRIGHT)
        body, after = _segment(data, at)
        if marker in _FRAMES and frame is None:
            frame = _frame(body)
        elif marker == _SCAN and frame is not None and scans < MAX_SCANS:
            scans += 1
            after = _scan_end(data, after)
        elif marker in _COLOURS and body.startswith(_COLOURS[marker]):
            pass
        elif marker in _LEFT_OUT:
            if marker == _EXIF and orientation is None and body.startswith(EXIF_PREFIX):
                orientation = orientation_of(body)
            at = after
            continue
        elif marker not in _TABLES:
            break
        kept.append(b"\xff%c" % marker + data[at:after])
        at = after
    raise UnreadablePicture(READ_ERROR)


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    found = _MARKER.search(data, at)
    if found is None:
        raise UnreadablePicture(READ_ERROR)
    return found[1][0], found.end()


def _segment(data: bytes, at: int) -> tuple[bytes, int]:
    """Content of a segment, and where it ends."""
    after = at + int.from_bytes(data[at : at + 2])
    if not at + 2 <= after <= len(data):
        raise UnreadablePicture(READ_ERROR)
    return data[at + 2 : after], after


def _scan_end(data: bytes, at: int) -> int:
    found = _END_OF_SCAN.search(data, at)
    if found is None:
        raise UnreadablePicture(READ_ERROR)
    return found.start()


def _frame(body: bytes) -> _Frame:
    try:
        bits, height, width, components = struct.unpack_from(">BHHB", body)
    except struct.error as error:
        raise UnreadablePicture(READ_ERROR) from error
    if bits != 8 or not height or not width or components not in {1, 3, 4}:
        raise UnreadablePicture(READ_ERROR)
    return _Frame(width, height, components)
