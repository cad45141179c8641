"""A file of which the pixels are left."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["png", "jpeg"]

READ_ERROR: Final = "read image error"
"""What is said of every damaged file."""


@dataclass(frozen=True, slots=True)
class ReducedFile:
    """A picture's file without metadata, further pictures and whatever else lay in it.

    Attributes:
        kind: Of the file.
        data: A well-formed file with the same pixels.
        width: As stored, pixels, at least 1.
        height: As stored, pixels, at least 1.
        orientation: Of its EXIF, 1 to 8; 1 where that is absent or damaged.
        plain: Grey or colour without transparency, palette or CMYK.
    """

    kind: Kind
    data: bytes
    width: int
    height: int
    orientation: int
    plain: bool
