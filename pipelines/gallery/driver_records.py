"""Drivers as people keep them: what is said of them, and how they leave and enter a gallery."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from pipelines.types import FaceQuality, Vector


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
        begun = self.valid_from is None or self.valid_from <= moment
        return begun and (self.valid_until is None or moment < self.valid_until)


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
