"""The vehicles as the compositions use them, wherever they are kept."""

from collections.abc import Sequence
from typing import Protocol

from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.records import (
    VehicleChanges,
    VehicleDetails,
    VehicleFilter,
    VehiclePage,
    VehicleRecord,
)

ALL_VEHICLES = VehicleFilter()


class Vehicles(Protocol):
    """What the store says of vehicles; ``pipelines.vehicles.directory`` has the same methods."""

    async def create(
        self, details: VehicleDetails, token: str, fingerprint: str | None = None
    ) -> tuple[VehicleRecord, bool]: ...

    async def get(self, vehicle_id: int) -> VehicleRecord: ...

    async def page(
        self, after: int = 0, limit: int = 100, wanted: VehicleFilter = ALL_VEHICLES
    ) -> VehiclePage: ...

    async def count(self) -> int: ...

    async def match(self, seen: SeenPlate, least: float) -> VehicleMatch: ...

    async def update(
        self, vehicle_id: int, changes: VehicleChanges, version: int | None = None
    ) -> VehicleRecord: ...

    async def erase(self, vehicle_id: int, version: int | None = None) -> None: ...

    async def foresee(self, arriving: Sequence[ArrivingVehicle]) -> tuple[Arrival, ...]: ...

    async def bring_in(
        self, arriving: Sequence[ArrivingVehicle], keep_known: bool = False
    ) -> tuple[Arrival, ...]: ...
