"""What a read plate is among the known vehicles."""

from dataclasses import dataclass

from pipelines.plate_matching.outcome import MatchReason, PlateMatch
from pipelines.vehicles.records import VehicleRecord


@dataclass(frozen=True, slots=True)
class VehicleMatch:
    """A reading held against the known vehicles.

    Attributes:
        match: How likely it is which.
        vehicle: The likeliest vehicle, also where it is not taken; None without any.
    """

    match: PlateMatch
    vehicle: VehicleRecord | None

    @property
    def taken(self) -> VehicleRecord | None:
        """The vehicle, where the reading is taken for its plate."""
        return self.vehicle if self.match.reason is MatchReason.MATCHED else None
