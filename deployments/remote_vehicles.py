"""The vehicles over the handles of the gallery's shards."""

from collections.abc import Sequence

from deployments.remote_book import RemoteBook
from pipelines.plate_matching.seen import SeenPlate
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle
from pipelines.vehicles.book import ALL_VEHICLES
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.records import (
    VehicleChanges,
    VehicleDetails,
    VehicleFilter,
    VehiclePage,
    VehicleRecord,
)


class RemoteVehicles(RemoteBook):
    """``pipelines.vehicles.directory.VehicleDirectory`` with the same methods, to be awaited."""

    book = "vehicles"

    async def create(
        self, details: VehicleDetails, token: str, fingerprint: str | None = None
    ) -> tuple[VehicleRecord, bool]:
        created: tuple[VehicleRecord, bool] = await self._call(
            "create", details, token, fingerprint
        )
        return created

    async def get(self, vehicle_id: int) -> VehicleRecord:
        record: VehicleRecord = await self._call("get", vehicle_id)
        return record

    async def page(
        self, after: int = 0, limit: int = 100, wanted: VehicleFilter = ALL_VEHICLES
    ) -> VehiclePage:
        page: VehiclePage = await self._call("page", after, limit, wanted)
        return page

    async def count(self) -> int:
        count: int = await self._call("count")
        return count

    async def match(self, seen: SeenPlate, least: float) -> VehicleMatch:
        match: VehicleMatch = await self._call("match", seen, least)
        return match

    async def update(
        self, vehicle_id: int, changes: VehicleChanges, version: int | None = None
    ) -> VehicleRecord:
        record: VehicleRecord = await self._call("update", vehicle_id, changes, version)
        return record

    async def erase(self, vehicle_id: int, version: int | None = None) -> None:
        await self._call("erase", vehicle_id, version)

    async def foresee(self, arriving: Sequence[ArrivingVehicle]) -> tuple[Arrival, ...]:
        arrivals: tuple[Arrival, ...] = await self._call("foresee", arriving)
        return arrivals

    async def bring_in(
        self, arriving: Sequence[ArrivingVehicle], keep_known: bool = False
    ) -> tuple[Arrival, ...]:
        arrivals: tuple[Arrival, ...] = await self._call("bring_in", arriving, keep_known)
        return arrivals
