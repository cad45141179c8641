"""The vehicles of a gallery file, brought in with its drivers."""

import asyncio
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any, BinaryIO, Final

from pipelines.drivers.file_vehicles import RisingIds
from pipelines.drivers.gallery_file_reader import GalleryFileReader, GalleryFileSummary
from pipelines.errors import ExternalIdTaken, GatehouseError, PlateTaken
from pipelines.vehicles.arrival import Arrival, ArrivingVehicle, ExportedVehicle, Fate
from pipelines.vehicles.book import Vehicles

_AT_ONCE: Final = 100
_NAMED: Final = 1000


class NewDriverIds:
    """Ids of the drivers of a file, and those that they have here."""

    def __init__(self) -> None:
        self._in_file = RisingIds()
        self._here = array("q")

    def add(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note drivers, each by the id in the file, which rises, and the one here."""
        for in_file, here in pairs:
            if self._in_file.add(in_file):
                self._here.append(here)

    def here(self, in_file: tuple[int, ...] | None) -> tuple[int, ...] | None:
        """The drivers of a vehicle, by rising ids; None for every enrolled one."""
        if in_file is None:
            return None
        places = map(self._in_file.place, in_file)
        return tuple(sorted(self._here[place] for place in places if place is not None))


@dataclass(frozen=True, slots=True)
class KnownVehicle:
    """A vehicle of a file that is known here, by its plate or its external id.

    Attributes:
        vehicle_id: Of the one that is here.
        fate: Which of the two is taken.
    """

    id_in_file: int
    plate: str
    vehicle_id: int
    fate: Fate


@dataclass(frozen=True, slots=True)
class VehiclesBroughtIn:
    """What an import did with the vehicles of a file.

    Attributes:
        count: How many the file holds.
        added: How many of them are new by this import.
        erased_since: How many an earlier import of the same file brought in, and have been erased
            after it; they stay away.
        left_out: How many were left out because they are known here.
        known: The first of these.
        ids: ``(id in the file, id here)`` of the first that are here by an import of this file.
    """

    count: int = 0
    added: int = 0
    erased_since: int = 0
    left_out: int = 0
    known: tuple[KnownVehicle, ...] = ()
    ids: tuple[tuple[int, int], ...] = ()


class VehicleImport:
    """Brings the vehicles of a file in.

    Args:
        vehicles: Where they are kept.
    """

    def __init__(self, vehicles: Vehicles) -> None:
        self._vehicles = vehicles

    async def refuse_known(self, file: BinaryIO, summary: GalleryFileSummary, key: str) -> None:
        """Refuse a file some of whose vehicles are known here.

        Args:
            file: Whose content was checked.
            summary: What it holds.
            key: As it is brought in with.

        Raises:
            ExternalIdTaken: Some have an external id that is taken; ``extra`` names the first.
            GalleryUnavailable: The store cannot be reached.
            PlateTaken: Some have a plate that is known, perhaps others an external id.
        """
        count, known = 0, list[KnownVehicle]()
        batches = _batches(file)
        while batch := await asyncio.to_thread(next, batches, None):
            arriving = [_arriving(one, summary, key) for one in batch]
            found = _known(batch, await self._vehicles.foresee(arriving))
            count += len(found)
            known += found[: _NAMED - len(known)]
        if known:
            raise _refusal(known, count, summary.vehicles)

    async def bring_in(
        self,
        file: BinaryIO,
        summary: GalleryFileSummary,
        key: str,
        driver_ids: NewDriverIds,
        keep_known: bool,
    ) -> VehiclesBroughtIn:
        """Add the vehicles of a file, whose drivers are in.

        Args:
            file: Whose content was checked.
            summary: What it holds.
            key: Another one brings the same file in once more.
            driver_ids: What the file's drivers are called here.
            keep_known: Leave those out whose plate or external id another vehicle has already.

        Raises:
            ExternalIdTaken, PlateTaken: A vehicle became known meanwhile; ``extra`` says how many
                were added before.
            GalleryUnavailable: The store cannot be reached; send the file again.
        """
        done = VehiclesBroughtIn(summary.vehicles)
        batches = _batches(file)
        seen = 0
        while batch := await asyncio.to_thread(next, batches, None):
            arriving = [
                _arriving(one, summary, key, driver_ids.here(one.details.driver_ids))
                for one in batch
            ]
            try:
                arrivals = await self._vehicles.bring_in(arriving, keep_known)
            except GatehouseError as error:
                raise type(error)(
                    f"{error} (all {summary.drivers} drivers and {seen} of {summary.vehicles} "
                    "vehicles of the file are in; the same file again adds none of them twice)",
                    error.extra | {"vehicles_added": seen, "vehicles": summary.vehicles},
                ) from error
            seen += len(batch)
            done = _with(done, batch, arrivals)
        return done


def _batches(file: BinaryIO) -> Iterator[list[ExportedVehicle]]:
    file.seek(0)
    vehicles = GalleryFileReader(file).vehicles()
    while batch := list(islice(vehicles, _AT_ONCE)):
        yield batch


def _arriving(
    vehicle: ExportedVehicle,
    summary: GalleryFileSummary,
    key: str,
    driver_ids: tuple[int, ...] | None = None,
) -> ArrivingVehicle:
    said = f"import {summary.digest} vehicle {vehicle.vehicle_id} {key}"
    token = sha256(said.encode()).hexdigest()[:32]
    return ArrivingVehicle(
        replace(vehicle.details, driver_ids=driver_ids), vehicle.created_at, token
    )


def _known(batch: list[ExportedVehicle], arrivals: tuple[Arrival, ...]) -> list[KnownVehicle]:
    return [
        KnownVehicle(one.vehicle_id, one.details.plate, arrival.vehicle_id, arrival.fate)
        for one, arrival in zip(batch, arrivals, strict=True)
        if arrival.fate.taken and arrival.vehicle_id is not None
    ]


def _with(
    done: VehiclesBroughtIn, batch: list[ExportedVehicle], arrivals: tuple[Arrival, ...]
) -> VehiclesBroughtIn:
    known = _known(batch, arrivals)
    fates = [arrival.fate for arrival in arrivals]
    here = tuple(
        (one.vehicle_id, arrival.vehicle_id)
        for one, arrival in zip(batch, arrivals, strict=True)
        if arrival.fate in {Fate.ADDED, Fate.CAME_BEFORE} and arrival.vehicle_id is not None
    )
    return replace(
        done,
        added=done.added + fates.count(Fate.ADDED),
        erased_since=done.erased_since + fates.count(Fate.ERASED_SINCE),
        left_out=done.left_out + len(known),
        known=(*done.known, *known)[:_NAMED],
        ids=(*done.ids, *here)[:_NAMED],
    )


def _refusal(known: list[KnownVehicle], count: int, vehicles: int) -> GatehouseError:
    first = known[0]
    plates = any(one.fate is Fate.PLATE_TAKEN for one in known)
    what = "plate" if first.fate is Fate.PLATE_TAKEN else "external id"
    extra: dict[str, Any] = {
        "known": count,
        "vehicles": vehicles,
        "first": [
            {
                "id_in_file": one.id_in_file,
                "plate": one.plate,
                "vehicle_id": one.vehicle_id,
                "reason": one.fate.value,
            }
            for one in known
        ],
    }
    return (PlateTaken if plates else ExternalIdTaken)(
        f"{count} of {vehicles} vehicles of the file are known here already, the first of them, "
        f"vehicle {first.id_in_file} of the file ({first.plate}), has the {what} of vehicle "
        f"{first.vehicle_id}: erase or change these vehicles first, or ask with "
        "?keep_known_vehicles=true, which leaves them as they are here",
        extra,
    )
