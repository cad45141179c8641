"""Drivers as people keep them: what is said of them, and how they leave and enter a gallery."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypedDict

from pipelines.errors import InvalidRequest
from pipelines.types import FaceQuality, Vector

LAST_ID: Final = 2**63 - 1
"""No id of a driver, a face or a vehicle is larger."""

MAX_NAME = 200
"""Characters of a name."""

MAX_EXTERNAL_ID = 200
"""Characters of an external id."""

MAX_NOTES = 4000
"""Characters of the notes."""


@dataclass(frozen=True, slots=True)
class DriverDetails:
    """What people say of a driver.

    Attributes:
        name: For people; need not be unique.
        external_id: The driver's id in another system; no two drivers share one.
        notes: Free text.
        valid_from: The driver counts from then on; None: always did. Timezone-aware.
        valid_until: The driver counts until then, exclusive; None: for ever. Timezone-aware.
    """

    name: str | None = None
    external_id: str | None = None
    notes: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def valid_at(self, moment: datetime) -> bool:
        """Whether the driver counts at this moment (timezone-aware)."""
        return counts_at(self.valid_from, self.valid_until, moment)


def counts_at(valid_from: datetime | None, valid_until: datetime | None, moment: datetime) -> bool:
    """Whether a moment lies in a span whose end is exclusive; None is no bound."""
    begun = valid_from is None or valid_from <= moment
    return begun and (valid_until is None or moment < valid_until)


def storable(text: str | None) -> bool:
    """Whether every database can hold a text: PostgreSQL has no NUL, UTF-8 no lone surrogate."""
    return text is None or not any(
        character == "\x00" or "\ud800" <= character <= "\udfff" for character in text
    )


def check_moment(field: str, moment: datetime | None) -> None:
    """Refuse a moment that has no place on the calendar of UTC.

    Raises:
        InvalidRequest: It has no time zone, or lies outside of the years 1 to 9999.
    """
    if moment is None:
        return
    if moment.utcoffset() is None:
        raise InvalidRequest(f"{field} needs a time zone")
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidRequest(f"{field} lies outside of the years 1 to 9999") from error


def fitting(details: DriverDetails) -> None:
    """Refuse details that cannot be kept as they are.

    Raises:
        InvalidRequest: A text is too long or holds what is no character, an external id is empty, a
            date has no time zone, or the validity ends before it begins.
    """
    texts = (
        ("name", details.name, MAX_NAME),
        ("external_id", details.external_id, MAX_EXTERNAL_ID),
        ("notes", details.notes, MAX_NOTES),
    )
    check_texts(texts)
    check_span(details.valid_from, details.valid_until)


def check_texts(texts: Iterable[tuple[str, str | None, int]]) -> None:
    """Refuse texts that cannot be kept: each a field, its text and the most characters.

    Raises:
        InvalidRequest: One is too long, holds what is no character, or is an empty external id.
    """
    for field, text, longest in texts:
        if text is None:
            continue
        if len(text) > longest:
            raise InvalidRequest(f"{field} is longer than {longest} characters")
        if not storable(text):
            raise InvalidRequest(f"{field} holds characters that cannot be stored")
        if field == "external_id" and not text:
            raise InvalidRequest("external_id must not be empty")


def check_span(valid_from: datetime | None, valid_until: datetime | None) -> None:
    """Refuse a validity that has no place on the calendar, or ends before it begins.

    Raises:
        InvalidRequest: It does.
    """
    check_moment("valid_from", valid_from)
    check_moment("valid_until", valid_until)
    if valid_from is not None and valid_until is not None and valid_until <= valid_from:
        said = "must be later than valid_from"
        fields = [{"field": "valid_until", "message": said}]
        raise InvalidRequest(f"valid_until: {said}", {"fields": fields})


class DetailChanges(TypedDict, total=False):
    """Details to replace; those that are not named stay, None removes one."""

    name: str | None
    external_id: str | None
    notes: str | None
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class DriverRecord:
    """One enrolled driver.

    Attributes:
        version: Rises with every change of the details or the faces; 1 at first.
        face_count: Faces that the running model can search.
    """

    driver_id: int
    details: DriverDetails
    version: int
    created_at: datetime
    updated_at: datetime
    face_count: int


@dataclass(frozen=True, slots=True)
class DriverPage:
    """Some drivers in the order of their ids, and the id to go on after; None at the end."""

    drivers: tuple[DriverRecord, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ExportedFace:
    """A face on its way to another gallery.

    Attributes:
        vectors: Model id -> ``(D,)`` float32 of unit L2 norm.
        aligned_png: As in ``EnrolledFace``; None where no picture is kept or asked for.
    """

    vectors: dict[str, Vector]
    score: float
    quality: FaceQuality
    created_at: datetime
    aligned_png: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class ExportedDriver:
    """A driver on its way to another gallery; its id is that of the gallery it comes from."""

    driver_id: int
    details: DriverDetails
    created_at: datetime
    faces: tuple[ExportedFace, ...]


@dataclass(frozen=True, slots=True)
class GalleryCounts:
    """How much is stored.

    Attributes:
        drivers: Drivers.
        faces: Their faces.
        without_vector: Faces that the running model cannot search yet.
    """

    drivers: int
    faces: int
    without_vector: int
