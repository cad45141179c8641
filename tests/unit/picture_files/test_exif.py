"""The orientation in EXIF."""

import struct

import pytest

from pipelines.picture_files.exif import orientation_of
from tests.unit.encoded_pictures import exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_found_behind_other_entries(orientation: int) -> None:
    others = [(0x0100, 4, 1, 640), (0x010F, 2, 20, 500)]
    assert orientation_of(exif(orientation, *others)) == orientation


def test_both_byte_orders_and_a_long_number_are_read() -> None:
    little = b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x0112, 3, 1, 6)
    long = b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x0112, 4, 1, 8)
    assert (orientation_of(little), orientation_of(b"Exif\0\0" + long)) == (6, 8)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation: int) -> None:
    assert orientation_of(exif(orientation)) == 1


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"MM",
        b"MM\0*",
        b"XX\0*" + exif(6)[4:],
        exif(6)[:-12],
        b"MM\0*" + struct.pack(">I", 2**32 - 1),
        b"MM\0*" + struct.pack(">IH", 8, 65_535),
        b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x0112, 2, 1, 6),
    ],
    ids=["nothing", "order", "no offset", "no order", "cut", "beyond", "no entries", "a text"],
)
def test_damaged_exif_counts_as_upright(damaged: bytes) -> None:
    assert orientation_of(damaged) == 1
