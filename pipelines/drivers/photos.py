"""Photos that were sent to enrol a driver, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Any, Final

from pipelines.drivers.rejections import Rejection
from pipelines.gallery.records import StoredFace
from pipelines.limits import rounded
from pipelines.types import Face

_SAME_MEASURE: Final = 1e-3
"""Relative difference up to which two measures of one photo count as the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """What became of one photo.

    Attributes:
        name: The sender's.
        face: The largest face; None where there is none.
        rejection: Why it was not taken; None for one that was.
        face_id: Of the stored face, also of one that was stored before; None where there is none.
    """

    name: str
    face: Face | None
    rejection: Rejection | None
    face_id: int | None = None


def usable(photos: Sequence[Photo]) -> list[Face]:
    """The faces of the photos that were not rejected."""
    return [photo.face for photo in photos if photo.face and photo.rejection is None]


def with_ids(photos: Sequence[Photo], stored: Sequence[StoredFace]) -> tuple[Photo, ...]:
    """Find the stored face of each photo by its measures, the newest where several agree."""
    free = sorted(stored, key=lambda face: face.face_id, reverse=True)
    named: list[Photo] = []
    for photo in reversed(photos):
        own = next((face for face in free if _is_of(face, photo)), None)
        if own is not None:
            free.remove(own)
        named.append(replace(photo, face_id=own.face_id if own else photo.face_id))
    return tuple(reversed(named))


def facts(photo: Photo) -> dict[str, Any]:
    """What an error says of a photo."""
    if photo.rejection is None:
        return {"name": photo.name, "outcome": "usable"}
    return {
        "name": photo.name,
        "outcome": "rejected",
        "reason": photo.rejection.reason.value,
        "message": photo.rejection.message,
        "measured": _rounded(photo.rejection.measured),
        "limit": _rounded(photo.rejection.limit),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _is_of(stored: StoredFace, photo: Photo) -> bool:
    if photo.face is None or photo.rejection is not None:
        return False
    quality = photo.face.quality
    pairs = (
        (stored.score, photo.face.score),
        (stored.quality.size_px, quality.size_px),
        (stored.quality.sharpness, quality.sharpness),
        (stored.quality.brightness, quality.brightness),
    )
    return all(isclose(one, other, rel_tol=_SAME_MEASURE) for one, other in pairs)
