"""Vehicles on their way to another gallery, and what becomes of each there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipelines.vehicles.records import VehicleDetails


@dataclass(frozen=True, slots=True)
class ExportedVehicle:
    """A vehicle with the id, and the drivers' ids, of the gallery that it comes from."""

    vehicle_id: int
    details: VehicleDetails
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ArrivingVehicle:
    """A vehicle that is to be written.

    Attributes:
        details: With the drivers' ids of this gallery; who was merged is named as the driver who
            stayed, who was erased is left out.
        created_at: Stays as it was. Timezone-aware.
        token: Names this creation, at most 32 characters.
    """

    details: VehicleDetails
    created_at: datetime
    token: str


class Fate(StrEnum):
    """What becomes of an arriving vehicle."""

    ADDED = "added"
    CAME_BEFORE = "came_before"
    ERASED_SINCE = "erased_since"
    PLATE_TAKEN = "plate_taken"
    EXTERNAL_ID_TAKEN = "external_id_taken"

    @property
    def taken(self) -> bool:
        """Whether another vehicle is in the way."""
        return self in {Fate.PLATE_TAKEN, Fate.EXTERNAL_ID_TAKEN}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one arriving vehicle, or would.

    Attributes:
        vehicle_id: Its id here; of the other vehicle where that is in the way, and None where it
            is yet to be written.
    """

    fate: Fate
    vehicle_id: int | None
