"""How faces were held against drivers: what the gallery and its callers tell each other."""

from dataclasses import dataclass
from typing import Any

from pipelines.limits import rounded, worded
from pipelines.types import Vector

SAME_PHOTO = 0.9997
"""Cosine from which two faces come from one photo. Of the same pixels SFace says the same, and from
0.99987 on where one is encoded in float32 and the other in bfloat16; noise of one grey level leaves
0.9996 at most (25 photos of LFW). Files that are decoded differently may count as two: a large JPEG
is read at a reduced size, a PNG of its pixels in full, which leaves 0.998.

A photo that was saved anew counts as another one, since nothing tells it from the next shot of a
series, which a camera at a desk may well send and which must not be refused. Of 230 photos of 120
people, the cosine to the photo itself (percentiles 1, 50, 99):

    JPEG of quality 80                                          0.947    0.995    0.998
    JPEG of quality 60                                          0.942    0.982    0.992
    twice the size                                              0.897    0.978    0.997
    0.7 of the size                                             0.926    0.971    0.992
    moved by 2 px, turned by 1 degree, scaled by 1 %, noise     0.926    0.983    0.995

Two photos of one person taken at different times reach 0.915 at most (2,089 pairs)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How faces were judged, so that they can be judged again by what was committed since.

    Attributes:
        twin_from: Cosine from which a face is another driver's; None takes twins.
        sequence: Last change that the search for twins includes.
        near: Other drivers whom a face reached that cosine with, though it is likest to its own.
    """

    twin_from: float | None = None
    sequence: int = 0
    near: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Faces held against one driver.

    Attributes:
        template: Of the driver, ``(D,)`` float32 of unit L2 norm; None without a vector.
        same_photo: One a face: which face of the driver comes from the same photo, None if none.
    """

    template: Vector | None
    same_photo: tuple[int | None, ...]


def twin_message(driver_id: int, similarity: float, limit: float) -> str:
    """Says that a face is another driver's."""
    said, bound = worded(similarity, limit, 2)
    return (
        f"the face is that of driver {driver_id}, with a similarity of {said}, under {bound} is "
        f"needed: add it to driver {driver_id}"
    )


def twin_facts(driver_id: int, similarity: float, limit: float) -> dict[str, Any]:
    """The same for programs."""
    return {
        "driver_id": driver_id,
        "similarity": rounded(similarity),
        "threshold": rounded(limit),
    }
