"""The vehicles of a gallery, taken out with its file."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

from pipelines.drivers.distinct_vehicles import MOST_VEHICLES, DistinctVehicles
from pipelines.drivers.gallery_file import GalleryFileWriter
from pipelines.errors import Conflict
from pipelines.vehicles.book import Vehicles
from pipelines.vehicles.records import VehicleRecord

_AT_ONCE: Final = 1000  # in one state of the store


class VehicleExport:
    """Writes the vehicles into a gallery's file, so that an import takes them.

    Args:
        vehicles: Where they are kept.
    """

    def __init__(self, vehicles: Vehicles) -> None:
        self._vehicles = vehicles

    async def export(self, writer: GalleryFileWriter) -> AsyncIterator[bytes]:
        """The vehicles' lines, piece by piece, once the drivers are written.

        No two of them share a plate or an external id, whatever changes meanwhile.

        Raises:
            Conflict: One got what another one had when that was written, or they have become too
                many; the file lacks its end.
            GalleryUnavailable: The store cannot be reached.
        """
        written = DistinctVehicles()
        after: int | None = 0
        while after is not None:
            page = await self._vehicles.page(after, _AT_ONCE)
            new = _not_yet(page.vehicles, written)
            # A thousand that name a thousand drivers each take a third of a second.
            yield await asyncio.to_thread(_lines, writer, new)
            after = page.next_after

    async def refuse_too_many(self) -> None:
        """Refuse to write a file that could not be brought in anywhere.

        Raises:
            Conflict: There are more vehicles than a file may have.
            GalleryUnavailable: The store cannot be reached.
        """
        _refuse_more_than_a_file_has(await self._vehicles.count())


def _lines(writer: GalleryFileWriter, vehicles: list[VehicleRecord]) -> bytes:
    return b"".join(map(writer.add_vehicle, vehicles))


def _not_yet(vehicles: Iterable[VehicleRecord], written: DistinctVehicles) -> list[VehicleRecord]:
    """Those of a page that share nothing with a vehicle of the pages before."""
    new = list[VehicleRecord]()
    for vehicle in vehicles:
        shared = written.add(vehicle.details)
        if shared is None:
            new.append(vehicle)
        elif vehicle.version > 1:
            raise Conflict(
                f"vehicle {vehicle.vehicle_id} {shared}, as another one did when that was written "
                "to the file: export the gallery again"
            )
        # One that never changed was entered after the other was written: the file is older.
    _refuse_more_than_a_file_has(written.count)
    return new


def _refuse_more_than_a_file_has(count: int) -> None:
    if count > MOST_VEHICLES:
        raise Conflict(
            f"the gallery has {count} vehicles and a file at most {MOST_VEHICLES}: move it with a "
            "backup of its database",
            {"vehicles": count, "most": MOST_VEHICLES},
        )
