"""Vehicles as people keep them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict

from pipelines.errors import InvalidRequest
from pipelines.gallery.driver_records import (
    MAX_EXTERNAL_ID,
    MAX_NOTES,
    check_span,
    check_texts,
    counts_at,
)
from pipelines.plate_alphabet import ALPHABET, fold

MAX_PLATE: Final = 16
"""Characters of a plate."""

MAX_DRIVERS: Final = 1000
"""Drivers named for one vehicle."""

_PLATE: Final = re.compile(f"[{ALPHABET}]{{1,{MAX_PLATE}}}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class VehicleList(StrEnum):
    """What a gate does with a vehicle."""

    ALLOW = "allow"
    DENY = "deny"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class VehicleDetails:
    """What people say of a vehicle.

    Attributes:
        plate: In the alphabet of readings, without separators (``normal_plate``).
        country: ISO 3166-1 alpha-2 code of the plate; None where nobody said, and then no other
            vehicle bears the same text.
        list: What a gate does with it.
        driver_ids: Who may drive it, rising; None for every enrolled driver, empty for nobody.
        notes: Free text.
        external_id: The vehicle's id in another system; no two vehicles share one.
        valid_from: The vehicle counts from then on; None: always did. Timezone-aware.
        valid_until: The vehicle counts until then, exclusive; None: for ever. Timezone-aware.
    """

    plate: str
    country: str | None = None
    list: VehicleList = VehicleList.ALLOW
    driver_ids: tuple[int, ...] | None = None
    notes: str | None = None
    external_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def valid_at(self, moment: datetime) -> bool:
        """Whether the vehicle counts at this moment (timezone-aware)."""
        return counts_at(self.valid_from, self.valid_until, moment)


class VehicleChanges(TypedDict, total=False):
    """Details to replace; those that are not named stay."""

    plate: str
    country: str | None
    list: VehicleList
    driver_ids: tuple[int, ...] | None
    notes: str | None
    external_id: str | None
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class VehicleRecord:
    """One known vehicle.

    Attributes:
        version: Rises with every change, also when one of its drivers is erased; 1 at first.
    """

    vehicle_id: int
    details: VehicleDetails
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VehicleFilter:
    """Which vehicles of a list; None does not filter.

    Attributes:
        query: Part of the plate, with or without separators, or of the external id.
        plate: The whole plate, in the alphabet of readings.
        list: What a gate does with them.
        driver_id: Those that name this driver.
        external_id: The whole external id.
    """

    query: str | None = None
    plate: str | None = None
    list: VehicleList | None = None
    driver_id: int | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class VehiclePage:
    """Some vehicles in the order of their ids, and the id to go on after; None at the end."""

    vehicles: tuple[VehicleRecord, ...]
    next_after: int | None


def normal_plate(text: str) -> str:
    """A plate as people write it, in the alphabet of readings: separators and accents go.

    Raises:
        InvalidRequest: A letter or digit is none of the alphabet's and looks like none. Without it
            the plate would be that of others, who have another such letter in its place.
    """
    folded = [fold(character) for character in text]
    for character, plain in zip(text, folded, strict=True):
        if not plain and unicodedata.category(character)[0] in "LN":
            raise InvalidRequest(
                f'"{character}" cannot be told apart from other letters yet: a plate has A to Z, '
                "0 to 9 and what looks like these"
            )
    return "".join(folded)


def fitting(details: VehicleDetails) -> None:
    """Refuse details that cannot be kept as they are.

    Raises:
        InvalidRequest: The plate has no or too many characters, or something else does not fit.
    """
    if not _PLATE.fullmatch(details.plate):
        raise InvalidRequest(f"plate must have 1 to {MAX_PLATE} letters and digits")
    if details.country is not None and not _COUNTRY.fullmatch(details.country):
        raise InvalidRequest("country must be an ISO 3166-1 alpha-2 code such as VN")
    if details.driver_ids is not None and len(details.driver_ids) > MAX_DRIVERS:
        raise InvalidRequest(f"driver_ids names more than {MAX_DRIVERS} drivers")
    texts = (
        ("external_id", details.external_id, MAX_EXTERNAL_ID),
        ("notes", details.notes, MAX_NOTES),
    )
    check_texts(texts)
    check_span(details.valid_from, details.valid_until)
