"""The one entry of EXIF that matters here.

Libraries read the whole of it: entries that all point to the same megabytes then cost gigabytes.
"""

import struct
from typing import Final

EXIF_PREFIX: Final = b"Exif\0\0"
UPRIGHT: Final = 1

_BYTE_ORDERS: Final = {b"II": "<", b"MM": ">"}
_ORIENTATION: Final = 0x0112
_ENTRY_BYTES: Final = 12
_VALUES: Final = {3: "H", 4: "I"}
"""By type of an entry, how a single value is packed: SHORT and LONG."""


def orientation_of(exif: bytes) -> int:
    """Orientation of the first image, 1 to 8; damaged or absent counts as upright.

    Args:
        exif: A TIFF header and what follows it, with or without ``Exif`` in front.
    """
    tiff = exif.removeprefix(EXIF_PREFIX)
    order = _BYTE_ORDERS.get(tiff[:2])
    if order is None:
        return UPRIGHT
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, first)
        for place in range(first + 2, first + 2 + _ENTRY_BYTES * entries, _ENTRY_BYTES):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, place)
            if tag == _ORIENTATION and kind in _VALUES:
                (value,) = struct.unpack_from(f"{order}{_VALUES[kind]}", tiff, place + 8)
                return int(value) if 1 <= value <= 8 else UPRIGHT
    except struct.error:  # it ends early
        pass
    return UPRIGHT
